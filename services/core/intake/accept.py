"""The one transaction of intake: deduplicate, find the person, find the thread or open a ticket, tell everyone."""

import hmac
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from msgspec import Struct

from services.common.db.compiled import CompiledInsert
from services.common.events import record
from services.common.http import Actor
from services.common.http.tokens import derive
from services.common.ids import uuid7
from services.core import contract as c
from services.core.attachments.repository import claim
from services.core.audit import note
from services.core.contract import Author, Change
from services.core.intake.inbound import Inbound
from services.core.intake.thread import find_thread
from services.core.messages.write import insert_message, receive
from services.core.models import attachment, message, ticket, ticket_tag
from services.core.people.resolve import resolve
from services.core.relations.family import root
from services.core.taxonomy.lookups import Lookups, Taxonomy
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.ids import number_expression

_insert_ticket = CompiledInsert(ticket, computed=("number", number_expression))
_ANYONE = Actor(id="service:intake", kind="service", roles=("service",), scopes=("tickets:read", "internal"))
DEFAULT_PRIORITY = "normal"


class NoThread(Exception):
    """An answering machine's mail that belongs to no conversation: it opens none."""


class Accepted(Struct, kw_only=True):
    """``outcome``: ``created``, ``appended`` or ``duplicate``; ``row`` is the ticket as it stands now."""

    outcome: str
    row: Row
    message_id: UUID | None = None


class Intake:
    """Accepts what channels hand over; ``secret`` keys the pseudonyms of contacts in events."""

    def __init__(self, lookups: Lookups, secret: str) -> None:
        self._lookups, self._key = lookups, derive(secret, "contact")

    def accept(self, conn: sa.Connection, inbound: Inbound, at: datetime) -> Accepted:
        """Commit one message. What arrived before (same external id) changes nothing."""
        person = resolve(conn, inbound.sender, inbound.language, at)
        if (known := self._seen(conn, inbound, person)) is not None:
            return Accepted(outcome="duplicate", row=repository.by_id(conn, known, _ANYONE))
        thread = find_thread(conn, inbound, person)
        if thread is not None:
            row = repository.by_id(conn, root(conn, thread), _ANYONE, lock=True)
            return self._append(conn, inbound, row, person, at)
        if inbound.automatic in {"replied", "bounce"}:
            raise NoThread
        return self._open(conn, inbound, person, at)

    def _seen(self, conn: sa.Connection, inbound: Inbound, person: Row) -> UUID | None:
        """The ticket that this very message went to before.

        A Message-ID counts from the same sender only: whoever guesses another's id must not make their mail
        vanish. Such a message is kept under an id made of its content.
        """
        if inbound.mail_id:
            query = sa.select(message.c.ticket_id, message.c.author_id).where(
                message.c.mail_id == inbound.mail_id
            )
            found = conn.execute(query).first()
            if found is None or found.author_id == str(person["requester_id"]):
                return found.ticket_id if found else None
            inbound.mail_id = f"{inbound.digest}@content"
            return conn.execute(
                sa.select(message.c.ticket_id).where(message.c.mail_id == inbound.mail_id)
            ).scalar()
        if inbound.external_id:
            known = ticket.c.channel == inbound.channel, ticket.c.external_id == inbound.external_id
            return conn.execute(sa.select(ticket.c.id).where(*known)).scalar()
        return None

    def _append(self, conn: sa.Connection, inbound: Inbound, row: Row, person: Row, at: datetime) -> Accepted:
        author = Author(kind="contact", id=str(person["requester_id"]), name=person["requester_name"])
        message_id = self._message(conn, inbound, row["id"], author, at)
        row = receive(
            conn,
            row,
            self._lookups.get(conn),
            author=author,
            at=at,
            wakes=not inbound.automatic,
            event=self._received(row, inbound, message_id, person),
        )
        return Accepted(outcome="appended", row=row, message_id=message_id)

    def _open(self, conn: sa.Connection, inbound: Inbound, person: Row, at: datetime) -> Accepted:
        taxonomy = self._lookups.get(conn)
        row = _new_row(inbound, person, taxonomy, at)
        row["number"] = _insert_ticket(conn, row)
        if row["tags"]:
            conn.execute(ticket_tag.insert(), [{"ticket_id": row["id"], "tag": tag} for tag in row["tags"]])
        requester = Author(kind="contact", id=str(person["requester_id"]), name=person["requester_name"])
        changes = [
            Change(
                field=field,
                old=None,
                new=value if not isinstance(value, UUID) else str(value),
                set_by=inbound.setter,
            )
            for field, value in inbound.values.items()
        ] + _by_form(inbound)
        note(
            conn,
            at=at,
            subject="ticket",
            subject_id=row["id"],
            action="created",
            author=inbound.author or requester,
            changes=changes,
            ticket_id=row["id"],
            number=row["number"],
        )
        message_id = self._message(conn, inbound, row["id"], requester, at)
        record(
            conn,
            c.TICKET_CREATED,
            {
                "ticket": str(row["id"]),
                "number": row["number"],
                "version": 1,
                "channel": row["channel"],
                "language": row["language"],
                "contact_ref": self.contact_ref(person["requester_id"]),
                "suggestion_session": inbound.suggestion_session,
                "urgency": row["priority_rank"],
            },
        )
        return Accepted(outcome="created", row=row, message_id=message_id)

    def _message(
        self, conn: sa.Connection, inbound: Inbound, ticket_id: UUID, author: Author, at: datetime
    ) -> UUID:
        message_id = uuid7()
        shown = [file.shown for file in inbound.files]
        if inbound.uploads:
            shown += claim(conn, inbound.uploads, inbound.uploader, ticket_id)
        insert_message(
            conn,
            id=message_id,
            ticket_id=ticket_id,
            kind="reply",
            author=author,
            channel=inbound.channel,
            body_text=inbound.text,
            body_html=inbound.html,
            quoted_text=inbound.quoted,
            attachments=shown,
            automatic=bool(inbound.automatic),
            mail_id=inbound.mail_id,
            source=inbound.source,
            at=at,
        )
        if inbound.uploads:
            conn.execute(
                attachment.update().where(attachment.c.id.in_(inbound.uploads)).values(message_id=message_id)
            )
        if inbound.files:
            conn.execute(
                attachment.insert(),
                [
                    {
                        "id": f.id,
                        "owner_id": "intake",
                        "name": f.name,
                        "type": f.type,
                        "size": f.size,
                        "sha256": f.sha256,
                        "file": f.file,
                        "message_id": message_id,
                        "ticket_id": ticket_id,
                        "created_at": at,
                    }
                    for f in inbound.files
                ],
            )
        return message_id

    def _received(self, row: Row, inbound: Inbound, message_id: UUID, person: Row) -> dict[str, Any]:
        return {
            "ticket": str(row["id"]),
            "number": row["number"],
            "message": str(message_id),
            "kind": "reply",
            "channel": inbound.channel,
            "language": inbound.language,
            "contact_ref": self.contact_ref(person["requester_id"]),
            "suggestion_session": inbound.suggestion_session,
        }

    def contact_ref(self, contact_id: UUID) -> str:
        """The pseudonym of a contact outside core."""
        return hmac.digest(self._key, str(contact_id).encode(), "sha256").hex()[:32]


def _by_form(inbound: Inbound) -> list[Change]:
    """History of what a form brought along: its presets by a rule, the answers by who gave them."""
    presets = {name: value for name, value in inbound.presets.items() if name not in inbound.values}
    return [Change(field=name, old=None, new=value, set_by="rule") for name, value in presets.items()] + [
        Change(field=f"fields.{key}", old=None, new=value, set_by=inbound.setter)
        for key, value in inbound.fields.items()
    ]


def _new_row(inbound: Inbound, person: Row, taxonomy: Taxonomy, at: datetime) -> Row:
    """A ticket's first state, with the people beside it, as a read would give it."""
    values = {**inbound.presets, **inbound.values}
    priority = values.get("priority", DEFAULT_PRIORITY)
    mark = {"by": inbound.setter, "version": 1, "at": at}
    by_form = {"by": "rule", "version": 1, "at": at}
    return {
        "id": uuid7(),
        "subject": inbound.subject,
        "description": inbound.text,
        "status": "open",
        "status_category": "open",
        "working_label": "new",
        "priority": priority,
        "priority_rank": taxonomy.priorities[priority].rank,
        "category": values.get("category"),
        "tags": values.get("tags", []),
        "type": values.get("type", "question"),
        "language": inbound.language,
        "channel": inbound.channel,
        "assignee_id": None,
        "team": values.get("team"),
        "fields": inbound.fields,
        "sla": None,
        "breach_at": None,
        "form": inbound.form,
        "provenance": {
            **dict.fromkeys(inbound.presets, by_form),
            **dict.fromkeys((*inbound.values, *(f"fields.{key}" for key in inbound.fields)), mark),
        },
        "resolution": "",
        "reopens": 0,
        "triage": "waiting",
        "triage_version": 0,
        "external_id": inbound.external_id,
        "suggestion_session": inbound.suggestion_session,
        "version": 1,
        "created_at": at,
        "updated_at": at,
        "closed_at": None,
        "customer_at": at,
        "staff_at": None,
        "merged_into": None,
        "assignee_name": None,
        "assignee_email": None,
        **person,
    }
