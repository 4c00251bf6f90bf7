"""Twenty agents with live pages, five updates a second: how soon each sees a change, and what holds the loop.

An agent is what the page is: a stream of events, and the queue fetched anew when one came, at most every 700 ms. A
change is seen when the line that is fetched has its text. The suite runs in one process with a sampler in its loop.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from services.common.db import Database
from services.common.settings import Settings
from services.core.contract import Author
from services.core.identity.accounts import keep_staff
from services.core.identity.passwords import hash_password
from tests.bench.bench_desk import CSRF, SECRET
from tests.bench.filling import fill
from tests.bench.table import Row, below, quantile
from tests.support import servers
from tests.support.desk import ROOT, Desk, triaje

AGENTS, A_SECOND, SECONDS = 20, 5, 20
TICKETS, THROTTLE = 2_000, 0.7
PASSWORD = "a-password-of-the-bench"


class Watcher:
    """An agent's browser."""

    def __init__(self, url: str, place: int) -> None:
        self.email = f"agent{place}@bench.test"
        self._http = httpx.AsyncClient(base_url=url, timeout=60)
        self._woken = asyncio.Event()
        self.heard: dict[str, float] = {}
        self.seen: dict[str, float] = {}
        self._waiting: set[str] = set()

    async def sign_in(self) -> None:
        page = await self._http.get("/sign-in")
        found = CSRF.search(page.text)
        assert found, page.text[:300]
        fields = {"_csrf": found.group(1), "email": self.email, "password": PASSWORD}
        answer = await self._http.post("/sign-in", data=fields)
        assert answer.status_code == 303, answer.text[:300]

    async def listen(self) -> None:
        async with self._http.stream("GET", "/live?topics=tickets", timeout=None) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    event = json.loads(line[5:])
                    self.heard.setdefault(f"{event['id']}v{event['version']}", time.monotonic())
                    self._woken.set()

    def expect(self, mark: str) -> None:
        self._waiting.add(mark)

    async def look(self) -> None:
        """Fetch the queue when there is news, as htmx does with its throttle: at once, then at its end."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            waiting, rest = set(self._waiting), asyncio.create_task(asyncio.sleep(THROTTLE))
            page = (await self._http.get("/agent/queue?view=open", headers={"HX-Request": "true"})).text
            now = time.monotonic()
            for mark in waiting:
                if mark in page:
                    self.seen[mark] = now
                    self._waiting.discard(mark)
            await rest

    async def close(self) -> None:
        await self._http.aclose()


async def updates(url: str, token: str, watchers: list[Watcher]) -> dict[str, tuple[float, str]]:
    """Five a second; returns for each mark when it was acknowledged and the event's name."""
    made: dict[str, tuple[float, str]] = {}
    dice = random.Random(1)
    heads = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=heads, timeout=60) as http:
        listed = (await http.get("/api/v1/tickets?view=open&limit=100")).json()["items"]
        numbers = [one["number"] for one in listed]
        begun = time.monotonic()
        for turn in range(A_SECOND * SECONDS):
            await asyncio.sleep(max(0.0, begun + turn / A_SECOND - time.monotonic()))
            number = dice.choice(numbers)
            path, mark = f"/api/v1/tickets/{number}", f"Changed {turn:05d}"
            found = (await http.get(path)).json()
            body = {"version": found["version"], "subject": mark}
            for watcher in watchers:
                watcher.expect(mark)
            answer = await http.patch(path, json=body)
            assert answer.status_code == 200, answer.text[:300]
            made[mark] = (time.monotonic(), f"{number}v{answer.json()['version']}")
    return made


async def run(url: str, token: str) -> tuple[list[float], list[float]]:
    """Seconds from the acknowledged update to each agent's stream, and to each agent's page."""
    watchers = [Watcher(url, place) for place in range(AGENTS)]
    for watcher in watchers:
        await watcher.sign_in()
    tasks = [asyncio.create_task(part) for one in watchers for part in (one.listen(), one.look())]
    await asyncio.sleep(1)
    made = await updates(url, token, watchers)
    await asyncio.sleep(3)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    heard = [one.heard.get(event, at + 60) - at for one in watchers for at, event in made.values()]
    seen = [one.seen.get(mark, at + 60) - at for one in watchers for mark, (at, _) in made.items()]
    for watcher in watchers:
        await watcher.close()
    return heard, seen


async def staffed(settings: Settings) -> None:
    """The agents, in one go: a command for each would take longer than the measurement."""
    db = Database(settings.database_url("core"))
    known: dict[str, Any] = {
        "role": "agent", "password_hash": hash_password(PASSWORD), "locale": "en", "at": datetime.now(UTC),
        "author": Author(kind="system", id=None, name="bench"),
    }  # fmt: skip

    def unit(conn: sa.Connection) -> None:
        for place in range(AGENTS):
            keep_staff(conn, email=f"agent{place}@bench.test", name=f"Agent {place}", **known)

    await db.write(unit)
    await db.close()


def lags(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def bench() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="triaje-bench-") as name:
        folder = Path(name)
        data, samples, port = folder / "data", folder / "lag.jsonl", servers.free_port()
        data.mkdir()
        wanted = {"TRIAJE_SECRET": SECRET, "TRIAJE_LOG_LEVEL": "ERROR"}
        made = Desk(data, folder / "desk.log", port=port, settings=wanted)
        triaje("migrate", env=made.env)
        token = made.token("tickets:read", "tickets:write")
        settings = Settings(data=data, secret=SECRET)
        asyncio.run(staffed(settings))
        asyncio.run(fill(settings, TICKETS, datetime.now(UTC).replace(microsecond=0)))
        command = [sys.executable, "-m", "tests.bench.lag_desk", str(port), str(samples)]
        with (folder / "desk.log").open("ab") as out:
            child = subprocess.Popen(command, env=made.env, cwd=ROOT, stdout=out, stderr=out)
        try:
            servers.wait_until(lambda: servers.answers(port), 120, "the desk")
            time.sleep(20)  # models load behind the port
            before = len(lags(samples))
            heard, seen = asyncio.run(run(made.url, token))
            found = lags(samples)[before:]
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(30)
    what = f"{AGENTS} agents, {A_SECOND} updates a second"
    missed = sum(one > 30 for one in seen)
    load = f" (load of the machine {os.getloadavg()[0]:.0f})"
    return [
        below(f"{what}: the event is there, p95", quantile(heard, 0.95) * 1000, "ms", 1000),
        below(f"{what}: the page shows it, p95", quantile(seen, 0.95) * 1000, "ms", 1000),
        below(f"{what}: changes of {len(seen)} that a later one hid", missed, ""),
        below("the loop held by one step, work", max(one["work_ms"] for one in found), "ms", 50),
        below(f"the loop held by one step, wall{load}", max(one["wall_ms"] for one in found), "ms"),
    ]
