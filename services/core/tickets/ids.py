"""Ticket numbers: short, quotable, unique, never reused while the ticket exists."""

import re

import sqlalchemy as sa

from services.core.models import ticket
from services.core.models.base import FIRST_NUMBER

MAX_NUMBER = 2**53
_IN_SUBJECT = re.compile(r"\[#(\d{1,15})\]|(?:^|\s)#(\d{1,15})\b")
_QUERY = re.compile(r"#?\d{1,15}")


def next_number(conn: sa.Connection) -> int:
    """The next number, for a ticket that is about to be inserted in this unit."""
    return int(conn.execute(sa.select(number_expression(conn.dialect))).scalar_one())


def number_expression(dialect: sa.Dialect) -> sa.ColumnElement[int]:
    """The next number as SQL: a sequence where there is one; SQLite has one writer, so largest plus one is safe."""
    if dialect.name == "postgresql":
        return sa.func.nextval(sa.text("'ticket_number'"), type_=sa.BigInteger)
    largest = sa.select(sa.func.coalesce(sa.func.max(ticket.c.number), sa.text(str(FIRST_NUMBER - 1))))
    return largest.scalar_subquery() + sa.text("1")


def number_in_subject(subject: str) -> int | None:
    """The ticket number that a mail subject quotes (``[#1042]`` or ``#1042``), if any."""
    found = _IN_SUBJECT.search(subject)
    return int(found[1] or found[2]) if found else None


def number_in_query(text: str) -> int | None:
    """The number that somebody typed into a search, ``1042`` or ``#1042``."""
    text = text.strip()
    return int(text.lstrip("#")) if _QUERY.fullmatch(text) else None
