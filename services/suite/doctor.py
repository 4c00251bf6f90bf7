"""``triaje doctor``: what is well, what is not, and what to do about it."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import click
import msgspec
import sqlalchemy as sa
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.common.ai.embedder import DEFAULT_FOLDER, SECOND_FOLDER, load_embedder
from services.common.ai.onnx_engine import spoiled
from services.common.ai.vectors import open_vectors
from services.common.db import Database, DatabaseBroken
from services.common.db.engine import check_sqlite
from services.common.errors import DeskError
from services.common.settings import Settings, SettingsError
from services.suite.runtime import WITH_DATABASE
from services.triage.ledger.verify import verify

LOW_DISK = 2 * 1024**3  # bytes; a backup and a training need about one


class Finding(msgspec.Struct):
    """One check. ``verdict`` is ``ok``, ``warning`` or ``broken``; ``mend`` says what to do."""

    check: str
    verdict: str
    detail: str
    mend: str = ""


Check = Callable[[Settings], Awaitable[list[Finding]]]


async def _settings(settings: Settings) -> list[Finding]:
    found = [Finding("settings", "ok", f"data in {settings.data}, {settings.url}")]
    if not settings.secure and urlsplit(settings.url).hostname not in {"127.0.0.1", "localhost", "::1"}:
        found.append(Finding("cookies", "warning", "people reach the desk over http, so cookies are not marked secure",
                             "Put a TLS proxy in front and set TRIAJE_URL to its https address."))  # fmt: skip
    free = shutil.disk_usage(settings.data if settings.data.exists() else Path(".")).free
    if free < LOW_DISK:
        found.append(
            Finding("disk", "warning", f"{free / 1024**3:.1f} GB are free", "Make room in the data folder.")
        )
    return found


def _missing(url: str) -> bool:
    return url.startswith("sqlite") and not Path(str(sa.make_url(url).database)).exists()


async def _databases(settings: Settings) -> list[Finding]:
    found = []
    for name in WITH_DATABASE:
        url = settings.database_url(name)
        if await asyncio.to_thread(_missing, url):
            mend = "Run triaje migrate, or triaje run."
            found.append(Finding(f"database {name}", "warning", "not made yet", mend))
            continue
        db = Database(url)
        try:
            if url.startswith("sqlite"):
                await asyncio.to_thread(check_sqlite, url)
            revision = await db.read(
                lambda c: c.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
            )
            found.append(Finding(f"database {name}", "ok", f"{db.dialect}, revision {revision}"))
        except (DatabaseBroken, DeskError, sa.exc.SQLAlchemyError) as error:
            found.append(Finding(f"database {name}", "broken", str(error)[:200],
                                 "Check TRIAJE_DATABASE, run triaje migrate, or restore a backup."))  # fmt: skip
        finally:
            await db.close()
    return found


async def _broker(settings: Settings) -> list[Finding]:
    if not settings.redis:
        return [Finding("broker", "ok", "in process")]
    client = Redis.from_url(settings.redis, socket_connect_timeout=2)
    try:
        await client.ping()
    except (OSError, RedisError) as error:
        return [Finding("broker", "broken", str(error)[:200], "Start Redis, or correct TRIAJE_REDIS.")]
    else:
        return [Finding("broker", "ok", "Redis answers")]
    finally:
        await client.aclose()


async def _vectors(settings: Settings) -> list[Finding]:
    found = []
    for name in ("kb", "triage"):
        if not settings.qdrant and not await asyncio.to_thread((settings.data / "vectors" / name).exists):
            found.append(
                Finding(f"vectors {name}", "warning", "empty", "A running server fills them by itself.")
            )
            continue
        store = open_vectors(settings, name)
        try:
            names = await store.collections()
            found.append(Finding(f"vectors {name}", "ok", ", ".join(names) or "no collection yet"))
        except DeskError as error:
            held = "another process" in str(error) or "in use" in str(error)
            mend = "Rebuild: POST /api/v1/kb/index/rebuild." if not held else ""
            found.append(Finding(f"vectors {name}", "ok" if held else "broken", str(error)[:200], mend))
        finally:
            await store.close()
    return found


async def _embedder(settings: Settings) -> list[Finding]:
    if not settings.embedder and not await asyncio.to_thread(_whole, DEFAULT_FOLDER):
        return [Finding("embedder", "broken", "the model is missing or changed", "Run make models.")]
    embedder = load_embedder(settings)
    try:
        await embedder.load()
    except DeskError as error:
        return [
            Finding("embedder", "broken", str(error)[:200], "Run make models, or correct TRIAJE_EMBEDDER.")
        ]
    found = [
        Finding("embedder", "ok", f"{embedder.dimensions} dimensions, fingerprint {embedder.fingerprint}")
    ]
    if not await asyncio.to_thread(_whole, SECOND_FOLDER):
        found.append(
            Finding("second encoder", "broken", "the model is missing or changed", "Run make models.")
        )
    return found


def _whole(folder: Path) -> bool:
    return folder.is_dir() and not spoiled(folder)


async def _mail(settings: Settings) -> list[Finding]:
    if not settings.smtp:
        return [
            Finding(
                "mail", "warning", "no server for outgoing mail", "Set TRIAJE_SMTP=smtp://user:pass@host:587."
            )
        ]
    parts = urlsplit(settings.smtp)
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(parts.hostname, parts.port or 25), 3)
    except (OSError, TimeoutError) as error:
        return [
            Finding("mail", "broken", f"{parts.hostname} does not answer: {error}", "Correct TRIAJE_SMTP.")
        ]
    writer.close()
    return [Finding("mail", "ok", f"{parts.hostname} answers")]


async def _decision_log(settings: Settings) -> list[Finding]:
    url = settings.database_url("triage")
    if await asyncio.to_thread(_missing, url):
        return []
    db = Database(url)
    try:
        found = await verify(db)
    except (DatabaseBroken, DeskError, sa.exc.SQLAlchemyError) as error:
        return [Finding("decision log", "broken", str(error)[:200], "See the database above.")]
    finally:
        await db.close()
    if found.problem_count:
        return [Finding("decision log", "broken", "; ".join(found.problems),
                        "Restore a backup from before it was altered, and find out who could write here.")]  # fmt: skip
    detail = f"{found.entries} decisions linked, {found.erased} of them erased, {found.waiting} waiting"
    return [Finding("decision log", "ok", f"{detail}, head {found.head[:16]}")]


CHECKS: tuple[Check, ...] = (_settings, _databases, _decision_log, _broker, _vectors, _embedder, _mail)
SIGNS = {"ok": "✓", "warning": "!", "broken": "✗"}


async def examine(settings: Settings) -> list[Finding]:
    """Every finding, in the order of the checks."""
    return [finding for check in CHECKS for finding in await check(settings)]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> None:
    """Check settings, databases, the decision log, broker, vectors, embedder and mail, and say what to mend."""
    os.environ.setdefault("TRIAJE_LOG_LEVEL", "ERROR")
    try:
        findings = asyncio.run(examine(Settings.load()))
    except SettingsError as error:
        findings = [
            Finding("settings", "broken", problem, "Correct the variable.") for problem in error.problems
        ]
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(findings), ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{SIGNS[finding.verdict]} {finding.check}: {finding.detail}")
            if finding.mend and finding.verdict != "ok":
                click.echo(f"  → {finding.mend}")
    if any(finding.verdict == "broken" for finding in findings):
        sys.exit(1)
