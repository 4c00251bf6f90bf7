"""Asking afterwards whether it is really solved: a signed link, and what the answer does."""

import sqlalchemy as sa

from services.common.ids import uuid7
from services.common.text import strip_control
from services.core.answers import service as answers
from services.core.audit import note
from services.core.contract import Author, FollowUp, FollowUpAnswer
from services.core.desk import Core
from services.core.lifecycle.links import FOLLOW_UP, number_of
from services.core.messages.write import insert_message, receive
from services.core.tickets import repository
from services.core.tickets.changes import Edit, apply
from services.core.tickets.status import DONE


def question(conn: sa.Connection, core: Core, given: str) -> FollowUp:
    """What the page says: whoever has the link reads the number and whether it is over, and nothing else."""
    row = repository.by_number(
        conn, number_of(core.rt.settings.secret, FOLLOW_UP, given, core.now()), core.actor
    )
    over = row["status_category"] in DONE
    return FollowUp(number=row["number"], over=over, answered=not over and answers.waiting(conn, row["id"]))


def answer(conn: sa.Connection, core: Core, given: str, data: FollowUpAnswer) -> FollowUp:
    """Keep the customer's word; "not solved" opens the ticket again, with what they add."""
    now = core.now()
    number = number_of(core.rt.settings.secret, FOLLOW_UP, given, now)
    row = repository.by_number(conn, number, core.actor, lock=True)
    author = Author(kind="contact", id=str(row["requester_id"]), name=row["requester_name"])
    over = row["status_category"] in DONE
    if data.solved:
        if over:
            note(
                conn, at=now, subject="ticket", subject_id=row["id"], action="confirmed", author=author,
                ticket_id=row["id"], number=number,
            )  # fmt: skip
        elif answers.waiting(conn, row["id"]):
            answers.solved(conn, core, row, author, now)
            over = True
        return FollowUp(number=number, over=over)
    answers.settle(conn, row["id"], answers.NOT_HELPED, now)
    text = strip_control(data.comment).strip()[:20_000]
    if text:
        message_id = uuid7()
        insert_message(
            conn, id=message_id, ticket_id=row["id"], kind="reply", author=author, channel="portal",
            body_text=text, at=now,
        )  # fmt: skip
        event = {
            "ticket": str(row["id"]), "number": number, "message": str(message_id), "kind": "reply",
            "channel": "portal", "language": row["language"], "suggestion_session": None,
            "contact_ref": core.intake.contact_ref(row["requester_id"]),
        }  # fmt: skip
        receive(conn, row, core.lookups.get(conn), author=author, at=now, wakes=True, event=event)
    elif over:
        edit = Edit(values={"status": "open"}, by="person", author=author)
        apply(conn, row, [edit], core.lookups.get(conn), now)
    return FollowUp(number=number, over=False)
