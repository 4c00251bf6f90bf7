"""Changing a ticket: one place that writes fields, remembers who set them, and tells everyone."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from services.common.events import record
from services.core import contract as c
from services.core.audit import note
from services.core.contract import Author, Change, SetBy
from services.core.models import ticket, ticket_tag
from services.core.taxonomy.lookups import Taxonomy
from services.core.tickets.anatomy import Row
from services.core.tickets.errors import StaleVersion
from services.core.tickets.status import closes, reopens, working_label

COLUMN_OF = {"assignee": "assignee_id"}


class Edit(Struct, kw_only=True):
    """New values by field name, set by whom. ``silent`` columns move without being anybody's change.

    ``marks`` gives a field back to who had set it before, None to nobody: only what is taken back has them.
    """

    values: dict[str, Any]
    by: SetBy
    author: Author
    silent: dict[str, Any] = {}
    action: str = "changed"
    marks: dict[str, dict[str, Any] | None] = {}
    chain: list[str] = []
    """Ids of the rules that led here, so that no rule sets off itself."""
    reason: str = ""


def apply(
    conn: sa.Connection,
    row: Row,
    edits: list[Edit],
    taxonomy: Taxonomy,
    at: datetime,
    *,
    reopened: int | None = None,
) -> Row:
    """Write ``edits`` to the ticket in one step: one version more, an audit entry an edit, one event.

    ``row`` must have been read in this unit. A field that keeps its value still remembers who confirmed it.
    ``reopened`` says how often it counts as reopened, where what is taken back was no end of the work.
    Raises :class:`StaleVersion` if somebody else was faster.
    """
    new: Row = dict(row)
    new["provenance"] = dict(row["provenance"])
    new["version"] = row["version"] + 1
    new["updated_at"] = at
    entries: list[tuple[Edit, list[Change]]] = []
    for edit in edits:
        new.update(edit.silent)
        entries.append((edit, [c for f, value in edit.values.items() for c in _set(new, f, value, edit, at)]))
    _derive(row, new, taxonomy, at)
    if reopened is not None:
        new["reopens"] = reopened
    _store(conn, row, new)
    for edit, changes in entries:
        if changes:
            told = [Change(field="reason", old=None, new=edit.reason, set_by=edit.by)] if edit.reason else []
            note(
                conn,
                at=at,
                subject="ticket",
                subject_id=row["id"],
                action=_action(edit, row, new),
                author=edit.author,
                changes=changes + told,
                ticket_id=row["id"],
                number=row["number"],
            )
    chain = [one for edit in edits for one in edit.chain]
    mover = next((edit.author.kind for edit in edits if "status" in edit.values), "")
    _announce(conn, row, new, [change for _, changes in entries for change in changes], chain, mover)
    return new


def _set(new: Row, field: str, value: Any, edit: Edit, at: datetime) -> list[Change]:
    column = COLUMN_OF.get(field, field)
    old = new[column]
    new[column] = value
    mark = edit.marks.get(field, {"by": edit.by, "version": new["version"], "at": at})
    if mark is None:
        new["provenance"].pop(field, None)
    else:
        new["provenance"][field] = mark
    if field == "fields":
        return _set_own(new, old, value, edit, at)
    return [Change(field=field, old=_plain(old), new=_plain(value), set_by=edit.by)]


def _set_own(new: Row, old: dict[str, Any], value: dict[str, Any], edit: Edit, at: datetime) -> list[Change]:
    """Each of the desk's own fields has its own line in the history and its own setter."""
    keys = [key for key in {**old, **value} if old.get(key) != value.get(key)]
    mark = {"by": edit.by, "version": new["version"], "at": at}
    new["provenance"].update({f"fields.{key}": mark for key in keys})
    return [
        Change(field=f"fields.{key}", old=_plain(old.get(key)), new=_plain(value.get(key)), set_by=edit.by)
        for key in keys
    ]


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)


def _derive(old: Row, new: Row, taxonomy: Taxonomy, at: datetime) -> None:
    """Columns that follow from others."""
    new["status_category"] = taxonomy.statuses[new["status"]].category
    new["priority_rank"] = taxonomy.priorities[new["priority"]].rank
    new["working_label"] = working_label(new["status_category"], new["customer_at"], new["staff_at"])
    if closes(old["status_category"], new["status_category"]):
        new["closed_at"] = at
    elif reopens(old["status_category"], new["status_category"]):
        new["closed_at"] = None
        new["reopens"] = old["reopens"] + 1


def _store(conn: sa.Connection, old: Row, new: Row) -> None:
    changed = {k: new[k] for k in ticket.c.keys() if new[k] != old[k]}  # noqa: SIM118  a column collection
    written = conn.execute(
        ticket.update().where(ticket.c.id == old["id"], ticket.c.version == old["version"]).values(changed)
    )
    if written.rowcount != 1:
        raise StaleVersion
    if "tags" in changed:
        before, after = set(old["tags"]), set(new["tags"])
        if gone := before - after:
            conn.execute(
                ticket_tag.delete().where(ticket_tag.c.ticket_id == old["id"], ticket_tag.c.tag.in_(gone))
            )
        if added := after - before:
            conn.execute(ticket_tag.insert(), [{"ticket_id": old["id"], "tag": tag} for tag in sorted(added)])


def _action(edit: Edit, old: Row, new: Row) -> str:
    if edit.action == "changed" and "status" in edit.values:
        if closes(old["status_category"], new["status_category"]):
            return "closed"
        if reopens(old["status_category"], new["status_category"]):
            return "reopened"
    return edit.action


def _announce(
    conn: sa.Connection, old: Row, new: Row, changes: list[Change], chain: list[str], mover: str
) -> None:
    types = [c.TICKET_UPDATED]
    if closes(old["status_category"], new["status_category"]):
        types.append(c.TICKET_CLOSED)
    elif reopens(old["status_category"], new["status_category"]):
        types.append(c.TICKET_REOPENED)
    data = msgspec.to_builtins(
        c.TicketUpdated(
            ticket=new["id"],
            number=new["number"],
            version=new["version"],
            changes=[c.FieldChange(field=change.field, set_by=change.set_by) for change in changes],
            chain=chain,
            moved_to=new["status"] if new["status"] != old["status"] else "",
            moved_by=mover,
        )
    )
    for type_ in types:
        record(conn, type_, data)
