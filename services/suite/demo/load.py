"""Loads the demo desk, Banco Faro; what is there already is left alone."""

import asyncio
from collections.abc import Callable
from typing import Any

from services.common.clock import SystemClock
from services.common.db import Database
from services.common.http.tokens import keyed_hash
from services.common.settings import Settings
from services.suite.demo import articles, community, desk
from services.suite.demo.promises import load_rules
from services.triage.client import TriageClient

SLICE = 150  # tickets a transaction: a reader never waits long for the writer
Say = Callable[[str], Any]


async def load_demo(settings: Settings, say: Say) -> bool:
    """Write the demo desk into the databases of ``settings``. Returns whether anything was missing."""
    core, kb = Database(settings.database_url("core")), Database(settings.database_url("kb"))
    now = SystemClock().now()
    try:
        if await core.read(desk.is_loaded):
            return False
        say("Demo desk: people, categories and macros of Banco Faro")
        await core.write(lambda c: desk.load_people_and_taxonomy(c, now))
        await core.write(load_rules)
        await kb.write(articles.load_sections)
        wanted = articles.names()
        for start in range(0, len(wanted), 20):
            await kb.write(lambda c, s=start: articles.load_articles(c, wanted[s : s + 20], now))  # type: ignore[misc]
        say(f"Demo desk: {len(wanted)} articles in English and Spanish")
        await _tickets(settings, core, desk.Writer(now), say)
        writers = await core.read(community.people)
        await kb.write(lambda c: community.load_community(c, writers, now))
        await core.write(lambda c: desk.finish(c, now))
    finally:
        await asyncio.gather(core.close(), kb.close())
    return True


async def _tickets(settings: Settings, core: Database, writer: desk.Writer, say: Say) -> None:
    closed = sorted(desk.lines("tickets_closed.jsonl") + desk.lines("tickets_closed_es.jsonl"),
                    key=lambda item: -item["created"])  # fmt: skip
    opened = sorted(desk.lines("tickets_open.jsonl"), key=lambda item: -item["created"])
    await core.read(writer.look_up)

    def contact_ref(contact_id: Any) -> str:
        return keyed_hash(settings.secret, "contact", str(contact_id))

    for records in (closed, opened):
        for start in range(0, len(records), SLICE):
            part = records[start : start + SLICE]
            await core.write(lambda c, p=part: writer.write(c, p, contact_ref))  # type: ignore[misc]
    say(f"Demo desk: {len(closed)} closed and {len(opened)} open tickets")


async def has_demo_people(settings: Settings) -> bool:
    """Whether somebody can sign in with the demo password."""
    core = Database(settings.database_url("core"))
    try:
        return bool(await core.read(desk.demo_people))
    finally:
        await core.close()


async def first_training(process: Any, say: Say) -> None:
    """Train the first model of a new desk behind the open port, and say how far it is."""
    triage = TriageClient(process.peer("triage", "portal"))
    if (await triage.models()).items:
        return
    training = await triage.start_training()
    said = ""
    while training.state in {"queued", "running"}:
        await asyncio.sleep(1)
        training = await triage.training(training.id)
        line = f"First model: {training.done} % {training.note}".rstrip()
        if line.split(" % ")[0][:-1] != said.split(" % ", maxsplit=1)[0][:-1]:
            say(line)
        said = line
    if training.state == "done":
        say(f"First model: {training.model} serves, trained on {training.examples} closed tickets.")
    else:
        say(f"First model: the training ended as {training.state}. {training.error[:200]}")
