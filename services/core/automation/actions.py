"""What rules do to a ticket. Everything goes through the same checks and the same door as what people do."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import DeskError
from services.common.ids import parse_uuid
from services.core.contract import Author
from services.core.fields.missing import ask_by_rule
from services.core.lifecycle.notices import write_note, write_notice
from services.core.macros.render import render
from services.core.models import staff, team, team_member
from services.core.notifications.service import tell
from services.core.outgoing.compose import locale_of
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.changes import COLUMN_OF, Edit, apply
from services.core.tickets.edit import Values

if TYPE_CHECKING:
    from services.core.desk import Core

SETTABLE = ("status", "priority", "category", "team", "assignee", "type")
ACTIONS = ("set", "add_tags", "raise_priority", "notify", "reply", "note", "ask_missing")
WHOM = ("assignee", "team", "leads", "assignee_or_team")


def run_actions(
    conn: sa.Connection,
    core: "Core",
    row: Row,
    steps: Sequence[Mapping[str, Any]],
    *,
    author: Author,
    at: datetime,
    chain: list[str],
    kind: str = "rule",
    detail: str = "",
    cause: str = "",
) -> list[str]:
    """Carry out ``steps`` on a ticket that was read in this unit. Returns what was done, a word or two a step.

    A step that is impossible now (a status that cannot be reached, a team that is gone) is left out.
    """
    values = wanted_values(conn, core, row, steps)
    if values:
        apply(
            conn,
            row,
            [Edit(values=values, by="rule", author=author, chain=chain)],
            core.lookups.get(conn),
            at,
        )
        row = repository.by_id(conn, row["id"], core.actor)
    done = [f"{field}={value}" for field, value in values.items()]
    for step in steps:
        match step.get("do"):
            case "reply":
                if write_notice(conn, core, row, text_of(row, step, author), at, author=author, chain=chain):
                    done.append("reply")
            case "ask_missing":
                if ask_by_rule(conn, core, row, author=author, at=at, chain=chain):
                    done.append("ask_missing")
                    row = repository.by_id(conn, row["id"], core.actor)
            case "note":
                write_note(conn, core, row, text_of(row, step, author), at, author=author, chain=chain)
                done.append("note")
            case "notify":
                people = whom(conn, row, str(step.get("value", "")))
                tell(
                    conn, core, row, people, kind=kind, cause=cause or f"{author.id}:{at.isoformat()}", at=at,
                    actor_name=author.name, detail=detail,
                )  # fmt: skip
                done.append("notify")
    return done


def wanted_values(
    conn: sa.Connection, core: "Core", row: Row, steps: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The new values of fields that really move, each checked as a person's would be."""
    found: dict[str, Any] = {}
    taxonomy = core.lookups.get(conn)
    for step in steps:
        wish = _wish(step, row, found, taxonomy.priorities)
        if wish is None:
            continue
        field, value = wish
        checker = Values(conn, taxonomy, core.actor)
        try:
            value = checker.check(field, value, row)
            checker.finish()
        except DeskError:
            continue
        if value != row[COLUMN_OF.get(field, field)]:
            found[field] = value
    return found


def _wish(
    step: Mapping[str, Any], row: Row, found: Mapping[str, Any], priorities: Mapping[str, Any]
) -> tuple[str, Any] | None:
    match step.get("do"):
        case "set" if step.get("field") in SETTABLE:
            return str(step["field"]), step.get("value")
        case "add_tags":
            return "tags", sorted({*row["tags"], *found.get("tags", ()), *step.get("value", ())})
        case "raise_priority":
            rank = priorities[found.get("priority", row["priority"])].rank
            above = [p for p in priorities.values() if p.rank > rank]
            return ("priority", min(above, key=lambda p: p.rank).key) if above else None
    return None


def whom(conn: sa.Connection, row: Row, given: str) -> list[UUID]:
    """The people behind ``assignee``, ``team``, ``leads``, ``assignee_or_team`` or a person's id."""
    if given in {"assignee", "assignee_or_team"} and row["assignee_id"] is not None:
        return [row["assignee_id"]]
    if given in {"team", "assignee_or_team"} and row["team"]:
        members = (
            sa.select(team_member.c.staff_id)
            .join(team, team.c.id == team_member.c.team_id)
            .where(team.c.key == row["team"])
        )
        return list(conn.execute(members).scalars())
    if given == "leads":
        everybody = conn.execute(sa.select(staff.c.id, staff.c.roles).where(staff.c.active.is_(True)))
        return [r.id for r in everybody if {"lead", "admin"} & set(r.roles)]
    person = parse_uuid(given)
    return [person] if person is not None else []


def text_of(row: Row, step: Mapping[str, Any], author: Author) -> str:
    """The step's words in the customer's language; names are looked up in a fixed list, nothing is evaluated."""
    texts = step.get("text") or {}
    locale = locale_of(row["language"], row["requester_locale"])
    text = texts.get(locale) or next((t for t in texts.values() if t), "")
    first = (row["requester_name"] or "").split(" ")[0]
    values = {
        "ticket.number": str(row["number"]),
        "ticket.subject": row["subject"],
        "contact.name": row["requester_name"] or "",
        "contact.first_name": first if "@" not in first else "",
        "agent.name": row["assignee_name"] or "",
        "rule.name": author.name,
    }
    return render(text, values)
