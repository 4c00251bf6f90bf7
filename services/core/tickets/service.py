"""Acting on one ticket: changing it, closing and reopening it, sharing it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import FieldError, Forbidden, Invalid
from services.common.http import Actor, require
from services.common.ids import parse_uuid
from services.common.text import single_line
from services.core.actors import author_of, setter_of
from services.core.audit import note
from services.core.contract import Change, Closure, NewShare, Ticket, TicketChanges
from services.core.conversation.service import followers
from services.core.desk import Core
from services.core.macros import uses
from services.core.models import staff, ticket_share
from services.core.notifications.service import tell
from services.core.products import service as products
from services.core.relations.family import number_of, refuse_merged, root
from services.core.satisfaction import ratings
from services.core.tickets import remote, repository, teams
from services.core.tickets.anatomy import Row, ticket_view
from services.core.tickets.changes import COLUMN_OF, Edit, apply
from services.core.tickets.edit import Values, checked, refuse_fields
from services.core.tickets.errors import AlreadyClosed, StaleVersion
from services.core.tickets.status import DONE


def show(conn: sa.Connection, core: Core, row: Row, actor: Actor) -> Ticket:
    """The ticket with what only its own page needs."""
    shared = repository.shares(conn, row["id"]) if actor.is_staff else None
    ticket = ticket_view(row, core.lookups.get(conn), actor, shared)
    if actor.is_staff:
        ticket.followers = followers(conn, row["id"])
    if row["merged_into"] is not None:
        ticket.merged_into = number_of(conn, root(conn, row["id"]))
    ticket.remote_sessions = remote.of_ticket(conn, row["id"], inside=actor.is_staff)
    if actor.is_staff:
        ticket.product, ticket.teams = products.of_ticket(conn, row["id"]), teams.beside(conn, row["id"])
    ticket.rating = ratings.of_ticket(conn, row["id"])
    if actor.kind == "contact":
        ticket.may_rate = ratings.may_rate(row, ticket.rating, core.now())
    return ticket


def read(conn: sa.Connection, core: Core, number: int, actor: Actor) -> Ticket:
    """One ticket by number."""
    require(actor, "tickets:read")
    return show(conn, core, repository.by_number(conn, number, actor), actor)


def update(
    conn: sa.Connection, core: Core, number: int, data: TicketChanges, actor: Actor, at: datetime
) -> Ticket:
    """Change fields; raises :class:`StaleVersion` with the current state where the reader was behind."""
    require(actor, "tickets:write")
    row = repository.by_number(conn, number, actor, lock=True)
    refuse_merged(conn, row)
    if data.version != row["version"]:
        raise StaleVersion("Read it again, then decide.", current=show(conn, core, row, actor))
    values = checked(conn, row, data, core.lookups, actor)
    if data.macro:
        uses.count(conn, data.macro, row["id"], actor, at)
    by = setter_of(actor)
    values = {field: value for field, value in values.items() if _moves(row, field, value, by)}
    if not values:
        return show(conn, core, row, actor)
    reason = single_line(data.reason, 500)
    edit = Edit(values=values, by=by, author=author_of(actor), reason=reason)
    row = apply(conn, row, [edit], core.lookups.get(conn), at)
    return show(conn, core, repository.by_id(conn, row["id"], actor), actor)


def _moves(row: Row, field: str, value: Any, by: str) -> bool:
    """Whether setting ``value`` changes anything: the value, or who stands behind it."""
    mark = row["provenance"].get(field)
    return row[COLUMN_OF.get(field, field)] != value or mark is None or mark["by"] != by


def close(conn: sa.Connection, core: Core, number: int, data: Closure, actor: Actor, at: datetime) -> Ticket:
    """End the work: agents close, customers say that it is solved."""
    require(actor, "tickets:write")
    row = repository.by_number(conn, number, actor, lock=True)
    refuse_merged(conn, row)
    if data.version is not None and data.version != row["version"]:
        raise StaleVersion("Read it again, then decide.", current=show(conn, core, row, actor))
    if row["status_category"] in DONE - {"solved"}:
        raise AlreadyClosed
    given: dict[str, Any] = {"status": "solved" if actor.kind == "contact" else "closed"}
    if data.resolution.strip():
        given["resolution"] = data.resolution
    return _set(conn, core, row, given, actor, at)


def reopen(conn: sa.Connection, core: Core, number: int, actor: Actor, at: datetime) -> Ticket:
    """Take the work up again; a ticket that is open already stays as it is."""
    require(actor, "tickets:write")
    row = repository.by_number(conn, number, actor, lock=True)
    refuse_merged(conn, row)
    if row["status_category"] not in DONE:
        return show(conn, core, row, actor)
    return _set(conn, core, row, {"status": "open"}, actor, at)


def _set(
    conn: sa.Connection, core: Core, row: Row, given: dict[str, Any], actor: Actor, at: datetime
) -> Ticket:
    refuse_fields(given, actor)
    taxonomy = core.lookups.get(conn)
    values = Values(conn, taxonomy, actor)
    result = {field: values.check(field, value, row) for field, value in given.items()}
    values.finish()
    values.need_resolution(row, result)
    new = apply(conn, row, [Edit(values=result, by=setter_of(actor), author=author_of(actor))], taxonomy, at)
    return show(conn, core, new, actor)


def share(conn: sa.Connection, core: Core, number: int, data: NewShare, actor: Actor, at: datetime) -> Ticket:
    """Let another staff member, such as a light agent, read and note on the ticket."""
    row = _shareable(conn, number, actor)
    who = parse_uuid(data.staff)
    match = staff.c.id == who if who else staff.c.email == data.staff.strip().lower()
    found = conn.execute(sa.select(staff.c.id, staff.c.name).where(match, staff.c.active.is_(True))).first()
    if found is None:
        raise Invalid(errors=[FieldError("staff", "There is no such colleague.", "unknown")])
    present = ticket_share.c.ticket_id == row["id"], ticket_share.c.staff_id == found.id
    if conn.execute(sa.select(ticket_share.c.at).where(*present)).first() is None:
        conn.execute(ticket_share.insert(), {"ticket_id": row["id"], "staff_id": found.id, "at": at})
        _note_share(conn, row, actor, at, None, found.name)
        tell(
            conn,
            core,
            row,
            [found.id],
            kind="shared",
            cause=f"shared:{at.isoformat()}",
            at=at,
            actor_id=actor.id,
            actor_name=actor.name,
        )
    return show(conn, core, row, actor)


def unshare(
    conn: sa.Connection, core: Core, number: int, staff_id: UUID, actor: Actor, at: datetime
) -> Ticket:
    """Take a share back; one that is not there is no error."""
    row = _shareable(conn, number, actor)
    present = ticket_share.c.ticket_id == row["id"], ticket_share.c.staff_id == staff_id
    if conn.execute(ticket_share.delete().where(*present)).rowcount:
        name = conn.execute(sa.select(staff.c.name).where(staff.c.id == staff_id)).scalar()
        _note_share(conn, row, actor, at, name, None)
    return show(conn, core, row, actor)


def _shareable(conn: sa.Connection, number: int, actor: Actor) -> Row:
    require(actor, "tickets:write")
    row = repository.by_number(conn, number, actor, lock=True)
    if not actor.is_agent:
        raise Forbidden("Agents share tickets.")
    return row


def _note_share(
    conn: sa.Connection, row: Row, actor: Actor, at: datetime, old: str | None, new: str | None
) -> None:
    change = Change(field="shared_with", old=old, new=new, set_by=setter_of(actor))
    note(
        conn,
        at=at,
        subject="ticket",
        subject_id=row["id"],
        action="shared" if new else "unshared",
        author=author_of(actor),
        changes=[change],
        ticket_id=row["id"],
        number=row["number"],
    )
