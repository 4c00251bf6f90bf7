"""`triaje kb`: importing articles, and measuring search. Neither needs a running server."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec
import sqlalchemy as sa

from services.common.clock import SystemClock
from services.common.db import Database
from services.common.files import Files
from services.common.settings import Settings

if TYPE_CHECKING:
    from services.kb.importing.service import ImportResult

T = TypeVar("T")

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
EXISTING = click.Path(exists=True, path_type=Path)


@click.group()
def kb() -> None:
    """The knowledge base: import articles, measure search."""


@kb.command("import")
@click.argument("path", type=EXISTING)
@click.option("--lang", default="en", show_default=True, help="Language of files that name none.")
@click.option(
    "--source",
    default="import",
    show_default=True,
    help="Name under which a second import finds its articles.",
)
@click.option("--dry-run", is_flag=True, help="Read everything, write nothing.")
@JSON
def import_(path: Path, lang: str, source: str, dry_run: bool, as_json: bool) -> None:
    """Import Markdown, HTML or JSON Lines from PATH, a file or a folder, or a zip that `triaje kb export` wrote.

    The same import again changes only what differs. A running server indexes what was written; without one, the
    next start does.
    """
    from services.kb.importing.draft import Draft
    from services.kb.importing.service import ImportResult, drafts, grouped, write

    import_module("services.kb.index.jobs")  # registers the jobs that writing an article asks for
    if path.suffix.lower() == ".zip":
        _told(_restored(path, dry_run), dry_run, as_json)
        return
    found = list(drafts(path, lang))
    groups = grouped(item for item in found if isinstance(item, Draft))
    result = ImportResult(problems=[str(item) for item in found if not isinstance(item, Draft)])
    if not groups and not result.problems:
        raise click.ClickException(f"{path} has no .md, .html or .jsonl files.")

    async def run() -> None:
        settings = Settings.load()
        db = Database(settings.database_url("kb"))
        try:
            with click.progressbar(range(0, len(groups), 20), label="Importing", file=sys.stderr) as starts:
                for start in starts:
                    part, now = groups[start : start + 20], SystemClock().now()

                    def unit(
                        conn: sa.Connection, part: list[list[Draft]] = part, now: datetime = now
                    ) -> list[ImportResult]:
                        return [write(conn, group, now, source) for group in part]

                    for one in await db.write(unit):
                        result.add(one)
        finally:
            await db.close()

    if dry_run:
        result.created = len(groups)
    else:
        _migrate()
        asyncio.run(run())
    _told(result, dry_run, as_json)


def _told(result: "ImportResult", dry_run: bool, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(result).decode())
    else:
        done = "would be read" if dry_run else "created"
        click.echo(f"{result.created} {done}, {result.updated} updated, {result.unchanged} unchanged.")
        for problem in result.problems:
            click.echo(problem, err=True)
    if result.problems and not (result.created or result.updated or result.unchanged):
        sys.exit(1)


def _restored(path: Path, dry_run: bool) -> "ImportResult":
    from services.kb.importing import archive
    from services.kb.importing.draft import Unreadable

    async def work(db: Database, files: Files) -> "ImportResult":
        return await archive.restore(db, files, path, SystemClock().now(), dry=dry_run)

    try:
        return _with_desk(work)
    except Unreadable as error:
        raise click.ClickException(f"{path.name} {error}.") from error


def _with_desk(work: "Callable[[Database, Files], Awaitable[T]]") -> T:
    _migrate()

    async def run() -> T:
        settings = Settings.load()
        db = Database(settings.database_url("kb"))
        try:
            return await work(db, Files(settings.data / "files" / "kb"))
        finally:
            await db.close()

    return asyncio.run(run())


@kb.command("export")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def export_(path: Path) -> None:
    """Write every article, its languages and images, and the sections to the zip PATH."""
    from services.kb.importing import archive

    count = _with_desk(lambda db, files: archive.export(db, files, path))
    click.echo(f"{count} articles in {path}.")


@kb.command("evaluate")
@click.argument("corpus", type=EXISTING)
@click.argument("queries", type=EXISTING)
@click.option("--lang", default=None, help="The language that the asking person reads, where it is known.")
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Keep the index in this folder, and use what is there.",
)
@JSON
def evaluate_(corpus: Path, queries: Path, lang: str | None, work: Path | None, as_json: bool) -> None:
    """Score search on CORPUS ({"id","lang","title","text"} a line) with QUERIES ({"query","relevant":[id]}).

    The corpus is imported, indexed and searched by the code that serves; BM25 alone runs beside it.
    """
    from services.common.ai.embedder import load_embedder
    from services.kb.evaluation.run import evaluate, read_corpus, read_queries, table

    def tell(done: int, total: int, note: str) -> None:
        if sys.stderr.isatty() or done == 0:
            click.echo(f"\r{note}: {done}/{total}    ", err=True, nl=not sys.stderr.isatty())

    drafts, asked = read_corpus(corpus), read_queries(queries)

    async def run(folder: Path) -> object:
        embedder = load_embedder(Settings(secret="e" * 40, embedder=_embedder_setting()))
        try:
            return await evaluate(drafts, asked, folder, embedder, tell, reader=lang)
        finally:
            embedder.close()

    with tempfile.TemporaryDirectory(prefix="triaje-kb-") as scratch:
        result = asyncio.run(run(work or Path(scratch)))
    if as_json:
        found = msgspec.to_builtins(result)
        click.echo(msgspec.json.encode({**found.pop("search"), **found}).decode())
    else:
        for line in table(result):  # type: ignore[arg-type]
            click.echo(line)


def _embedder_setting() -> str:
    return os.environ.get("TRIAJE_EMBEDDER", "")


def _migrate() -> None:
    from services.common.db.migrate import upgrade

    upgrade(Settings.load().database_url("kb"), "services.kb")
