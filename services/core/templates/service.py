"""Keeping templates of tickets."""

from typing import Any

import sqlalchemy as sa

from services.common.errors import FieldError, Forbidden, Invalid
from services.common.http import Actor
from services.common.ids import uuid7
from services.common.text import single_line, strip_control
from services.core.actors import author_of
from services.core.audit import note
from services.core.contract import TicketTemplate, TicketTemplateInput
from services.core.desk import Core
from services.core.models import ticket_template
from services.core.settings import MAX_TEXT
from services.core.taxonomy.errors import NotKnown, Stale
from services.core.tickets.edit import Values

MOST = 500


def every(conn: sa.Connection) -> list[TicketTemplate]:
    """All templates by name."""
    rows = conn.execute(sa.select(ticket_template).order_by(ticket_template.c.name, ticket_template.c.key))
    return [_view(row) for row in rows.mappings()]


def _view(row: Any) -> TicketTemplate:
    return TicketTemplate(**{name: row[name] for name in TicketTemplate.__struct_fields__})


def _one(conn: sa.Connection, key: str) -> TicketTemplate | None:
    row = conn.execute(sa.select(ticket_template).where(ticket_template.c.key == key)).mappings().first()
    return _view(row) if row else None


def keep(
    conn: sa.Connection, core: Core, key: str, data: TicketTemplateInput, actor: Actor
) -> TicketTemplate:
    """Make or replace a template. What it sets is checked as it would be on a ticket."""
    if not actor.is_lead:
        raise Forbidden("Leads and admins keep templates.")
    before = _one(conn, key)
    if (before.version if before else 0) != data.version:
        raise Stale(version=before.version if before else None)
    values = _values(conn, core, data, actor)
    if before is None:
        if int(conn.execute(sa.select(sa.func.count()).select_from(ticket_template)).scalar_one()) >= MOST:
            raise Invalid(errors=[FieldError("key", f"A desk has at most {MOST} templates.", "too_many")])
        conn.execute(ticket_template.insert(), {"id": uuid7(), "key": key, "version": 1, **values})
    else:
        mine = ticket_template.c.key == key, ticket_template.c.version == data.version
        written = conn.execute(
            ticket_template.update().where(*mine).values(**values, version=data.version + 1)
        )
        if written.rowcount != 1:
            raise Stale
    _note(conn, core, key, actor, "changed" if before else "created")
    found = _one(conn, key)
    assert found is not None
    return found


def drop(conn: sa.Connection, core: Core, key: str, actor: Actor) -> None:
    """Remove a template; tickets that were made from it do not hang on it."""
    if not actor.is_lead:
        raise Forbidden("Leads and admins keep templates.")
    if conn.execute(ticket_template.delete().where(ticket_template.c.key == key)).rowcount == 0:
        raise NotKnown
    _note(conn, core, key, actor, "deleted")


def _note(conn: sa.Connection, core: Core, key: str, actor: Actor, action: str) -> None:
    note(
        conn, at=core.now(), subject="ticket_template", subject_id=key, action=action, author=author_of(actor)
    )


def _values(conn: sa.Connection, core: Core, data: TicketTemplateInput, actor: Actor) -> dict[str, Any]:
    name, body = single_line(data.name, 200), strip_control(data.body).strip()
    given = {f: getattr(data, f) for f in ("category", "priority", "team", "type", "tags", "fields")}
    taxonomy = core.lookups.knowing(
        conn, data.tags, priority=data.priority, category=data.category, team=data.team
    )
    checker = Values(conn, taxonomy, actor)
    values = {f: checker.check(f, value) if value else value for f, value in given.items()}
    problems = list(checker.problems)
    if not name:
        problems.append(FieldError("name", "A template needs a name.", "empty"))
    if len(body) > MAX_TEXT:
        problems.append(FieldError("body", f"A message has at most {MAX_TEXT} characters.", "too_long"))
    if data.form and data.form not in taxonomy.forms:
        problems.append(FieldError("form", "There is no such form.", "unknown"))
    if problems:
        raise Invalid(errors=problems)
    return {
        **values, "name": name, "subject": single_line(data.subject, 300), "body": body,
        "form": data.form or None, "active": data.active,
    }  # fmt: skip
