"""The commands beside no server: they work on triage's own rows, and a server that starts later follows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.triage import cli
from tests.service.triage.conftest import Start
from tests.service.triage.fakes import FakeCore, WordEmbedder

Command = Callable[..., Result]


@pytest.fixture
def dialect() -> str:
    """A command opens the database by its address; one kind is enough here."""
    return "sqlite"


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_port: int, migrated_database: Callable[[str], str]
) -> Command:
    """Runs a command in a thread of its own, as a shell would in a process."""
    monkeypatch.setenv("TRIAJE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TRIAJE_SECRET", "s" * 40)
    monkeypatch.setenv("TRIAJE_URL", f"http://127.0.0.1:{free_port}")
    monkeypatch.setattr("services.common.ai.embedder.load_embedder", lambda settings: WordEmbedder())
    monkeypatch.setattr("services.common.ai.embedder.load_second", lambda: None)

    def run(database: str, *arguments: str) -> Result:
        monkeypatch.setenv("TRIAJE_DATABASE", database.replace("/triage-", "/{service}-"))
        name, *rest = arguments
        return CliRunner().invoke(getattr(cli, name), rest)

    return run


async def prepared(start: Start) -> tuple[str, list[Any]]:
    """A desk with a champion and a decision, and its server gone again."""
    async with start(core=FakeCore()) as bench:
        await bench.trained()
        ticket = await bench.opened(1, "I lost my card")
        return bench.service.db.url, await bench.client.decisions(ticket)


def decoded(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def test_train_promote_rollback_and_replay_without_a_server(start: Start, command: Command) -> None:
    import asyncio

    url, (decision,) = await prepared(start)

    async def run(*arguments: str) -> Result:
        return await asyncio.to_thread(command, url, *arguments)

    assert decoded(await run("train", "--dry-run", "--json"))["dry_run"]
    done = decoded(await run("train", "--json"))
    assert (done["model"], done["promoted"]) == ("v2", False)
    listed = decoded(await run("models", "list", "--json"))
    assert [(m["version"], m["state"]) for m in listed["items"]] == [("v2", "challenger"), ("v1", "champion")]
    assert "v2 serves." in (await run("models", "promote", "v2")).output
    async with start(core=FakeCore()) as bench:
        assert (await bench.client.status()).serving == "v2"
    assert decoded(await run("replay", str(decision.id), "--json"))["identical"]
    period = decoded(await run("replay", "--model", "v2", "--since", "2026-01-01", "--json"))
    assert period["decisions"] == 1
    assert decoded(await run("models", "rollback", "--json"))["version"] == "v1"
    again = await run("models", "rollback")
    assert again.exit_code == 1
    assert again.stderr == "Error: There is no earlier champion to return to\n"


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("replay",), 2),
        (("replay", "not-an-id"), 2),
        (("replay", "--model", "v1", "--since", "yesterday"), 2),
        (("replay", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"), 1),
        (("replay", "--model", "v77", "--since", "2026-01-01"), 1),
        (("models", "promote", "../../etc"), 1),
    ],
)
def test_wrong_arguments_end_in_one_line_and_their_status(
    command: Command, migrated_database: Callable[[str], str], arguments: tuple[str, ...], status: int
) -> None:
    result = command(migrated_database("services.triage"), *arguments)
    assert result.exit_code == status
    assert result.stderr.strip().splitlines()[-1].startswith("Error: ")


def test_every_command_has_help(command: Command) -> None:
    for name in ("train", "models", "replay"):
        result = CliRunner().invoke(getattr(cli, name), ["--help"])
        assert result.exit_code == 0
        assert "Usage:" in result.output
