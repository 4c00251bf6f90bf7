"""Acts on many tickets: each ticket by the rules of one, in slices, with what is needed to take it back."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from msgspec import UNSET

from services.common.errors import Conflict, DeskError, FieldError, Forbidden, Invalid, NotFound
from services.common.http import Actor, require
from services.common.ids import uuid7
from services.core.actors import author_of, setter_of
from services.core.contract import Batch, BatchChanges, BatchItem, NewBatch, NewIncidentReply, NewMessage
from services.core.desk import Core
from services.core.jobs import jobs
from services.core.macros.render import render
from services.core.macros.service import find, values_for
from services.core.messages.service import post
from services.core.models import batch, batch_item, ticket
from services.core.relations.family import acted_on, refuse_merged
from services.core.relations.links import incidents
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.changes import COLUMN_OF, Edit, apply
from services.core.tickets.edit import Values

MOST = 1000
AT_ONCE = 25
SLICE = 50


class BatchNotFound(NotFound):
    code, title = "core.batch_not_found", "There is no such act on many tickets"


class BatchNotUndoable(Conflict):
    code, title = "core.batch_not_undoable", "This cannot be taken back now"


def start(conn: sa.Connection, core: Core, data: NewBatch, actor: Actor, at: datetime) -> Batch:
    """Begin to change many tickets: few at once, many by a job."""
    _agents(actor)
    numbers = sorted(set(data.numbers))
    order = {
        name: value
        for name in BatchChanges.__struct_fields__
        if (value := getattr(data.changes, name)) is not UNSET and value != []
    }
    if not numbers or len(numbers) > MOST:
        raise Invalid(errors=[FieldError("numbers", f"Between 1 and {MOST} tickets.", "out_of_range")])
    if not order:
        raise Invalid(errors=[FieldError("changes", "Nothing is to be changed.", "empty")])
    Values(conn, core.lookups.get(conn), actor)
    rows = conn.execute(
        sa.select(ticket.c.id, ticket.c.number).where(
            ticket.c.number.in_(numbers), repository.readable(actor)
        )
    ).all()
    return _begin(conn, core, "change", order, rows, actor, at)


def answer_incidents(
    conn: sa.Connection, core: Core, number: int, data: NewIncidentReply, actor: Actor, at: datetime
) -> Batch:
    """One answer to every incident of a problem, each in its customer's language."""
    problem = acted_on(conn, number, actor, lock=False)
    body = {lang: text.strip() for lang, text in data.body.items() if text.strip()}
    if data.macro:
        body = find(conn, data.macro, actor)["body"]
    if not body:
        raise Invalid(errors=[FieldError("body", "The message is empty.", "empty")])
    rows = incidents(conn, problem["id"], actor)
    if not rows:
        raise Invalid(errors=[FieldError("number", "No incident is linked to this ticket.", "empty")])
    order = {"body": body, "macro": data.macro, "status": data.status}
    known = [msgspec.structs.asdict(_Ref(row["id"], row["number"])) for row in rows]
    return _begin(conn, core, "reply", order, [_Ref(**one) for one in known], actor, at)


class _Ref(msgspec.Struct):
    id: UUID
    number: int


def _begin(
    conn: sa.Connection, core: Core, kind: str, order: dict[str, Any], rows: Any, actor: Actor, at: datetime
) -> Batch:
    batch_id = uuid7()
    conn.execute(
        batch.insert(),
        {"id": batch_id, "kind": kind, "actor": actor, "order": order, "state": "running", "at": at},
    )
    if rows:
        conn.execute(
            batch_item.insert(),
            [
                {
                    "batch_id": batch_id,
                    "ticket_id": row.id,
                    "number": row.number,
                    "state": "waiting",
                    "before": {},
                    "version": 0,
                    "reason": "",
                }
                for row in rows
            ],
        )
    if len(rows) <= AT_ONCE:
        work(conn, core, batch_id, at)
    else:
        jobs.enqueue(conn, "work_batch", {"batch": str(batch_id)})
    return shown(conn, batch_id, actor)


def work(conn: sa.Connection, core: Core, batch_id: UUID, at: datetime, limit: int = SLICE) -> int:
    """Deal with the next tickets. Returns how many; none means that the act is done."""
    head = conn.execute(sa.select(batch).where(batch.c.id == batch_id).with_for_update()).mappings().one()
    if head["state"] != "running":
        return 0
    actor = msgspec.convert(head["actor"], Actor)
    items = _waiting(conn, batch_id, "waiting", limit)
    act = _change if head["kind"] == "change" else _reply
    for item in items:
        outcome = _guarded(conn, lambda item=item: act(conn, core, item, head["order"], actor, at))
        _mark(conn, item, outcome)
    if len(items) < limit:
        conn.execute(batch.update().where(batch.c.id == batch_id).values(state="done"))
    return len(items)


def _waiting(conn: sa.Connection, batch_id: UUID, state: str, limit: int) -> list[Any]:
    query = (
        sa.select(batch_item)
        .where(batch_item.c.batch_id == batch_id, batch_item.c.state == state)
        .order_by(batch_item.c.number)
        .limit(limit)
    )
    return list(conn.execute(query))


def _guarded(conn: sa.Connection, act: Any) -> dict[str, Any]:
    """What ``act`` says of one ticket; its failure is that ticket's alone, and leaves no half of it behind."""
    try:
        with conn.begin_nested():
            result: dict[str, Any] = act()
    except DeskError as error:
        return {"state": "skipped", "reason": error.code[:80]}
    return result


def _mark(conn: sa.Connection, item: Any, values: dict[str, Any]) -> None:
    key = batch_item.c.batch_id == item.batch_id, batch_item.c.ticket_id == item.ticket_id
    conn.execute(batch_item.update().where(*key).values(**values))


def _change(
    conn: sa.Connection, core: Core, item: Any, order: dict[str, Any], actor: Actor, at: datetime
) -> dict[str, Any]:
    row = repository.by_id(conn, item.ticket_id, actor, lock=True)
    refuse_merged(conn, row)
    given = {name: value for name, value in order.items() if name not in {"add_tags", "remove_tags"}}
    if order.get("add_tags") or order.get("remove_tags"):
        added = {tag.strip().lower() for tag in order.get("add_tags", [])}
        given["tags"] = sorted((set(row["tags"]) | added) - set(order.get("remove_tags", [])))
    taxonomy = core.lookups.knowing(conn, given.get("tags", ()))
    values = Values(conn, taxonomy, actor)
    checked = {field: values.check(field, value, row) for field, value in given.items()}
    values.finish()
    values.need_resolution(row, checked)
    moved = {f: v for f, v in checked.items() if row[COLUMN_OF.get(f, f)] != v}
    if not moved:
        return {"state": "skipped", "reason": "same"}
    before = {
        f: {
            "old": msgspec.to_builtins(row[COLUMN_OF.get(f, f)]),
            "mark": msgspec.to_builtins(row["provenance"].get(f)),
        }
        for f in moved
    }
    edit = Edit(values=moved, by=setter_of(actor), author=author_of(actor))
    new = apply(conn, row, [edit], taxonomy, at)
    return {"state": "done", "before": before, "version": new["version"], "reason": ""}


def _reply(
    conn: sa.Connection, core: Core, item: Any, order: dict[str, Any], actor: Actor, at: datetime
) -> dict[str, Any]:
    row = repository.by_id(conn, item.ticket_id, actor)
    body = order["body"]
    language = next(
        (one for one in (row["language"], row["requester_locale"]) if one in body), next(iter(body))
    )
    text = render(body[language], values_for(row, actor))
    message = NewMessage(kind="reply", body=text, macro=order.get("macro"), status=order.get("status"))
    posted = post(conn, core, row["number"], message, actor, at)
    return {"state": "done", "before": {}, "version": posted.ticket.version, "reason": ""}


def undo(conn: sa.Connection, core: Core, batch_id: UUID, actor: Actor, at: datetime) -> Batch:
    """Take an act back, where nobody has changed the same field since."""
    head = _own(conn, batch_id, actor)
    if head["state"] not in {"done", "undoing"} or head["kind"] != "change":
        raise BatchNotUndoable
    conn.execute(batch.update().where(batch.c.id == batch_id).values(state="undoing"))
    count = conn.execute(
        sa.select(sa.func.count()).where(batch_item.c.batch_id == batch_id, batch_item.c.state == "done")
    ).scalar_one()
    if count <= AT_ONCE:
        work_back(conn, core, batch_id, actor, at)
    else:
        payload = {"batch": str(batch_id), "actor": msgspec.to_builtins(actor)}
        jobs.enqueue(conn, "undo_batch", payload)
    return shown(conn, batch_id, actor)


def work_back(
    conn: sa.Connection, core: Core, batch_id: UUID, actor: Actor, at: datetime, limit: int = SLICE
) -> int:
    """Give the next tickets back what they had. Returns how many."""
    items = _waiting(conn, batch_id, "done", limit)
    for item in items:
        outcome = _guarded(conn, lambda item=item: _restore(conn, core, item, actor, at))
        _mark(conn, item, {**outcome, "state": "kept"} if outcome["state"] == "skipped" else outcome)
    if len(items) < limit:
        conn.execute(batch.update().where(batch.c.id == batch_id).values(state="undone"))
    return len(items)


def _restore(conn: sa.Connection, core: Core, item: Any, actor: Actor, at: datetime) -> dict[str, Any]:
    row = repository.by_id(conn, item.ticket_id, actor, lock=True)
    ours = {f: was for f, was in item.before.items() if _untouched(row, f, item.version)}
    if not ours:
        return {"state": "kept", "reason": "changed"}
    values = {
        f: UUID(was["old"]) if f == "assignee" and was["old"] else was["old"] for f, was in ours.items()
    }
    marks = {f: was["mark"] for f, was in ours.items()}
    edit = Edit(values=values, by=setter_of(actor), author=author_of(actor), action="undone", marks=marks)
    apply(conn, row, [edit], core.lookups.get(conn), at, reopened=row["reopens"])
    partly = len(ours) < len(item.before)
    return {"state": "undone", "reason": "partly" if partly else ""}


def _untouched(row: Row, field: str, version: int) -> bool:
    mark = row["provenance"].get(field)
    return mark is not None and mark["version"] == version


def shown(conn: sa.Connection, batch_id: UUID, actor: Actor) -> Batch:
    """How far an act is, for who began it and for leads."""
    head = _own(conn, batch_id, actor)
    rows = conn.execute(
        sa.select(batch_item.c.number, batch_item.c.state, batch_item.c.reason)
        .where(batch_item.c.batch_id == batch_id)
        .order_by(batch_item.c.number)
    ).all()
    states = [row.state for row in rows]
    return Batch(
        id=batch_id,
        kind=head["kind"],
        state=head["state"],
        total=len(rows),
        done=len(rows) - states.count("waiting"),
        changed=states.count("done"),
        skipped=states.count("skipped"),
        kept=states.count("kept"),
        items=[BatchItem(number=r.number, state=r.state, reason=r.reason) for r in rows],
    )


def _own(conn: sa.Connection, batch_id: UUID, actor: Actor) -> Any:
    require(actor, "tickets:read")
    head = conn.execute(sa.select(batch).where(batch.c.id == batch_id)).mappings().first()
    if head is None or not actor.is_agent or not (actor.is_lead or head["actor"]["id"] == actor.id):
        raise BatchNotFound
    return head


def _agents(actor: Actor) -> None:
    require(actor, "tickets:write")
    if not actor.is_agent:
        raise Forbidden("Agents act on many tickets.")
