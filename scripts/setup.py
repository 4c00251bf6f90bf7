"""Makes the environment, the encoders and the pages' assets, and only what has changed since the last time.

Runs on a bare Python 3.11 or newer, so it uses nothing but the standard library. Each step keeps a fingerprint
of what it was made from; a step whose fingerprint stands is not started, which keeps a second run well under a second.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMPS = VENV / "triaje-setup.json"
OLDEST = (3, 11)
ENCODERS = ("embedder", "second-encoder")


class SetupError(Exception):
    """One sentence that says what is missing and what to do."""


@dataclass(frozen=True)
class Step:
    """One thing that set-up makes: from which files, whether it is there, and how."""

    name: str
    title: str
    sources: Callable[[], Iterable[Path]]
    present: Callable[[], bool]
    make: Callable[[], None]

    def fingerprint(self) -> str:
        digest = hashlib.sha256(sys.version.encode() if self.name == "environment" else b"")
        for path in sorted(self.sources()):
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
        return digest.hexdigest()


def read_stamps() -> dict[str, str]:
    try:
        stamps = json.loads(STAMPS.read_text())
    except (OSError, ValueError):
        return {}
    return stamps if isinstance(stamps, dict) else {}


def say(text: str) -> None:
    print(text, flush=True)


def call(command: list[str | Path], failed: str) -> None:
    if subprocess.run([str(part) for part in command], cwd=ROOT).returncode != 0:
        raise SetupError(failed)


def make_venv() -> None:
    probe = [sys.executable, "-c", "import venv, ensurepip"]
    if subprocess.run(probe, stderr=subprocess.DEVNULL).returncode != 0:
        raise SetupError(
            "This Python has no venv module: install it (Debian, Ubuntu: apt-get install python3-venv), then run again."
        )
    # --clear: an environment whose interpreter no longer runs (moved, or its Python removed) is made anew
    call(
        [sys.executable, "-m", "venv", "--clear", VENV],
        "The virtual environment in .venv could not be made; the lines above say why.",
    )


def runs(python: Path) -> bool:
    try:
        return subprocess.run([str(python), "-c", ""], capture_output=True).returncode == 0
    except OSError:
        return False


def make_environment() -> None:
    if not runs(PYTHON):
        make_venv()
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    call(
        [PYTHON, "-m", "pip", "install", *quiet, "-c", "constraints.txt", "-e", ".[dev,build]"],
        "pip could not install the packages; the lines above say why (PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS count).",
    )


def files_under(folder: Path, skip: tuple[str, ...]) -> Iterable[Path]:
    for top, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in skip]
        for name in names:
            yield Path(top) / name


def embedder_sources() -> Iterable[Path]:
    recipe = ROOT / "models/recipe"
    return (path for path in recipe.iterdir() if path.suffix in {".py", ".json"})


def asset_sources() -> Iterable[Path]:
    portal = ROOT / "services/portal"
    for path in files_under(portal, ("node_modules", "dist", "__pycache__")):
        if path.suffix != ".mo" and (path.suffix != ".py" or path.stem.startswith("build")):
            yield path


STEPS = (
    Step(
        "environment",
        "the Python environment in .venv (a few minutes the first time)",
        lambda: (ROOT / "pyproject.toml", ROOT / "constraints.txt"),
        PYTHON.exists,
        make_environment,
    ),
    Step(
        "embedder",
        "the encoders in models/embedder and models/second-encoder",
        embedder_sources,
        lambda: all((ROOT / "models" / name / "modules.json").exists() for name in ENCODERS),
        lambda: call([PYTHON, "-m", "models.recipe.build"], "The encoders could not be made; see above."),
    ),
    Step(
        "assets",
        "the pages' assets",
        asset_sources,
        (ROOT / "services/portal/static/dist").exists,
        lambda: call(
            [PYTHON, "-m", "services.portal.build"], "The pages' assets could not be built; see above."
        ),
    ),
)


def carry_out(step: Step) -> None:
    """Makes what the step makes unless it stands already, and remembers what it was made from."""
    wanted = step.fingerprint()
    if step.present() and read_stamps().get(step.name) == wanted:
        return
    say(f"· {step.title} …")
    begun = time.monotonic()
    step.make()
    STAMPS.write_text(json.dumps({**read_stamps(), step.name: wanted}, indent=1))
    say(f"  done in {time.monotonic() - begun:.0f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", choices=[step.name for step in STEPS], help="carry out one step alone")
    only = parser.parse_args().only
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        print(
            f"Triaje needs Python 3.11 or newer; this is {found} (say PYTHON=/path/to/python3.11).",
            file=sys.stderr,
        )
        return 1
    try:
        for step in STEPS:
            if only in (None, step.name):
                carry_out(step)
    except SetupError as error:
        print(f"make: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
