"""Looking after the community: what waits or is reported, letting it through, taking it out, making a ticket of it."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import Forbidden
from services.common.http import Actor
from services.common.text import single_line
from services.kb.community.policy import PostNotFound
from services.kb.community.store import count_and_tell, find_post
from services.kb.contract import ModeratedPost, PostState
from services.kb.models import answer, post_report, post_vote, question

ENOUGH = 3
"""Reports of different people that take a post out of sight until somebody has looked at it."""
LISTED = 100


def waiting(conn: sa.Connection) -> list[ModeratedPost]:
    """Posts that wait for a moderator, or that somebody reported, the oldest first."""
    reports = (
        sa.select(
            post_report.c.post_id,
            sa.func.count().label("reports"),
            sa.func.min(post_report.c.reason).label("reason"),
        )
        .group_by(post_report.c.post_id)
        .subquery()
    )
    found: list[ModeratedPost] = []
    for table, of, title in (
        (question, question.c.id, question.c.title),
        (answer, answer.c.question_id, sa.literal("")),
    ):
        query = (
            sa.select(
                table.c.id, of.label("question"), title.label("title"), table.c.body_markdown, table.c.state,
                table.c.author_name, table.c.created_at, sa.func.coalesce(reports.c.reports, 0).label("reports"),
                sa.func.coalesce(reports.c.reason, "").label("reason"),
            )
            .outerjoin(reports, reports.c.post_id == table.c.id)
            .where(sa.or_(table.c.state == "held", sa.and_(table.c.state == "shown", reports.c.reports > 0)))
            .order_by(table.c.created_at)
            .limit(LISTED)
        )  # fmt: skip
        found += [ModeratedPost(**dict(row)) for row in conn.execute(query).mappings()]
    return sorted(found, key=lambda post: post.created_at)


def decide(conn: sa.Connection, actor: Actor, post: UUID, state: PostState, now: datetime) -> None:
    """Show, hold or take out a post; what was said against it is settled by that."""
    table, row = find_post(conn, actor, post)
    conn.execute(table.update().where(table.c.id == post).values(state=state))
    conn.execute(post_report.delete().where(post_report.c.post_id == post))
    if table is answer:
        if state != "shown":
            _unaccept(conn, row["question_id"], post)
        count_and_tell(conn, row["question_id"], now)


def _unaccept(conn: sa.Connection, given: UUID, post: UUID) -> None:
    same = question.c.id == given, question.c.accepted_id == post
    conn.execute(question.update().where(*same).values(accepted_id=None))


def report(conn: sa.Connection, actor: Actor, post: UUID, reason: str, now: datetime) -> None:
    """Tell the moderators of a post; several people take a customer's out of sight."""
    table, row = find_post(conn, actor, post)
    if row["author_id"] == actor.id:
        raise Forbidden("This is your own post.")
    mine = post_report.c.post_id == post, post_report.c.author_id == actor.id
    conn.execute(post_report.delete().where(*mine))
    conn.execute(
        post_report.insert().values(post_id=post, author_id=actor.id, reason=single_line(reason, 300), at=now)
    )
    count = conn.execute(sa.select(sa.func.count()).where(post_report.c.post_id == post)).scalar_one()
    if count >= ENOUGH and not row["staff"] and row["state"] == "shown":
        conn.execute(table.update().where(table.c.id == post).values(state="held"))
        if table is answer:
            count_and_tell(conn, row["question_id"], now)


def became_ticket(conn: sa.Connection, given: UUID, number: int) -> None:
    """Remember the ticket that was made of a question; raises :class:`PostNotFound`."""
    changed = conn.execute(question.update().where(question.c.id == given).values(ticket=number))
    if changed.rowcount == 0:
        raise PostNotFound


def forget(conn: sa.Connection, person: str) -> None:
    """Who is erased leaves no name and no words; answers of others stay under a question without text."""
    for table in (question, answer):
        values = {"author_id": None, "author_name": "", "body_markdown": "", "state": "removed"}
        conn.execute(table.update().where(table.c.author_id == person).values(**values))
    conn.execute(question.update().where(question.c.author_id.is_(None)).values(title="–"))
    for kept in (post_vote, post_report):
        conn.execute(kept.delete().where(kept.c.author_id == person))
