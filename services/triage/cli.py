"""``triaje train``, ``triaje models`` and ``triaje replay``.

Where a server of this data folder answers, it is asked and does the work. Where none does, the command works
on triage's own rows: it trains on the closed tickets that triage has copied, and a server that starts later
(or was started meanwhile) follows the rows. The vector folder belongs to the server and is never opened here.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import click
import msgspec

from services.common.errors import DeskError, Unauthorized, Unavailable
from services.common.ids import parse_uuid
from services.common.settings import Settings, SettingsError
from services.triage.client import TriageClient
from services.triage.contract import Comparison, Model, TaskMetrics, Training

T = TypeVar("T")
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
POLL_SECONDS = 0.5


@dataclass
class Hands:
    """How a command reaches the desk: ``client`` where a server answers, else ``desk``."""

    client: TriageClient | None
    desk: Any = None


def _run(work: Callable[[Hands], Awaitable[T]]) -> T:
    """Run ``work``; what is expected to fail ends in one line on stderr and status 1."""
    from services.common.db import DatabaseBroken
    from services.common.observability import configure_logging

    try:
        settings = Settings.load()
        configure_logging("ERROR", as_json=settings.log_json)
        return asyncio.run(_with_hands(settings, work))
    except SettingsError as error:
        raise click.ClickException("; ".join(error.problems)) from error
    except (DatabaseBroken, ValueError) as error:
        raise click.ClickException(str(error)) from error
    except DeskError as error:
        raise click.ClickException(error.detail or error.title) from error


async def _with_hands(settings: Settings, work: Callable[[Hands], Awaitable[T]]) -> T:
    from services.common.clients import Peer
    from services.common.clock import SystemClock
    from services.common.http.tokens import ServiceTokens

    tokens = ServiceTokens(settings.secret, SystemClock())
    peer = Peer("triage", "cli", tokens, base_url=settings.peers.get("triage") or settings.url)
    client = TriageClient(peer)
    try:
        if await _answers(client):
            return await work(Hands(client))
        return await _offline(settings, tokens, work)
    finally:
        await peer.close()


async def _answers(client: TriageClient) -> bool:
    """Whether a server with our secret is there; one of another data folder is none of ours."""
    try:
        await client.peer.raw("GET", "/api/v1/triage/status", retry=False, timeout=5.0)
    except (Unavailable, Unauthorized):
        return False
    except (DeskError, msgspec.MsgspecError):  # something else listens at the address
        return False
    return True


async def _offline(settings: Settings, tokens: Any, work: Callable[[Hands], Awaitable[T]]) -> T:
    from services.common.ai.embedder import load_embedder, load_second
    from services.common.ai.vectors import open_vectors
    from services.common.clients import Peer
    from services.common.clock import SystemClock
    from services.common.db import Database
    from services.common.db.migrate import upgrade
    from services.common.live import Live
    from services.common.service import Runtime
    from services.core.client import CoreClient
    from services.triage.wiring import desk_of

    url = settings.database_url("triage")
    await asyncio.to_thread(upgrade, url, "services.triage")
    nowhere = Peer("core", "cli", tokens, base_url=settings.url)
    runtime = Runtime(
        settings=settings,
        clock=SystemClock(),
        tokens=tokens,
        peer=lambda name, caller: nowhere,
        redis="",
        live=Live(),
        embedder=load_embedder(settings),
        second=load_second(),
        vectors=lambda name: open_vectors(settings, name),
    )
    db = Database(url)
    try:
        desk = replace(desk_of(runtime, db, CoreClient(nowhere)), offline=True, live=None)
        return await work(Hands(None, desk))
    finally:
        await db.close()
        await nowhere.close()
        desk.reader.close()


def _emit(value: Any) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


# ---- train


@click.command()
@click.option("--dry-run", is_flag=True, help="Fit and measure, store no model.")
@JSON
def train(dry_run: bool, as_json: bool) -> None:
    """Retrain on the closed tickets, and compare the result with the model that serves.

    The first model of a desk serves at once; a later one waits for `triaje models promote`.
    """
    done = _run(lambda hands: _train(hands, dry_run, quiet=as_json or not sys.stderr.isatty()))
    if done.state != "done":
        raise click.ClickException(f"The training ended as {done.state}. {done.error}".strip())
    if as_json:
        _emit(done)
    else:
        _tell(done)


async def _train(hands: Hands, dry_run: bool, *, quiet: bool) -> Training:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as bar:
        line = bar.add_task("train", total=100)

        async def report(done: int, total: int, note: str) -> None:
            bar.update(line, completed=done, total=total or 100, description=note[:60].ljust(24))

        if hands.client is None:
            return await _train_here(hands.desk, dry_run, report)
        training = await hands.client.start_training(dry_run=dry_run)
        while training.state in ("queued", "running"):
            await asyncio.sleep(POLL_SECONDS)
            training = await hands.client.training(training.id)
            await report(training.done, training.total, training.note)
        return training


async def _train_here(desk: Any, dry_run: bool, report: Callable[..., Awaitable[None]]) -> Training:
    from services.common.ids import uuid7
    from services.triage.train.service import train as run

    job = uuid7()
    result = await run(desk, report, job=None if dry_run else job, dry_run=dry_run)
    return Training(
        id=job,
        state="done",
        dry_run=dry_run,
        model=result.get("model", ""),
        examples=result["examples"],
        metrics=msgspec.convert(result["metrics"], dict[str, TaskMetrics]),
        comparison=msgspec.convert(result["comparison"], Comparison | None),
        promoted=bool(result.get("promoted")),
    )


def _tell(done: Training) -> None:
    name = done.model or "A dry run"
    serves = " It serves now." if done.promoted else ""
    click.echo(f"{name}: learnt from {done.examples} closed tickets.{serves}")
    _figures(done.metrics)
    if done.comparison is not None:
        click.echo(done.comparison.verdict.get("en", ""))
    if done.model and not done.promoted:
        click.echo(f"To let it serve: triaje models promote {done.model}")


def _figures(metrics: dict[str, TaskMetrics]) -> None:
    for task, found in metrics.items():
        shown = {"accuracy": found.accuracy, "macro F1": found.macro_f1, "ECE": found.ece}
        parts = [f"{name} {value:.3f}" for name, value in shown.items() if value is not None]
        click.echo(f"  {task:9} {', '.join(parts)} on {found.support} later tickets")


# ---- models


@click.group()
def models() -> None:
    """The model registry: list, promote, roll back."""


@models.command("list")
@JSON
def list_models(as_json: bool) -> None:
    """List every version, newest first."""
    from services.triage.registry.service import models as here

    found = _run(lambda hands: hands.client.models() if hands.client else here(hands.desk))
    if as_json:
        _emit(found)
        return
    if not found.items:
        click.echo("There is no model yet. Make one with: triaje train")
    for model in found.items:
        click.echo(_line(model, found.serving))


def _line(model: Model, serving: str) -> str:
    category = model.metrics.get("category")
    figure = (
        f"accuracy {category.accuracy:.3f}" if category and category.accuracy is not None else "not judged"
    )
    mark = "*" if model.version == serving else " "
    trouble = f"  ({model.problem})" if model.problem else ""
    at = model.trained_at.astimezone().strftime("%Y-%m-%d %H:%M")
    return f"{mark} {model.version:6} {model.state:10} {at}  {model.examples:6} examples  {figure}{trouble}"


@models.command("promote")
@click.argument("version")
@JSON
def promote_model(version: str, as_json: bool) -> None:
    """Let VERSION serve."""

    async def work(hands: Hands) -> Model:
        if hands.client:
            return await hands.client.promote(version)
        from services.triage.registry import service

        await service.promote(hands.desk, version, "command line")
        return await service.model(hands.desk, version)

    _serves(_run(work), as_json)


@models.command("rollback")
@JSON
def rollback_model(as_json: bool) -> None:
    """Return to the champion before this one."""

    async def work(hands: Hands) -> Model:
        if hands.client:
            return await hands.client.rollback()
        from services.triage.registry import service

        done = await service.rollback(hands.desk, "command line")
        return await service.model(hands.desk, done.model)

    _serves(_run(work), as_json)


def _serves(model: Model, as_json: bool) -> None:
    if as_json:
        _emit(model)
    else:
        click.echo(f"{model.version} serves.")


# ---- replay


@click.command()
@click.argument("decision", required=False)
@click.option("--model", "version", metavar="V", help="Replay a period under this version.")
@click.option("--since", metavar="DATE", help="Where the period begins: 2026-11-01, or a time in ISO 8601.")
@JSON
def replay(decision: str | None, version: str | None, since: str | None, as_json: bool) -> None:
    """Reproduce DECISION, or replay a period under another model. Nothing is changed by either."""
    if decision and not (version or since):
        _replay_one(decision, as_json)
    elif version and since and not decision:
        _replay_period(version, since, as_json)
    else:
        raise click.UsageError("Give a DECISION, or both --model and --since.")


def _replay_one(decision: str, as_json: bool) -> None:
    from services.triage.replay.service import replay as here

    key = parse_uuid(decision)
    if key is None:
        raise click.UsageError(f"{decision!r} is not the id of a decision.")
    wanted: UUID = key
    found = _run(lambda hands: hands.client.replay(wanted) if hands.client else here(hands.desk, wanted))
    if as_json:
        _emit(found)
    else:
        for task, ranked in found.again.items():
            best = f"{ranked[0].label} {ranked[0].probability:.4f}" if ranked else "-"
            click.echo(f"  {task:9} {best}")
    if not found.identical:
        raise click.ClickException(f"The replay differs. {found.problem}".strip())
    if not as_json:
        click.echo(f"Identical under {found.model or 'no model'}.")


def _replay_period(version: str, since: str, as_json: bool) -> None:
    try:
        at = datetime.fromisoformat(since)
    except ValueError as error:
        raise click.UsageError(f"{since!r} is not a date.") from error
    begin = at if at.tzinfo else at.replace(tzinfo=UTC)

    async def work(hands: Hands) -> Any:
        if hands.client:
            return await hands.client.replay_period(version, begin)
        from services.triage.contract import PeriodRequest
        from services.triage.replay.whatif import replay_period

        return await replay_period(hands.desk, PeriodRequest(model=version, since=begin))

    found = _run(work)
    if as_json:
        _emit(found)
        return
    click.echo(f"{found.decisions} decisions since {begin.date()} under {found.model}:")
    for task, count in found.changed.items():
        click.echo(f"  {task:9} {count} would change")
    for team, work_of in found.workload.items():
        click.echo(f"  {team or '(no team)':20} {work_of['before']} → {work_of['after']} tickets")
