"""Whom an announcement concerns: as a query over contacts, and for one contact over the announcements."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.core.models import (
    announcement,
    announcement_affected,
    announcement_mail,
    announcement_optout,
    contact,
    organization,
    ticket,
    ticket_link,
    ticket_tag,
)

RECENT = timedelta(days=365)
"""How far back a ticket says that its customer has to do with a category or a tag."""
A_DAY = 3
"""Announcements that one person is mailed in a day."""


def concerned(kind: str, value: str, now: datetime) -> sa.ColumnElement[bool]:
    """The condition on ``contact`` that says who belongs to an audience."""
    theirs = ticket.c.requester_id == contact.c.id
    recent = ticket.c.created_at > now - RECENT
    if kind == "everybody":
        return sa.true()
    if kind == "organization":
        named = sa.select(organization.c.id).where(organization.c.name == value).scalar_subquery()
        return contact.c.organization_id == named
    if kind == "category":
        return sa.exists().where(theirs, recent, ticket.c.category == value)
    if kind == "tag":
        tagged = ticket_tag.c.ticket_id == ticket.c.id
        return sa.exists().where(theirs, recent, tagged, ticket_tag.c.tag == value)
    behind = sa.select(ticket.c.id).where(ticket.c.number == int(value)).scalar_subquery()
    incident = sa.exists().where(
        theirs,
        ticket_link.c.ticket_id == ticket.c.id,
        ticket_link.c.kind == "problem",
        ticket_link.c.other_id == behind,
    )
    said = sa.exists().where(
        announcement_affected.c.contact_id == contact.c.id,
        announcement_affected.c.announcement_id == announcement.c.id,
        announcement.c.problem == int(value),
    )
    return sa.or_(incident, said)


def concerns(
    conn: sa.Connection, rows: Sequence[Mapping[Any, Any]], who: UUID | None, now: datetime
) -> set[UUID]:
    """The ids of those announcements that are for ``who``, or for everybody; one query for all of them."""
    found = {row["id"] for row in rows if row["audience"] == "everybody"}
    rest = [row for row in rows if row["audience"] != "everybody"]
    if who is None or not rest:
        return found
    columns = [
        sa.and_(concerned(row["audience"], row["audience_value"], now)).label(f"c{place}")
        for place, row in enumerate(rest)
    ]
    answer = conn.execute(sa.select(*columns).select_from(contact).where(contact.c.id == who)).first()
    return found | {row["id"] for row, hit in zip(rest, answer or (), strict=False) if hit}


def to_mail(row: Mapping[Any, Any], now: datetime) -> sa.Select[Any]:
    """The contacts that an announcement is still to be mailed to, without who has had enough or wants none."""
    today = (
        sa.select(sa.func.count())
        .select_from(announcement_mail)
        .where(
            announcement_mail.c.contact_id == contact.c.id, announcement_mail.c.at > now - timedelta(days=1)
        )
        .scalar_subquery()
    )
    return (
        sa.select(contact.c.id, contact.c.email, contact.c.locale, contact.c.name)
        .where(
            contact.c.email.is_not(None),
            concerned(row["audience"], row["audience_value"], now),
            ~sa.exists().where(announcement_optout.c.contact_id == contact.c.id),
            ~sa.exists().where(
                announcement_mail.c.contact_id == contact.c.id,
                announcement_mail.c.announcement_id == row["id"],
            ),
            today < A_DAY,
        )
        .order_by(contact.c.id)
    )
