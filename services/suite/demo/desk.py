"""The demo desk's people, taxonomy, macros and tickets, written as core's own rows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.events import record
from services.common.ids import uuid7
from services.core import contract as c
from services.core.actors import author_columns
from services.core.audit import note
from services.core.contract import Author, Change
from services.core.identity.accounts import keep_contact, keep_staff
from services.core.identity.passwords import hash_password
from services.core.models import (
    audit,
    category,
    contact,
    desk,
    macro,
    message,
    organization,
    priority,
    staff,
    tag,
    team,
    team_member,
    ticket,
    ticket_tag,
)
from services.core.models import item as own
from services.core.taxonomy.lookups import bump
from services.core.tickets.ids import next_number
from services.core.tickets.status import working_label
from services.suite.demo.care import load_products, load_ratings, owned
from services.suite.demo.forms import load_forms
from services.suite.demo.moments import at, shift_of
from services.suite.demo.promises import load_promises

DATA = Path(__file__).parent / "data"
PASSWORD = "demo"  # noqa: S105  the demo desk's, known to everybody and refused outside loopback
MARK = "demo"
ROBOT = Author(kind="system", id=None, name="Demo desk")
LABELS = ("category", "priority", "tags", "team")


def lines(name: str) -> list[dict[str, Any]]:
    """The records of a JSONL file of the demo desk."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def document(name: str) -> dict[str, Any]:
    """A JSON file of the demo desk."""
    found: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return found


def is_loaded(conn: sa.Connection) -> bool:
    """Whether the whole demo desk has been written here."""
    return conn.execute(sa.select(desk.c.value).where(desk.c.key == MARK)).scalar() is not None


def load_people_and_taxonomy(conn: sa.Connection, now: datetime) -> None:
    """Teams, staff, customers, categories, tags and macros; nothing where they are there already."""
    if conn.execute(sa.select(team.c.id).limit(1)).first() is not None:
        return
    people, taxonomy, macros = document("people.json"), document("taxonomy.json"), document("macros.json")
    for item in people["teams"]:
        conn.execute(team.insert().values(id=uuid7(), key=item["key"], name=item["name"], active=True, version=1,
                                          description=item["description"]))  # fmt: skip
    _people(conn, people, now)
    for item in taxonomy["tags"]:
        conn.execute(tag.insert().values(id=uuid7(), key=item["key"], name=item["name"], active=True))
    for item in taxonomy["categories"]:
        conn.execute(category.insert().values(
            id=uuid7(), key=item["key"], parent=item["parent"], name=item["name"], definition=item["definition"],
            team=item.get("team"), active=True, version=1))  # fmt: skip
    for item in macros["macros"]:
        conn.execute(macro.insert().values(
            id=uuid7(), key=item["key"], title=item["title"], body=item["body"], category=item["category"],
            scope="global", team=None, owner_id=None, used=0, active=True, version=1,
            actions={action["field"]: action["value"] for action in item["actions"]}))  # fmt: skip
    load_promises(conn)
    load_forms(conn)
    version = bump(conn)
    record(conn, "core.taxonomy.changed.v1", {"kind": "demo", "id": "", "version": version})


def _people(conn: sa.Connection, people: dict[str, Any], now: datetime) -> None:
    secret = hash_password(PASSWORD)
    teams = {row.key: row.id for row in conn.execute(sa.select(team.c.key, team.c.id))}
    for item in people["staff"]:
        person = keep_staff(
            conn, email=item["email"], name=item["name"], role=item["role"], locale=item["locale"], at=now,
            password_hash=secret if item.get("demo_sign_in") else None, author=ROBOT, skills=item["skills"],
            languages=item["languages"], capacity=item["capacity"])  # fmt: skip
        for key in item["teams"]:
            conn.execute(team_member.insert().values(team_id=teams[key], staff_id=person))
    load_products(conn)
    things = []
    bank = uuid7()
    conn.execute(organization.insert().values(id=bank, name=people["organization"]["name"], created_at=now))
    for item in people["contacts"]:
        person = keep_contact(
            conn, email=item["email"], name=item["name"], locale=item["locale"], at=now, author=ROBOT,
            password_hash=secret if item.get("demo_sign_in") else None, tier=item["tier"])  # fmt: skip
        facts = item.get("city") or ""
        since = item.get("customer_since")
        joined = datetime.fromisoformat(since).replace(tzinfo=UTC) if since else now
        conn.execute(contact.update().where(contact.c.id == person).values(notes=facts, created_at=joined))
        things.append(owned(person, item, now))
    conn.execute(own.insert(), [one for one in things if one is not None])


@dataclass
class Writer:
    """Turns the records of tickets into rows, a slice at a time."""

    now: datetime
    people: dict[str, Any] = field(default_factory=dict)
    colleagues: dict[str, Any] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)

    def look_up(self, conn: sa.Connection) -> None:
        """Read once what every ticket refers to."""
        self.people = {row.email: row for row in conn.execute(sa.select(contact))}
        self.colleagues = {row.email: row for row in conn.execute(sa.select(staff))}
        self.ranks = {row.key: row.rank for row in conn.execute(sa.select(priority))}

    def write(self, conn: sa.Connection, records: list[dict[str, Any]], contact_ref: Any) -> None:
        """Write tickets with their messages and history; those that are still open tell triage."""
        names = [f"demo:{item['id']}" for item in records]
        there = set(
            conn.execute(sa.select(ticket.c.external_id).where(ticket.c.external_id.in_(names))).scalars()
        )
        records = [item for item in records if f"demo:{item['id']}" not in there]
        if not records:
            return
        first = next_number(conn)
        rows = [self._rows(item, first + offset) for offset, item in enumerate(records)]
        conn.execute(ticket.insert(), [row["ticket"] for row in rows])
        tags = [pair for row in rows for pair in row["tags"]]
        if tags:
            conn.execute(ticket_tag.insert(), tags)
        conn.execute(message.insert(), [entry for row in rows for entry in row["messages"]])
        conn.execute(audit.insert(), [entry for row in rows for entry in row["audit"]])
        for row in rows:
            if row["ticket"]["closed_at"] is None:
                self._tell(conn, row["ticket"], contact_ref)

    def _tell(self, conn: sa.Connection, row: dict[str, Any], contact_ref: Any) -> None:
        record(conn, c.TICKET_CREATED, {
            "ticket": str(row["id"]), "number": row["number"], "version": row["version"],
            "channel": row["channel"], "language": row["language"],
            "contact_ref": contact_ref(row["requester_id"]), "suggestion_session": None,
            "urgency": row["priority_rank"], "seeded": True})  # fmt: skip

    def _rows(self, item: dict[str, Any], number: int) -> dict[str, Any]:
        closed = item.get("closed")
        start = self.now if closed is None else shift_of(self.now, closed)
        created = at(start, item["created"])
        ended = None if closed is None else at(start, closed)
        requester = self.people[item["requester"]]
        colleague = self.colleagues[item["assignee"]] if item["assignee"] else None
        ticket_id, labels = uuid7(created), item.get("labels", {})
        customer = Author(kind="contact", id=str(requester.id), name=requester.name)
        messages = [_message(ticket_id, item, customer, item["body"], "reply", created)]
        sides: dict[str, datetime | None] = {"customer": created, "staff": None}
        for entry in item["messages"]:
            moment = at(start, entry["at"])
            author = customer if entry["by"] != "staff" else self._staff(entry["author"])
            messages.append(_message(ticket_id, item, author, entry["body"], entry["kind"], moment))
            if entry["kind"] == "reply":
                sides["staff" if entry["by"] == "staff" else "customer"] = moment
        rank = labels.get("priority", "normal")
        row = {
            "id": ticket_id, "number": number, "subject": item["subject"], "description": item["body"],
            "status": item["status"], "status_category": item["status"], "priority": rank,
            "working_label": working_label(item["status"], sides["customer"], sides["staff"]),
            "priority_rank": self.ranks[rank], "category": labels.get("category"), "tags": labels.get("tags", []),
            "type": "question", "language": item["lang"], "channel": item["channel"],
            "requester_id": requester.id, "assignee_id": colleague.id if colleague else None,
            "team": labels.get("team"), "fields": {}, "sla": None, "breach_at": None,
            "provenance": {name: {"by": by, "version": 2, "at": ended} for name, by in
                           item.get("set_by", {}).items()},
            "resolution": "", "reopens": 0, "triage": "waiting" if ended is None else "decided",
            "triage_version": 0, "external_id": f"demo:{item['id']}", "suggestion_session": None,
            "version": 1 + len(item["messages"]) + (2 if ended else 0), "created_at": created,
            "updated_at": ended or messages[-1]["at"], "closed_at": ended,
            "customer_at": sides["customer"], "staff_at": sides["staff"],
        }  # fmt: skip
        return {
            "ticket": row, "messages": messages, "audit": list(self._history(row, item, customer)),
            "tags": [{"ticket_id": ticket_id, "tag": key} for key in row["tags"]],
        }  # fmt: skip

    def _staff(self, email: str) -> Author:
        found = self.colleagues[email]
        return Author(kind="staff", id=str(found.id), name=found.name)

    def _history(
        self, row: dict[str, Any], item: dict[str, Any], customer: Author
    ) -> Iterator[dict[str, Any]]:
        yield _entry(row, customer, "created", [], row["created_at"])
        if row["closed_at"] is None:
            return
        by = self._staff(item["assignee"])
        changes = [
            Change(field=name, old=None, new=row[name], set_by="person") for name in LABELS if row[name]
        ]
        yield _entry(row, by, "changed", changes, row["created_at"] + timedelta(minutes=1))
        closing = Change(field="status", old="open", new=row["status"], set_by="person")
        yield _entry(row, by, "closed", [closing], row["closed_at"])


def _message(
    ticket_id: UUID, item: dict[str, Any], author: Author, body: str, kind: str, moment: datetime
) -> dict[str, Any]:
    return {
        "id": uuid7(moment), "ticket_id": ticket_id, "kind": kind, "channel": item["channel"], "body_text": body,
        "body_html": "", "quoted_text": "", "automatic": False, "attachments": [], "mail_id": None, "source": None,
        "delivery": "none", "delivery_detail": "", "recommendation": None, "at": moment, **author_columns(author),
    }  # fmt: skip


def _entry(
    row: dict[str, Any], author: Author, action: str, changes: list[Change], moment: datetime
) -> dict[str, Any]:
    return {
        "id": uuid7(moment), "at": moment, "subject": "ticket", "subject_id": str(row["id"]), "action": action,
        "ticket_id": row["id"], "number": row["number"], "changes": changes, "request_id": "",
        **author_columns(author),
    }  # fmt: skip


def finish(conn: sa.Connection, now: datetime) -> None:
    """What customers said of it all; then remember that the demo desk is here."""
    load_ratings(conn, now)
    note(conn, at=now, subject="desk", subject_id="demo", action="created", author=ROBOT)
    conn.execute(desk.insert().values(key=MARK, value=now.isoformat()))


def demo_people(conn: sa.Connection) -> list[str]:
    """The addresses of demo people who can sign in; empty where there are none."""
    found = []
    for table in (staff, contact):
        query = sa.select(table.c.email).where(
            table.c.email.like("%@demo.test"), table.c.password_hash.is_not(None)
        )
        found += list(conn.execute(query).scalars())
    return found
