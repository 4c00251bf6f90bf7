"""A model's file is data. Whatever lies in its place, nothing of it runs, and the desk goes on."""

import io
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.triage.models import ModelVersion
from tests.suite import rig
from tests.suite.conftest import Start
from tests.suite.rig import ADMIN, AGENT, CUSTOMER, Suite

LOST = {"subject": "I lost my card", "body": "My card is gone since yesterday, please freeze it."}


class Bomb:
    """What a pickle of this runs when it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.mark}",)


def pickled(path: Path, mark: Path) -> None:
    path.write_bytes(pickle.dumps(Bomb(mark)))


def array_of_objects(path: Path, mark: Path) -> None:
    """An archive of our own form whose array is a pickle: numpy's way in."""
    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb(mark)], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, buffer.getvalue() if name.endswith(".npy") else content)


def foreign_type(path: Path, mark: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("schema.json", (
            '{"__class__": "system", "__module__": "os", "__loader__": "FunctionNode", "__id__": 1, "protocol": 2, '
            f'"_skops_version": "0.16.0", "content": "touch {mark}"}}'
        ))  # fmt: skip


def older_schema(path: Path, mark: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("schema.json", '{"protocol": 0, "__class__": "dict"}')


def truncated(path: Path, mark: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def missing(path: Path, mark: Path) -> None:
    shutil.rmtree(path.parent)


def a_link_to_elsewhere(path: Path, mark: Path) -> None:
    elsewhere = path.parent / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


DAMAGE: list[Callable[[Path, Path], None]] = [
    pickled, array_of_objects, foreign_type, older_schema, truncated, missing, a_link_to_elsewhere,
]  # fmt: skip


async def believes(suite: Suite, path: Path) -> None:
    """Let the registry hold the hash of what lies there now: only the reader stands in the way then."""
    import hashlib

    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    change = sa.update(ModelVersion).values(sha256=digest)
    await suite.db("triage").write(lambda conn: conn.execute(change) and None)


def file_of(data: Path) -> Path:
    (path,) = (data / "models" / "triage" / "v1").glob("*.skops")
    return path


@pytest.mark.hard("S-42", "R-29")
@pytest.mark.parametrize("damage", DAMAGE, ids=lambda fn: fn.__name__)
async def test_a_model_file_that_is_none_runs_nothing_and_stops_nothing(
    start: Start, seeded: Path, tmp_path: Path, damage: Callable[[Path, Path], None]
) -> None:
    data, mark = rig.copied(seeded, tmp_path / "data"), tmp_path / "it-ran"
    path = file_of(data)
    damage(path, mark)
    async with start(data) as suite:
        if path.is_file() and damage not in {truncated, a_link_to_elsewhere}:
            await believes(suite, path)
        made = await suite.ticket(CUSTOMER, **LOST)
        reply = {"kind": "reply", "body": "We are on it."}
        await suite.ok("POST", f"/api/v1/tickets/{made['number']}/messages", AGENT, json=reply)
        (ticket, status) = (
            await suite.decided(made["number"], 60),
            await suite.ok("GET", "/api/v1/triage/status", ADMIN),
        )
        assert ticket["triage"] == "abstained", "a person decides where no model can"
        assert ticket["category"] is None
        assert status["problem"], "the admin reads why"
        assert not status["serving"]
        models = await suite.ok("GET", "/api/v1/triage/models", ADMIN)
        if damage is not missing:
            assert models["items"]
        assert (await suite.http.get("/health/ready")).status_code == 200
    assert not mark.exists(), "the file was executed"


@pytest.mark.hard("S-42")
async def test_a_pickle_beside_the_vectors_and_files_is_never_opened(
    start: Start, seeded: Path, tmp_path: Path
) -> None:
    data, mark = rig.copied(seeded, tmp_path / "data"), tmp_path / "it-ran"
    for folder in [data, *(path for path in data.rglob("*") if path.is_dir())]:
        for name in ("meta.pkl", "model.joblib", "model.pt", "storage.sqlite.pickle"):
            pickled(folder / name, mark)
    async with start(data) as suite:
        made = await suite.ticket(CUSTOMER, **LOST)
        await suite.decided(made["number"], 60)
        await suite.ok("GET", "/api/v1/kb/search", AGENT, params={"q": "lost card"})
    assert not mark.exists()


@pytest.mark.hard("R-29")
async def test_the_version_before_serves_while_the_newest_cannot_be_read(
    start: Start, seeded: Path, tmp_path: Path
) -> None:
    data = rig.copied(seeded, tmp_path / "data")
    async with start(data) as suite:
        for number in range(3):
            made = await suite.ticket(CUSTOMER, **LOST)
            await suite.decided(made["number"])
            change = {
                "version": (await suite.read(made["number"]))["version"],
                "category": "lost_or_stolen_card",
            }
            await suite.ok("PATCH", f"/api/v1/tickets/{made['number']}", AGENT, json=change)
            await suite.ok(
                "PUT",
                f"/api/v1/tickets/{made['number']}/closure",
                AGENT,
                json={"resolution": f"Done {number}"},
            )
        trained = await suite.trained()
        await suite.ok("POST", f"/api/v1/triage/models/{trained['model']}/promote", ADMIN)
        await suite.quiet()
    (path,) = (data / "models" / "triage" / trained["model"]).glob("*.skops")
    truncated(path, path)
    async with start(data) as suite:
        made = await suite.ticket(CUSTOMER, **LOST)
        await suite.decided(made["number"], 60)
        assert (await suite.decisions(made["number"]))[0]["model"] == "v1"
        status = await suite.ok("GET", "/api/v1/triage/status", ADMIN)
        assert status["problem"].startswith(trained["model"])
