"""Posts: written, answered, accepted, voted for. Every read takes the actor."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import nh3
import sqlalchemy as sa

from services.common.errors import FieldError, Forbidden
from services.common.events import record
from services.common.http import Actor, encode_cursor
from services.common.http.paging import decode_cursor
from services.common.ids import uuid7
from services.common.text import detect_language, single_line, strip_control
from services.kb.community.policy import (
    InvalidPost,
    PostClosed,
    PostNotFound,
    moderates,
    shown_answer,
    shown_question,
)
from services.kb.community.terms import index
from services.kb.contract import (
    QUESTION_ANSWERED,
    CommunityAnswer,
    NewAnswer,
    NewQuestion,
    Question,
    QuestionPage,
    QuestionRow,
)
from services.kb.models import answer, post_vote, question
from services.kb.passages.markdown import render

LONGEST = 8_000  # characters of a post
ANSWERS = 200
_TAGS = {"p", "br", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a"}


def prose(markdown: str) -> str:
    """What strangers wrote as HTML: words, lists, code and links that nobody vouches for; no pictures, no headings."""
    return nh3.clean(
        render(markdown),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener noreferrer",
    )


def name_of(actor: Actor) -> str:
    """How a writer is called in public: staff by name, customers by their first one and an initial."""
    words = single_line(actor.name, 80).split()
    if actor.is_staff or not words or "@" in actor.name:
        return " ".join(words) if actor.is_staff else ""
    return words[0] if len(words) == 1 else f"{words[0]} {words[-1][0]}."


def page(
    conn: sa.Connection, actor: Actor, *, lang: str | None, unanswered: bool, limit: int, cursor: str | None
) -> QuestionPage:
    """Questions, the last moved first."""
    query = sa.select(question).where(question.c.state != "removed", shown_question(actor))
    if lang:
        query = query.where(question.c.lang == lang)
    if unanswered:
        query = query.where(question.c.answers == 0)
    if (after := decode_cursor(cursor, datetime, UUID)) is not None:
        query = query.where(sa.tuple_(question.c.updated_at, question.c.id) < sa.tuple_(*after))
    rows = conn.execute(
        query.order_by(question.c.updated_at.desc(), question.c.id.desc()).limit(limit + 1)
    ).mappings()
    found = [row_of(row) for row in rows]
    more = len(found) > limit
    found = found[:limit]
    last = found[-1] if found else None
    return QuestionPage(
        items=found, next_cursor=encode_cursor(last.updated_at, last.id) if more and last else None
    )


def row_of(row: Mapping[Any, Any]) -> QuestionRow:
    """A question in a list."""
    names = [n for n in QuestionRow.__struct_fields__ if n not in ("solved", "excerpt")]
    excerpt = single_line(row["body_markdown"], 240)
    return QuestionRow(**{n: row[n] for n in names}, solved=row["accepted_id"] is not None, excerpt=excerpt)


def one(conn: sa.Connection, actor: Actor, given: UUID) -> Question:
    """A question with its answers, the accepted one first; raises :class:`PostNotFound`."""
    row = _find(conn, actor, given)
    query = sa.select(answer).where(answer.c.question_id == given, shown_answer(actor))
    if not moderates(actor):
        query = query.where(answer.c.state != "removed")
    best = sa.case((answer.c.id == row["accepted_id"], 0), else_=1)
    answers = (
        conn.execute(query.order_by(best, answer.c.votes.desc(), answer.c.id).limit(ANSWERS)).mappings().all()
    )
    posts = [given, *(a["id"] for a in answers)]
    mine = post_vote.c.author_id == actor.id, post_vote.c.post_id.in_(posts)
    voted = set(conn.execute(sa.select(post_vote.c.post_id).where(*mine)).scalars()) if actor.id else set()
    own = bool(actor.id) and row["author_id"] == actor.id
    names = ("id", "lang", "title", "body_markdown", "state", "author_name", "staff", "votes", "created_at",
             "updated_at", "ticket")  # fmt: skip
    return Question(
        **{n: row[n] for n in names},
        html=prose(row["body_markdown"]),
        own=own,
        voted=given in voted,
        accepted=row["accepted_id"],
        may_accept=own or moderates(actor),
        may_moderate=moderates(actor),
        author=row["author_id"] if moderates(actor) else None,
        answers=[_answer(a, actor, voted) for a in answers],
    )


def _answer(row: Mapping[Any, Any], actor: Actor, voted: set[UUID]) -> CommunityAnswer:
    names = ("id", "state", "author_name", "staff", "votes", "created_at")
    own = bool(actor.id) and row["author_id"] == actor.id
    return CommunityAnswer(
        **{n: row[n] for n in names}, html=prose(row["body_markdown"]), own=own, voted=row["id"] in voted
    )


def _find(conn: sa.Connection, actor: Actor, given: UUID, *, lock: bool = False) -> dict[str, Any]:
    query = sa.select(question).where(question.c.id == given, shown_question(actor))
    row = conn.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise PostNotFound
    return dict(row)


def ask(conn: sa.Connection, actor: Actor, data: NewQuestion, now: datetime) -> UUID:
    """Write a question; a person's first post waits for a moderator."""
    title, body = single_line(data.title, 200), strip_control(data.body).strip()
    wrong = [FieldError("title", "Ask in one sentence.", "empty")] if len(title) < 8 else []
    wrong += _long(body)
    if wrong:
        raise InvalidPost(errors=wrong)
    given = uuid7()
    conn.execute(question.insert().values(
        id=given, lang=data.lang or detect_language(f"{title}\n{body}"), title=title, body_markdown=body,
        state=_first_state(conn, actor), answers=0, accepted_id=None, ticket=None, updated_at=now,
        **_author(actor, now),
    ))  # fmt: skip
    index(conn, given)
    return given


def reply(conn: sa.Connection, actor: Actor, given: UUID, data: NewAnswer, now: datetime) -> UUID:
    """Answer a question that is shown."""
    row = _find(conn, actor, given, lock=True)
    if row["state"] != "shown":
        raise PostClosed
    body = strip_control(data.body).strip()
    if wrong := [*_long(body), *([FieldError("body", "Write an answer.", "empty")] if not body else [])]:
        raise InvalidPost(errors=wrong)
    made, state = uuid7(), _first_state(conn, actor)
    conn.execute(answer.insert().values(
        id=made, question_id=given, body_markdown=body, state=state, told=False, **_author(actor, now)
    ))  # fmt: skip
    if state == "shown":
        count_and_tell(conn, given, now)
    return made


def _author(actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "author_id": actor.id,
        "author_name": name_of(actor),
        "staff": actor.is_staff,
        "votes": 0,
        "created_at": now,
    }


def _long(body: str) -> list[FieldError]:
    return [FieldError("body", f"At most {LONGEST} characters.", "too_long")] if len(body) > LONGEST else []


def _first_state(conn: sa.Connection, actor: Actor) -> str:
    """Shown at once for staff and for who has a post that a moderator let through."""
    if actor.is_staff:
        return "shown"
    mine = [
        sa.select(t.c.id).where(t.c.author_id == actor.id, t.c.state == "shown").limit(1)
        for t in (question, answer)
    ]
    return "shown" if any(conn.execute(query).first() for query in mine) else "held"


def count_and_tell(conn: sa.Connection, given: UUID, now: datetime) -> None:
    """Count the answers that are shown, and tell the asker of those they were not told of yet."""
    shown = answer.c.question_id == given, answer.c.state == "shown"
    count = conn.execute(sa.select(sa.func.count()).where(*shown)).scalar_one()
    conn.execute(question.update().where(question.c.id == given).values(answers=count, updated_at=now))
    row = conn.execute(sa.select(question).where(question.c.id == given)).mappings().one()
    fresh = conn.execute(
        sa.select(answer.c.id, answer.c.author_id).where(*shown, answer.c.told.is_(False))
    ).all()
    conn.execute(answer.update().where(*shown).values(told=True))
    others = [one for one in fresh if one.author_id != row["author_id"]]
    if others and row["author_id"] and not row["staff"]:
        told = {
            "question": str(given),
            "title": row["title"],
            "contact": row["author_id"],
            "answer": str(others[-1].id),
        }
        record(conn, QUESTION_ANSWERED, told)


def accept(conn: sa.Connection, actor: Actor, given: UUID, chosen: UUID | None) -> None:
    """The answer that solved it, as the asker or the staff say; None takes that back."""
    row = _find(conn, actor, given, lock=True)
    if row["author_id"] != actor.id and not moderates(actor):
        raise Forbidden("Who asked says what solved it.")
    if chosen is not None:
        query = sa.select(answer.c.id).where(
            answer.c.id == chosen, answer.c.question_id == given, answer.c.state == "shown"
        )
        if conn.execute(query).first() is None:
            raise PostNotFound
    conn.execute(question.update().where(question.c.id == given).values(accepted_id=chosen))
    index(conn, given)


def vote(conn: sa.Connection, actor: Actor, post: UUID, up: bool, now: datetime) -> None:
    """One voice a person and post, not for one's own."""
    table, row = find_post(conn, actor, post)
    if row["author_id"] == actor.id:
        raise Forbidden("Others vote for your post.")
    mine = post_vote.c.post_id == post, post_vote.c.author_id == actor.id
    conn.execute(post_vote.delete().where(*mine))
    if up:
        conn.execute(post_vote.insert().values(post_id=post, author_id=actor.id, at=now))
    count = sa.select(sa.func.count()).where(post_vote.c.post_id == post).scalar_subquery()
    conn.execute(table.update().where(table.c.id == post).values(votes=count))


def find_post(conn: sa.Connection, actor: Actor, post: UUID) -> tuple[sa.Table, Mapping[Any, Any]]:
    """A question or an answer that the actor may read."""
    row = (
        conn.execute(sa.select(question).where(question.c.id == post, shown_question(actor)))
        .mappings()
        .first()
    )
    if row is not None:
        return question, row
    row = conn.execute(sa.select(answer).where(answer.c.id == post, shown_answer(actor))).mappings().first()
    if row is None:
        raise PostNotFound
    _find(conn, actor, row["question_id"])
    return answer, row
