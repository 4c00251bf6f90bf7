"""The product as a person runs it: processes of the console script, spoken to over HTTP."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.support.servers import free_port, wait_until

TRIAJE = str(Path(sys.executable).with_name("triaje"))
ROOT = Path(__file__).resolve().parent.parent.parent
HANGS = 300
"""Seconds after which a process does not start slowly but hangs, on however busy a machine."""


def environment(**settings: str) -> dict[str, str]:
    """The environment of a process of the product: this one's without its settings, and ``settings``."""
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith("TRIAJE_") and key != "PORT"
    }
    return {**kept, **settings}


def triaje(*arguments: str, env: Mapping[str, str], timeout: float = 300) -> str:
    """Run one command to its end and return what it printed.

    Raises AssertionError with its output where it fails.
    """
    done = subprocess.run(
        [TRIAJE, *arguments], env=dict(env), cwd=ROOT, capture_output=True, text=True, timeout=timeout
    )
    assert done.returncode == 0, f"triaje {' '.join(arguments)}: {done.stderr[-3000:]}{done.stdout[-1000:]}"
    return done.stdout


def add_token(name: str, *scopes: str, env: Mapping[str, str]) -> str:
    """An API token with ``scopes``."""
    asked = [part for scope in scopes for part in ("--scope", scope)]
    return triaje("token", "add", name, *asked, env=env).strip().splitlines()[-1]


@dataclass
class Process:
    """A running ``triaje`` command with a log, killed as a group: a server may have children."""

    arguments: tuple[str, ...]
    env: Mapping[str, str]
    log: Path
    child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.child = subprocess.Popen(
                [TRIAJE, *self.arguments],
                env=dict(self.env),
                cwd=ROOT,
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def signal(self, number: int) -> None:
        assert self.child is not None
        try:
            os.killpg(self.child.pid, number)
        except ProcessLookupError:
            return

    def kill(self) -> None:
        """SIGKILL for it and all its children."""
        if self.child is not None:
            self.signal(signal.SIGKILL)
            self.child.wait()

    def stop(self, seconds: float = 15) -> float:
        """SIGTERM, then SIGKILL for what does not end; returns the seconds that it took."""
        begun = time.monotonic()
        if self.running:
            assert self.child is not None
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        self.kill()
        return time.monotonic() - begun

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text("utf-8", "replace")[-4000:] if self.log.exists() else ""


@dataclass
class Desk:
    """An embedded suite on a free port with a data folder of its own."""

    data: Path
    log: Path
    arguments: tuple[str, ...] = ("run",)
    port: int = field(default_factory=free_port)
    settings: Mapping[str, str] = field(default_factory=dict)
    process: Process = field(init=False)

    def __post_init__(self) -> None:
        self.process = Process(self.arguments, self.env, self.log)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """Nobody is in the control share: whoever walks through a desk wants to see what it suggests."""
        return environment(
            TRIAJE_DATA=str(self.data),
            TRIAJE_URL=self.url,
            PORT=str(self.port),
            **{"TRIAJE_KB_CONTROL_SHARE": "0", **self.settings},
        )

    def start(self, seconds: float = HANGS, *, ready: bool = False) -> float:
        """Start it and wait for its port (for all of it with ``ready``); returns the seconds that it took."""
        begun = time.monotonic()
        self.process.start()
        wait_for(self.process, self.url, seconds, ready=ready)
        return time.monotonic() - begun

    def kill(self) -> None:
        self.process.kill()

    def stop(self) -> float:
        return self.process.stop()

    def worked(self) -> float:
        """Seconds of processor time that it has used since its start."""
        assert self.process.child is not None
        used = psutil.Process(self.process.child.pid).cpu_times()
        return float(used.user + used.system)

    def token(self, *scopes: str) -> str:
        return add_token("tests", *(scopes or ("admin",)), env=self.env)


def wait_for(process: Process, url: str, seconds: float, *, ready: bool = False) -> None:
    """Wait until the server of ``process`` answers its probe.

    Raises AssertionError with the end of its log where it dies or stays silent.
    """

    def answered() -> bool:
        assert process.running, f"{process.arguments} ended:\n{process.said()}"
        return probe(url, "ready" if ready else "live")

    try:
        wait_until(answered, seconds, url)
    except TimeoutError as late:
        raise AssertionError(f"{late}\n{process.said()}") from late


def probe(url: str, kind: str = "live") -> bool:
    try:
        return httpx.get(f"{url}/health/{kind}", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def wait_for_model(desk: Desk, seconds: float) -> None:
    """Wait until a model serves: the first one of the demo desk is trained behind the open port."""
    token = desk.token("triage:read")
    with api(desk.url, token) as client:

        def serving() -> bool:
            assert desk.process.running, desk.process.said()
            answer = client.get("/api/v1/triage/models")
            return answer.status_code == 200 and any(
                model["state"] == "champion" for model in answer.json()["items"]
            )

        wait_until(serving, seconds, "the first model")


@contextmanager
def running(*processes: Process) -> Iterator[None]:
    """Start all, and end all of them whatever happens."""
    try:
        for process in processes:
            process.start()
        yield
    finally:
        for process in reversed(processes):
            process.stop()


def prepared_demo(state: Path) -> Path:
    """A data folder with the demo desk loaded and its first model trained; made once a run, to be copied."""
    folder = state / "demo"
    if not (state / "demo.done").exists():
        desk = Desk(folder, state / "demo.log", ("run", "--demo"))
        try:
            desk.start(ready=True)
            wait_for_model(desk, 300)
        finally:
            desk.stop()
        (state / "demo.done").touch()
    return folder


def api(url: str, token: str, **options: Any) -> httpx.Client:
    """A client of the API that acts with ``token``."""
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30, **options)


def everything(client: httpx.Client, path: str, **query: Any) -> Iterator[dict[str, Any]]:
    """Every item of a paged list."""
    cursor: str | None = None
    while True:
        page = client.get(path, params={**query, "limit": 100, **({"cursor": cursor} if cursor else {})})
        page.raise_for_status()
        body = page.json()
        yield from body["items"]
        cursor = body["next_cursor"]
        if not cursor:
            return


def copied(folder: Path, target: Path) -> Path:
    """A copy of a data folder, whose server is not running."""
    shutil.copytree(folder, target)
    return target
