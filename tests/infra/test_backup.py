"""A desk in one file: taken while it runs, put back elsewhere, refused where it is damaged or in the way."""

import gzip
import hashlib
import json
import shutil
import sqlite3
import stat
import subprocess
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.support import servers
from tests.support.desk import TRIAJE, Desk, api, copied, environment, triaje
from tests.support.servers import wait_until

pytestmark = pytest.mark.infra


def refused(*arguments: str, env: dict[str, str]) -> str:
    """What a command that must fail says on stderr, in one line."""
    done = subprocess.run([TRIAJE, *arguments], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def new_ticket(desk: Desk, token: str, subject: str) -> int:
    body = {"subject": subject, "body": "words", "requester": {"email": "back@up.test", "name": "B"}}
    with api(desk.url, token) as client:
        upload = client.post("/api/v1/uploads?filename=a.txt", content=b"an attachment")
        made = client.post("/api/v1/tickets", json={**body, "attachments": [upload.json()["id"]]})
        assert made.status_code == 201, made.text
        number: int = made.json()["number"]
        return number


def test_a_backup_of_a_running_desk_is_put_back_whole(demo_data: Path, tmp_path: Path) -> None:
    desk = Desk(copied(demo_data, tmp_path / "data"), tmp_path / "desk.log", ("run", "--demo"))
    other = Desk(tmp_path / "other", tmp_path / "other.log", ("run", "--demo"))
    archive = tmp_path / "desk.tar.gz"
    try:
        desk.start(ready=True)
        token = desk.token("tickets:read", "tickets:write", "kb:read", "triage:read")
        number = new_ticket(desk, token, "Before the backup")
        said = json.loads(triaje("backup", str(archive), "--json", env=desk.env))
        assert said["size"] == archive.stat().st_size
        assert stat.S_IMODE(archive.stat().st_mode) == 0o600
        later = new_ticket(desk, token, "After the backup")
        with api(desk.url, token) as client:  # the index is open, and with it the folder is taken
            assert client.get("/api/v1/kb/search", params={"q": "lost card"}).json()["items"]
        assert "running" in refused("restore", str(archive), "--force", env=desk.env)
        desk.stop()
        assert "--force" in refused("restore", str(archive), env=desk.env)

        triaje("restore", str(archive), env=other.env)
        other.start(ready=True)
        with api(other.url, token) as client:  # the token, too, is part of the desk
            back = client.get(f"/api/v1/tickets/{number}")
            assert back.json()["subject"] == "Before the backup"
            said = client.get(f"/api/v1/tickets/{number}/messages").json()["items"]
            file = next(entry["attachments"][0] for entry in said if entry.get("attachments"))
            assert client.get(f"/api/v1/attachments/{file['id']}").content == b"an attachment"
            assert client.get(f"/api/v1/tickets/{later}").status_code == 404
            assert client.get("/api/v1/triage/models").json()["items"][0]["state"] == "champion"
            wait_until(lambda: _found(client), 60, "the index made again")
    finally:
        desk.kill()
        other.kill()


def _found(client: httpx.Client) -> bool:
    page = client.get("/api/v1/kb/search", params={"q": "lost card"}).json()
    return bool(page["items"]) and not page["degraded"]


def rows(data: Path) -> dict[str, tuple[int, str]]:
    """For each table of each database of a data folder: how many rows it has, and their digest."""
    found = {}
    for file in sorted(data.glob("*.db")):
        with closing(sqlite3.connect(file)) as conn:
            for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"):
                lines = sorted(repr(row) for row in conn.execute(f'SELECT * FROM "{name}"'))
                digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
                found[f"{file.name} {name}"] = (len(lines), digest)
    return found


@pytest.mark.req(137)
def test_what_is_put_back_on_an_empty_host_is_the_same_row_for_row(demo_data: Path, tmp_path: Path) -> None:
    desk, other = (
        Desk(copied(demo_data, tmp_path / "data"), tmp_path / "log"),
        Desk(tmp_path / "other", tmp_path / "log"),
    )
    archive = tmp_path / "desk.tar.gz"
    triaje("backup", str(archive), env=desk.env)
    triaje("restore", str(archive), env=other.env)
    before, after = rows(desk.data), rows(other.data)
    assert sum(count for count, _ in before.values()) > 10_000
    assert after == before


def test_force_moves_the_present_desk_aside(demo_data: Path, tmp_path: Path) -> None:
    desk = Desk(copied(demo_data, tmp_path / "data"), tmp_path / "desk.log")
    archive = tmp_path / "desk.tar.gz"
    triaje("backup", str(archive), env=desk.env)
    before = (desk.data / "core.db").stat().st_size
    triaje("restore", str(archive), "--force", env=desk.env)
    (aside,) = desk.data.glob("before-restore-*")
    assert (aside / "core.db").stat().st_size == before
    assert (desk.data / "core.db").exists()


def test_a_damaged_backup_changes_nothing(demo_data: Path, tmp_path: Path) -> None:
    desk = Desk(copied(demo_data, tmp_path / "data"), tmp_path / "desk.log")
    empty = Desk(tmp_path / "empty", tmp_path / "empty.log")
    archive = tmp_path / "desk.tar.gz"
    triaje("backup", str(archive), env=desk.env)
    whole = bytearray(gzip.decompress(archive.read_bytes()))
    middle = whole.index(b"SQLite format 3") + 5_000
    whole[middle] ^= 0xFF
    damaged, cut, foreign = (tmp_path / name for name in ("damaged.tar.gz", "cut.tar.gz", "foreign.tar.gz"))
    damaged.write_bytes(gzip.compress(bytes(whole), 1))
    cut.write_bytes(archive.read_bytes()[:100_000])
    foreign.write_text("not an archive")
    for bad in (damaged, cut, foreign):
        assert "damaged" in refused("restore", str(bad), env=empty.env), bad
        assert not (empty.data / "core.db").exists()


def test_there_is_nothing_to_back_up_without_a_desk(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "nothing", tmp_path / "desk.log")
    assert "no desk" in refused("backup", str(tmp_path / "x.tar.gz"), env=desk.env)
    assert not (tmp_path / "x.tar.gz").exists()


def test_a_desk_on_postgresql_is_dumped_and_put_back(postgres_server: servers.Server, tmp_path: Path) -> None:
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not on the path")
    run = uuid4().hex[:8]
    names = [f"{service}_{run}" for service in ("core", "triage", "kb")]
    servers.execute(postgres_server, *[f'create database "{name}"' for name in names])
    archive = tmp_path / "desk.tar.gz"
    env = environment(
        TRIAJE_DATA=str(tmp_path / "data"),
        TRIAJE_DATABASE=servers.postgres_url(postgres_server, f"{{service}}_{run}"),
    )
    triaje("migrate", env=env)
    triaje("user", "add", "kept@example.com", "--role", "customer", "--password", "long enough 77", env=env)
    triaje("backup", str(archive), env=env)
    triaje("erase", "kept@example.com", env=env)
    assert "kept@example.com" in refused("erase", "kept@example.com", env=env)
    assert "--force" in refused("restore", str(archive), env=env)
    triaje("restore", str(archive), "--force", env=env)
    assert "Erased: 0 tickets" in triaje("erase", "kept@example.com", env=env)
