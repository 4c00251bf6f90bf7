"""One click: a draft article out of a gap, with its sources, for a person to finish."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.common.http import Actor
from services.kb.articles import service as articles
from services.kb.contract import Article, ArticleInput, Gap, GapEffect, GapQuestion, TranslationInput
from services.kb.errors import GapNotFound, GapSettled
from services.kb.models import gap, gap_question

REPLIES = 3  # different ones: more is a mailbox and no draft
WORDS = {
    "en": ("What people ask", "What solved it", "Sources: tickets"),
    "es": ("Lo que se pregunta", "Lo que lo resolvió", "Fuentes: tickets"),
}


def listing(conn: sa.Connection, state: str, limit: int) -> list[Gap]:
    """Gaps of a state, the costliest first."""
    rows = conn.execute(
        sa.select(gap).where(gap.c.state == state).order_by(gap.c.cost.desc(), gap.c.id).limit(limit)
    ).all()
    questions: dict[UUID, list[Any]] = {}
    ids = [row.id for row in rows]
    query = sa.select(gap_question).where(gap_question.c.gap_id.in_(ids)).order_by(gap_question.c.place)
    for question in conn.execute(query):
        questions.setdefault(question.gap_id, []).append(question)
    return [_view(row, questions.get(row.id, [])) for row in rows]


def draft(conn: sa.Connection, actor: Actor, gap_id: UUID, now: datetime) -> Article:
    """Write a draft from the replies that solved the gap's tickets. Raises :class:`GapSettled` the second time."""
    row, questions = _open(conn, gap_id)
    langs = [question.lang.split("-")[0] for question in questions]
    lang = max(WORDS, key=lambda code: (langs.count(code), code == "en"))
    given = ArticleInput(
        translations={lang: TranslationInput(title=row.title, body_markdown=body(questions, lang))},
        state="draft",
    )
    made = articles.create(conn, actor, given, now)
    conn.execute(gap.update().where(gap.c.id == gap_id).values(state="drafted", article_id=made.id))
    return made


def dismiss(conn: sa.Connection, gap_id: UUID) -> None:
    """It needs no article; it does not come back while the same tickets make it up."""
    _open(conn, gap_id)
    conn.execute(gap.update().where(gap.c.id == gap_id).values(state="dismissed"))


def body(questions: list[Any], lang: str) -> str:
    """The draft's Markdown: typical questions, replies that solved them, the tickets they are from."""
    ask, answer, sources = WORDS[lang]
    lines = [f"## {ask}", ""]
    lines += [f"- {_line(question.text)}" for question in questions[:5]]
    replies = list(dict.fromkeys(question.reply for question in questions if question.reply))
    if replies:
        lines += ["", f"## {answer}", ""]
        lines += ["\n\n---\n\n".join(replies[:REPLIES])]
    numbers = [str(question.number) for question in questions if question.number is not None]
    if numbers:
        lines += ["", f"*{sources} {', '.join(numbers)}*"]
    return "\n".join(lines)


def _open(conn: sa.Connection, gap_id: UUID) -> tuple[Any, list[Any]]:
    row = conn.execute(sa.select(gap).where(gap.c.id == gap_id).with_for_update()).first()
    if row is None:
        raise GapNotFound
    if row.state != "open":
        raise GapSettled
    query = sa.select(gap_question).where(gap_question.c.gap_id == gap_id).order_by(gap_question.c.place)
    return row, list(conn.execute(query))


def _view(row: Any, questions: list[Any]) -> Gap:
    return Gap(
        id=row.id, title=row.title, tickets=row.tickets, searches=row.searches, cost=row.cost,
        languages=sorted({q.lang for q in questions}), state=row.state, article=row.article_id,
        found_at=row.found_at,
        effect=None if row.measured is None else msgspec.convert(row.measured, GapEffect),
        questions=[
            GapQuestion(text=q.text, number=q.number, reply=q.reply, count=q.count) for q in questions
        ],
    )  # fmt: skip


def _line(text: str) -> str:
    """A question on one line, without anything that Markdown would take for its own."""
    flat = " ".join(text.split())[:240]
    return "".join(f"\\{char}" if char in "\\`*_[]<>#|" else char for char in flat)
