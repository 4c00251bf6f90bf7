"""Giving a rating: by whoever has the link of the mail, or by the customer who is signed in."""

from datetime import datetime

import sqlalchemy as sa

from services.common.errors import Conflict
from services.common.events import record
from services.common.http import Actor, require
from services.common.text import strip_control
from services.core import contract as c
from services.core.audit import note
from services.core.contract import Author, Change, RatingInput, RatingQuestion
from services.core.desk import Core
from services.core.lifecycle.links import RATING, number_of
from services.core.satisfaction import ratings
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.errors import TicketNotFound

MOST = 4_000
"""Characters of a comment."""


class NotRatable(Conflict):
    code, title = "core.not_ratable", "This request cannot be rated now"


def question(conn: sa.Connection, core: Core, given: str) -> RatingQuestion:
    """What the page behind a link shows. Looking changes nothing: scanners of mail look, too."""
    now = core.now()
    number = number_of(core.rt.settings.secret, RATING, given, now)
    return _state(conn, repository.by_number(conn, number, core.actor), now)


def answer(conn: sa.Connection, core: Core, given: str, data: RatingInput) -> RatingQuestion:
    """The word of whoever has the link; raises :class:`NotRatable`."""
    now = core.now()
    number = number_of(core.rt.settings.secret, RATING, given, now)
    row = repository.by_number(conn, number, core.actor, lock=True)
    return _rate(conn, row, data, now)


def rate(conn: sa.Connection, core: Core, number: int, data: RatingInput, actor: Actor) -> RatingQuestion:
    """The word of the customer who is signed in; nobody gives it for them."""
    require(actor, "tickets:write")
    if actor.kind != "contact":
        raise TicketNotFound("Only its customer rates a request.")
    row = repository.by_number(conn, number, actor, lock=True)
    return _rate(conn, row, data, core.now())


def _state(conn: sa.Connection, row: Row, now: datetime) -> RatingQuestion:
    given = ratings.of_ticket(conn, row["id"])
    return RatingQuestion(number=row["number"], may_rate=ratings.may_rate(row, given, now), rating=given)


def _rate(conn: sa.Connection, row: Row, data: RatingInput, now: datetime) -> RatingQuestion:
    before = ratings.of_ticket(conn, row["id"])
    if not ratings.may_rate(row, before, now):
        raise NotRatable
    comment = strip_control(data.comment).strip()[:MOST]
    if before is None or (before.score, before.comment) != (data.score, comment):
        same = before is not None and before.at >= row["closed_at"]
        ratings.keep(conn, row["id"], data.score, comment, before.at if same and before else now)
        old = before.score if before else None
        note(
            conn, at=now, subject="ticket", subject_id=row["id"], action="rated", ticket_id=row["id"],
            author=Author(kind="contact", id=str(row["requester_id"]), name=row["requester_name"]),
            changes=[Change(field="rating", old=old, new=data.score, set_by="person")], number=row["number"],
        )  # fmt: skip
        told = {"ticket": str(row["id"]), "number": row["number"], "version": row["version"]}
        record(conn, c.TICKET_RATED, {**told, "score": data.score})
    return _state(conn, row, now)
