"""An article's answer to a new request, before a person reads it.

Off until an admin names categories. The knowledge base is asked once triage (above its promise), a rule or a person has
set such a category and nobody has answered yet; it answers only where an article that is marked as a frequent question
stands out, and is public. The letter quotes it word for word, names it, and asks whether it helped. Whatever the
customer says, the request stays open and in its queue until they say that it did.

A category rests while its answers break the promise: where, of those that customers judged in ninety days, so few
helped that a share of `PROMISE` would explain it in less than one case in twenty (exact binomial test, one-sided).
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.common.events import record
from services.common.text import single_line
from services.core.actors import RULE
from services.core.audit import note
from services.core.contract import ANSWER_WANTED, Answered, AnswerFigures, AnswerInput, Author
from services.core.follow.happening import Happening
from services.core.lifecycle import links
from services.core.lifecycle.notices import write_notice
from services.core.lifecycle.service import settings_of
from services.core.lifecycle.words import said
from services.core.models import auto_answer, message
from services.core.outgoing.compose import locale_of
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.changes import Edit, apply
from services.core.tickets.errors import TicketNotFound

if TYPE_CHECKING:
    from services.core.desk import Core

PROMISE: Final = 0.8  # of the answers that customers judge have to help
DOUBT: Final = 0.05
PERIOD: Final = timedelta(days=90)
HELPED, NOT_HELPED = "helped", "not_helped"


def follow(conn: sa.Connection, core: "Core", happening: Happening, now: datetime) -> None:
    """Ask the knowledge base where an answer is wanted; take a customer who writes on as one it did not help."""
    if happening.seeded:
        return
    if happening.name == "customer_replied":
        settle(conn, happening.ticket, NOT_HELPED, now)
        return
    if happening.name != "created" and "category" not in happening.changed:
        return
    try:
        row = repository.by_id(conn, happening.ticket, core.actor)
    except TicketNotFound:
        return
    if not _refusal(conn, row, now):
        told = {"ticket": str(row["id"]), "number": row["number"], "category": row["category"]}
        record(conn, ANSWER_WANTED, told)


def answer(conn: sa.Connection, core: "Core", ticket_id: UUID, given: AnswerInput, now: datetime) -> Answered:
    """Write the letter, once a ticket; says why not where it is not wanted any more."""
    row = repository.by_id(conn, ticket_id, core.actor, lock=True)
    refusal = _refusal(conn, row, now)
    if refusal:
        return Answered(sent=False, reason=refusal)
    link = links.token(core.rt.settings.secret, links.FOLLOW_UP, row["number"], now)
    site, title = core.site(conn), single_line(given.title, 300)
    address = f"{site}/help/{given.lang}/{given.slug}" + (f"#{given.anchor}" if given.anchor else "")
    text = said(
        locale_of(row["language"], row["requester_locale"]), "", "answer", "quote", "source", "helped",
        number=str(row["number"]), link=f"{site}/follow-up/{link}", address=address, title=title,
        quote=single_line(given.quote, 1000),
    )  # fmt: skip
    message_id = write_notice(conn, core, row, text, now, author=RULE)
    if message_id is None:
        return Answered(sent=False, reason="notice")
    conn.execute(
        auto_answer.insert(),
        {
            "ticket_id": row["id"], "message_id": message_id, "article": given.article, "title": title,
            "category": row["category"], "sent_at": now, "outcome": None, "said_at": None,
        },
    )  # fmt: skip
    note(
        conn, at=now, subject="ticket", subject_id=row["id"], action="answered", author=RULE, ticket_id=row["id"],
        number=row["number"],
    )  # fmt: skip
    return Answered(sent=True, reason="")


def _refusal(conn: sa.Connection, row: Row, now: datetime) -> str:
    """Why this request gets no answer from the desk itself; empty where it does."""
    if not row["category"] or row["category"] not in settings_of(conn).answer:
        return "category"
    if row["status_category"] != "open" or row["staff_at"] is not None or row["merged_into"] is not None:
        return "touched"
    if conn.execute(sa.select(auto_answer.c.ticket_id).where(auto_answer.c.ticket_id == row["id"])).first():
        return "answered"
    theirs = sa.select(sa.func.count()).where(
        message.c.ticket_id == row["id"], message.c.author_kind == "contact"
    )
    if conn.execute(theirs).scalar_one() > 1:
        return "touched"
    judged = {one.category: one for one in figures(conn, now)}
    found = judged.get(row["category"])
    return "resting" if found is not None and found.resting else ""


def waiting(conn: sa.Connection, ticket_id: UUID) -> bool:
    """Whether the customer has not said yet what the answer was worth."""
    query = sa.select(auto_answer.c.ticket_id).where(
        auto_answer.c.ticket_id == ticket_id, auto_answer.c.outcome.is_(None)
    )
    return conn.execute(query).first() is not None


def settle(conn: sa.Connection, ticket_id: UUID, outcome: str, now: datetime) -> bool:
    """Keep what the customer said of the answer, the first time. Returns whether there was one to speak of."""
    mine = auto_answer.c.ticket_id == ticket_id, auto_answer.c.outcome.is_(None)
    changed = conn.execute(auto_answer.update().where(*mine).values(outcome=outcome, said_at=now))
    return bool(changed.rowcount)


def solved(conn: sa.Connection, core: "Core", row: Row, author: Author, now: datetime) -> None:
    """The answer helped: the customer's own word ends the request, with the article as what solved it."""
    query = sa.select(auto_answer.c.title).where(auto_answer.c.ticket_id == row["id"])
    title = conn.execute(query).scalar_one()
    settle(conn, row["id"], HELPED, now)
    values: dict[str, Any] = {"status": "solved"}
    if not row["resolution"]:
        values["resolution"] = title
    apply(conn, row, [Edit(values=values, by="person", author=author)], core.lookups.get(conn), now)


def figures(conn: sa.Connection, now: datetime) -> list[AnswerFigures]:
    """What the answers of ninety days were worth, by category; the most frequent first."""
    a = auto_answer.c
    query = (
        sa.select(
            a.category,
            sa.func.count().label("sent"),
            sa.func.sum(sa.case((a.outcome == HELPED, 1), else_=0)).label("helped"),
            sa.func.sum(sa.case((a.outcome == NOT_HELPED, 1), else_=0)).label("not_helped"),
        )
        .where(a.sent_at > now - PERIOD)
        .group_by(a.category)
    )
    rows = [
        AnswerFigures(
            category=row.category, sent=int(row.sent), helped=int(row.helped), not_helped=int(row.not_helped),
            resting=broken(int(row.helped), int(row.not_helped)),
        )
        for row in conn.execute(query)
    ]  # fmt: skip
    return sorted(rows, key=lambda one: (-one.sent, one.category))


def broken(helped: int, not_helped: int) -> bool:
    """Whether so few helped that the promise is not to be believed any more."""
    from scipy.special import bdtr

    judged = helped + not_helped
    return judged > 0 and float(bdtr(helped, judged, PROMISE)) < DOUBT
