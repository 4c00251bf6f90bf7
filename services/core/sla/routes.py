"""Calendars and agreements over HTTP, and whether the desk is open."""

import sqlalchemy as sa
from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.http import Actor, require
from services.core.actors import author_of
from services.core.audit import note
from services.core.contract import (
    CalendarInput,
    DeskCalendar,
    OpeningHours,
    SlaPolicy,
    SlaPolicyInput,
)
from services.core.desk import Core
from services.core.sla import policies
from services.core.sla.hours import NeverOpen, is_open, next_opening
from services.core.taxonomy.routes import staff_only


@get("/api/v1/hours", tags=["time"])
async def hours(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> OpeningHours:
    """Whether the desk works now, and when it does next."""
    require(actor, "tickets:read")
    found = await core.db.read(core.promises.get)
    now, main = core.now(), found.main
    if main is None:
        return OpeningHours(open=True, opens_at=None, zone="UTC")
    try:
        opens = next_opening(main, now)
    except NeverOpen:
        return OpeningHours(open=False, opens_at=None, zone=main.zone)
    working = is_open(main, now)
    return OpeningHours(open=working, opens_at=None if working else opens, zone=main.zone)


@get("/api/v1/calendars", tags=["time"])
async def list_calendars(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> list[DeskCalendar]:
    """Business calendars: zone, hours of the week, holidays."""
    staff_only(actor)
    return await core.db.read(policies.list_calendars)


@put("/api/v1/calendars/{key:str}", status_code=200, tags=["time"])
async def keep_calendar(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    key: FromPath[str],
    data: JSONBody[CalendarInput],
) -> DeskCalendar:
    """Make a calendar (`version` 0) or change the one of that version."""
    require(actor, "admin")
    policies.refuse_key(key)

    def unit(conn: sa.Connection) -> DeskCalendar:
        kept = policies.keep_calendar(conn, key, data)
        note(
            conn, at=core.now(), subject="calendar", subject_id=key, action="changed", author=author_of(actor)
        )
        return kept

    found = await core.db.write(unit)
    core.promises.forget()
    return found


@delete("/api/v1/calendars/{key:str}", tags=["time"])
async def drop_calendar(
    core: NamedDependency[Core], actor: NamedDependency[Actor], key: FromPath[str]
) -> None:
    """Remove a calendar that no agreement counts by."""
    require(actor, "admin")

    def unit(conn: sa.Connection) -> None:
        policies.drop_calendar(conn, key)
        note(
            conn, at=core.now(), subject="calendar", subject_id=key, action="deleted", author=author_of(actor)
        )

    await core.db.write(unit)
    core.promises.forget()


@get("/api/v1/sla-policies", tags=["time"])
async def list_policies(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> list[SlaPolicy]:
    """Service level agreements in order: a ticket falls under the first that fits."""
    staff_only(actor)
    return await core.db.read(policies.list_policies)


@put("/api/v1/sla-policies/{key:str}", status_code=200, tags=["time"])
async def keep_policy(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    key: FromPath[str],
    data: JSONBody[SlaPolicyInput],
) -> SlaPolicy:
    """Make an agreement (`version` 0) or change the one of that version. Open tickets follow at once."""
    require(actor, "admin")
    policies.refuse_key(key)

    def unit(conn: sa.Connection) -> SlaPolicy:
        kept = policies.keep_policy(conn, key, data, core.lookups.get(conn))
        note(
            conn,
            at=core.now(),
            subject="sla_policy",
            subject_id=key,
            action="changed",
            author=author_of(actor),
        )
        core.count_anew(conn)
        return kept

    found = await core.db.write(unit)
    core.promises.forget()
    return found


@delete("/api/v1/sla-policies/{key:str}", tags=["time"])
async def drop_policy(core: NamedDependency[Core], actor: NamedDependency[Actor], key: FromPath[str]) -> None:
    """Remove an agreement."""
    require(actor, "admin")

    def unit(conn: sa.Connection) -> None:
        policies.drop_policy(conn, key)
        note(
            conn,
            at=core.now(),
            subject="sla_policy",
            subject_id=key,
            action="deleted",
            author=author_of(actor),
        )
        core.count_anew(conn)

    await core.db.write(unit)
    core.promises.forget()


routes = [hours, list_calendars, keep_calendar, drop_calendar, list_policies, keep_policy, drop_policy]
