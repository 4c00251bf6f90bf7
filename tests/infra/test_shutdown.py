"""Ending, and refusing to begin: SIGTERM drains, a damaged database is named."""

import os
import signal
import stat
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.desk import TRIAJE, Desk, api, everything
from tests.support.effort import busy

pytestmark = pytest.mark.infra


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "data", tmp_path / "desk.log")
    yield desk
    desk.kill()
    if desk.data.exists():  # what a test has closed
        desk.data.chmod(0o755)


@pytest.mark.hard("R-21")
def test_sigterm_finishes_what_is_under_way_within_ten_seconds(desk: Desk) -> None:
    desk.start()
    token = desk.token("tickets:read", "tickets:write")
    answers: Counter[int] = Counter()
    accepted: list[str] = []

    def customer(place: int) -> None:
        with api(desk.url, token) as client:
            for turn in range(10_000):
                subject = f"Drain {place}-{turn}"
                body = {"subject": subject, "body": "text", "requester": {"email": "a@b.test", "name": "A"}}
                try:
                    answer = client.post("/api/v1/tickets", json=body)
                except httpx.TransportError:
                    return  # the door is closed: not an answer, and nothing was promised
                answers[answer.status_code] += 1
                if answer.status_code == 201:
                    accepted.append(subject)

    threads = [threading.Thread(target=customer, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    assert desk.process.child is not None
    stretch, begun = busy(), time.monotonic()
    desk.process.child.send_signal(signal.SIGTERM)
    desk.process.child.wait(15 * stretch)
    assert time.monotonic() - begun <= 10 * stretch
    for thread in threads:
        thread.join(30)
    assert accepted
    assert [status for status in answers if status >= 500] == []

    desk.start()
    with api(desk.url, token) as client:
        kept = {row["subject"] for row in everything(client, "/api/v1/tickets")}
    assert set(accepted) <= kept


@pytest.mark.hard("R-28")
@pytest.mark.parametrize("damage", ["truncated", "bit-flipped", "no database"])
def test_a_damaged_database_is_refused_with_its_name(damage: str, desk: Desk) -> None:
    desk.start()
    desk.stop()
    path = desk.data / "core.db"
    for left in desk.data.glob("core.db-*"):
        left.unlink()
    content = bytearray(path.read_bytes())
    if damage == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "no database":
        path.write_bytes(b"not a database at all" * 1000)
    else:
        for place in range(4096, len(content), 97):
            content[place] ^= 0xFF
        path.write_bytes(bytes(content))
    assert_refused(desk, "core.db")


@pytest.mark.hard("R-28")
def test_a_folder_that_cannot_be_written_is_refused_with_its_name(desk: Desk) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    desk.start()
    desk.stop()
    (desk.data / "core.db").chmod(stat.S_IRUSR)
    desk.data.chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert_refused(desk, "core.db")


def assert_refused(desk: Desk, name: str) -> None:
    done = subprocess.run([TRIAJE, "run"], env=desk.env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert name in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
