"""Keeping examples, copies and outcomes in step with core, in any order of events."""

from typing import Any
from uuid import UUID

from services.common.events import Event
from services.common.jobs import JobContext
from services.common.jobs.registry import JobInProgress
from services.triage.desk import Desk
from services.triage.examples import service
from services.triage.jobs import jobs
from services.triage.outcomes.service import observe
from services.triage.predict.repository import waiting_for_model
from services.triage.registry.service import forget_people
from services.triage.train.jobs import enqueue_first, enqueue_training

SYNC = "sync"


@jobs.job("sync", queue="slow", max_attempts=5, lease=60)
async def sync(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Fetch core's snapshot and its closed tickets; train the first model where there is none."""
    return await fetch(ctx)


async def fetch(ctx: JobContext) -> dict[str, Any]:
    """What both ways of asking for a sync do.

    Tickets that were left to people while no model could serve are decided on, should one serve by now: it may
    have been trained by a command, or its file put back.
    """
    desk: Desk = ctx.service
    await desk.taxonomy.refresh()
    changed = await service.pull(desk, ctx.progress)
    embedded = await service.embed_missing(desk, ctx.progress)
    indexed = await service.index_missing(desk)
    training = await ctx.db.write(enqueue_first)
    if await desk.serving.current() is not None and await ctx.db.read(anybody_waits):
        await ctx.db.write(lambda conn: jobs.enqueue(conn, "catch_up", {}))
    return {"changed": changed, "embedded": embedded, "indexed": indexed, "training": training}


@jobs.every(hours=1, queue="slow", lease=120)
async def sync_hourly(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The same on a schedule, for whatever an event did not tell; it also runs at every start."""
    return await fetch(ctx)


@jobs.on("core.taxonomy.changed.v1", queue="default")
@jobs.on("core.macro.changed.v1", queue="default")
@jobs.on("core.staff.changed.v1", queue="default")
async def refresh_copies(ctx: JobContext, event: Event) -> None:
    """Fetch the snapshot again, unless ours is as new as the event."""
    desk: Desk = ctx.service
    current = await desk.taxonomy.current()
    version = event.data.get("version")
    if event.type.startswith("core.taxonomy") and isinstance(version, int) and current.version >= version > 0:
        return
    await desk.taxonomy.refresh()


@jobs.on("core.ticket.closed.v1", queue="default")
async def learn_from_closed_ticket(ctx: JobContext, event: Event) -> None:
    """A closed ticket becomes an example, and its labels a verdict on the decision."""
    desk: Desk = ctx.service
    ticket = UUID(event.data["ticket"])
    await observe(desk, ticket)
    await service.learn_one(desk, ticket, int(event.data["version"]), event.at)


@jobs.on("core.ticket.reopened.v1", queue="default")
async def unlearn_reopened_ticket(ctx: JobContext, event: Event) -> None:
    """What is open again is not solved."""
    await service.reopen(ctx.service, UUID(event.data["ticket"]), int(event.data["version"]))


def a_person_set_a_label(event: Event) -> bool:
    """Whether a person has said what a model says too; most changes of a ticket are nobody's verdict."""
    changed = {c["field"] for c in event.data.get("changes", []) if c["set_by"] == "person"}
    return not changed.isdisjoint({"category", "priority", "tags", "team"})


@jobs.on("core.ticket.updated.v1", queue="default", wants=a_person_set_a_label)
async def observe_change(ctx: JobContext, event: Event) -> None:
    """A person's change is a verdict; relabelling a closed ticket changes its example."""
    desk: Desk = ctx.service
    ticket = UUID(event.data["ticket"])
    await observe(desk, ticket)
    await service.relabel(desk, ticket, int(event.data["version"]))


@jobs.on("core.contact.erased.v1", queue="default")
async def erase_contact(ctx: JobContext, event: Event) -> None:
    """Forget what a person wrote: examples, inputs, drafts, vectors, and before long what a model learnt from it."""
    await service.erase(ctx.service, str(event.data["contact_ref"]), enqueue_training)
    await forget_people(ctx.service)


def anybody_waits(conn: Any) -> bool:
    """Whether a ticket was decided on by no model and is still open."""
    return bool(waiting_for_model(conn, None, 1))


def enqueue_sync(conn: Any) -> str:
    """Start a sync, or name the one that is under way."""
    try:
        return str(jobs.enqueue(conn, "sync", {}, key=SYNC))
    except JobInProgress as error:
        return str(error.extra["job"])
