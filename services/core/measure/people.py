"""What each person did in a period. The definitions are in ``docs/metrics.md``; each number is one grouped query."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.http import Actor
from services.common.ids import parse_uuid
from services.core.contract import Figures, MyNumbers, PersonNumbers, StaffNumbers
from services.core.measure.sql import medians, seconds_between
from services.core.models import audit, message, rating, staff, team_member, ticket
from services.core.satisfaction.ratings import GOOD

Found = dict[UUID, Any]


def mine(conn: sa.Connection, who: UUID, since: datetime, now: datetime) -> MyNumbers:
    """A person's own numbers, beside those of the period before it."""
    before = since - (now - since)
    nothing = Figures()
    return MyNumbers(
        since=since,
        now=figures(conn, [who], since, now).get(who, nothing),
        before=figures(conn, [who], before, since).get(who, nothing),
    )


def of_staff(conn: sa.Connection, actor: Actor, since: datetime, now: datetime) -> StaffNumbers:
    """Numbers of the people whom a lead looks after: those of their teams, for admins everyone."""
    query = sa.select(staff.c.id, staff.c.name).where(staff.c.active.is_(True))
    if not actor.is_admin:
        query = query.where(staff.c.id.in_(_beside(actor)))
    people = {row.id: row.name for row in conn.execute(query.order_by(staff.c.name))}
    found = figures(conn, people.keys(), since, now)
    return StaffNumbers(
        since=since,
        items=[
            PersonNumbers(id=id_, name=name, figures=found[id_])
            for id_, name in people.items()
            if id_ in found
        ],
    )


def _beside(actor: Actor) -> sa.Select[Any]:
    mine = sa.select(team_member.c.team_id).where(team_member.c.staff_id == parse_uuid(actor.id))
    return sa.select(team_member.c.staff_id).where(team_member.c.team_id.in_(mine))


def figures(
    conn: sa.Connection, people: Collection[UUID], since: datetime, until: datetime
) -> dict[UUID, Figures]:
    """Each person's figures; who did nothing in the period is not in it."""
    ids = list(people)
    ends, answers = _ends(conn, ids, since, until), _answers(conn, ids, since, until)
    first, rated = _first_answers(conn, ids, since, until), _ratings(conn, ids, since, until)
    found = {}
    for who in {*ends, *answers, *first, *rated}:
        solved, reopened = ends.get(who, (0, 0))
        answered, minutes = first.get(who, (0, None))
        ratings, satisfied = rated.get(who, (0, 0))
        found[who] = Figures(
            solved=solved,
            reopened=reopened,
            replies=answers.get(who, 0),
            first_responses=answered,
            first_response_minutes=minutes,
            rated=ratings,
            satisfied=satisfied,
        )
    return found


def _ends(conn: sa.Connection, ids: list[UUID], since: datetime, until: datetime) -> Found:
    """Tickets of theirs that came to an end in the period, and that were opened again in it, each once."""

    def times(action: str) -> sa.ColumnElement[int]:
        return sa.func.count(sa.distinct(sa.case((audit.c.action == action, audit.c.ticket_id))))

    query = (
        sa.select(ticket.c.assignee_id, times("closed"), times("reopened"))
        .select_from(audit.join(ticket, ticket.c.id == audit.c.ticket_id))
        .where(
            ticket.c.updated_at > since,  # whatever moved in the period: the rest need not be looked at
            audit.c.at > since,
            audit.c.at <= until,
            audit.c.action.in_(["closed", "reopened"]),
            ticket.c.assignee_id.in_(ids),
        )
        .group_by(ticket.c.assignee_id)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in conn.execute(query)}


_SPOKE = (message.c.kind == "reply", message.c.author_kind == "staff", message.c.automatic.is_(False))


def _answers(conn: sa.Connection, ids: list[UUID], since: datetime, until: datetime) -> Found:
    """Public replies that they wrote."""
    by = {str(one): one for one in ids}
    query = sa.select(message.c.author_id, sa.func.count()).where(
        *_SPOKE, message.c.at > since, message.c.at <= until, message.c.author_id.in_(list(by))
    )
    return {by[row[0]]: int(row[1]) for row in conn.execute(query.group_by(message.c.author_id))}


def _first_answers(conn: sa.Connection, ids: list[UUID], since: datetime, until: datetime) -> Found:
    """Of the tickets opened in the period, those whose first public reply was theirs: how many, and the median
    minutes from opening to that reply, by the calendar."""
    by = {str(one): one for one in ids}
    nth = sa.func.row_number().over(partition_by=message.c.ticket_id, order_by=(message.c.at, message.c.id))
    replies = (
        sa.select(
            message.c.author_id.label("key"),
            seconds_between(ticket.c.created_at, message.c.at).label("value"),
            nth.label("n"),
        )
        .select_from(message.join(ticket, ticket.c.id == message.c.ticket_id))
        .where(*_SPOKE, ticket.c.created_at > since, ticket.c.created_at <= until)
        .subquery()
    )
    first = sa.select(replies.c.key, replies.c.value).where(replies.c.n == 1, replies.c.key.in_(list(by)))
    rows = first.subquery()
    counts = conn.execute(sa.select(rows.c.key, sa.func.count()).group_by(rows.c.key))
    counted = {row[0]: int(row[1]) for row in counts}
    middle = {row.key: row.median / 60 for row in conn.execute(medians(rows))}
    return {by[key]: (count, middle.get(key)) for key, count in counted.items()}


def _ratings(conn: sa.Connection, ids: list[UUID], since: datetime, until: datetime) -> Found:
    """What customers said in the period of tickets that are theirs: ratings, and the good ones among them."""
    good = sa.func.sum(sa.case((rating.c.score >= GOOD, 1), else_=0))
    query = (
        sa.select(ticket.c.assignee_id, sa.func.count(), good)
        .select_from(rating.join(ticket, ticket.c.id == rating.c.ticket_id))
        .where(
            rating.c.score.is_not(None),
            rating.c.rated_at > since,
            rating.c.rated_at <= until,
            ticket.c.assignee_id.in_(ids),
        )
        .group_by(ticket.c.assignee_id)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in conn.execute(query)}
