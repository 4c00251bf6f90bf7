"""Finding questions by their words: an index of terms, weighed by how rare each is, alike on every database."""

import math
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.http import Actor
from services.kb.community.policy import shown_question
from services.kb.models import answer, question, question_term
from services.kb.search.analysis import STOP_ANY, document_terms, tokens, word_terms

LANGUAGES = ("en", "es")
MOST_TERMS = 400  # of a question
ASKED = 10  # the rarest words of a query
ROWS = 4_000
ENOUGH = 0.5
"""The share of a query's weight that a question has to hold: less is a coincidence of words."""


def index(conn: sa.Connection, given: UUID) -> None:
    """Write the terms of a question anew: its own words and those of the answer that solved it."""
    row = conn.execute(sa.select(question).where(question.c.id == given)).mappings().one()
    best = conn.execute(sa.select(answer.c.body_markdown).where(answer.c.id == row["accepted_id"])).scalar()
    text = "\n".join(filter(None, (row["title"], row["body_markdown"], best)))
    terms = [
        t for t in dict.fromkeys(document_terms(text, row["lang"])) if t not in STOP_ANY and len(t) <= 64
    ]
    conn.execute(question_term.delete().where(question_term.c.question_id == given))
    if terms:
        conn.execute(question_term.insert(), [{"question_id": given, "term": t} for t in terms[:MOST_TERMS]])


def found(conn: sa.Connection, actor: Actor, text: str, lang: str | None, limit: int) -> list[UUID]:
    """Questions that answer ``text``, the best first, the reader's language before others when equally good."""
    words = [word_terms(t.folded, LANGUAGES) for t in tokens(text)[:60] if t.folded not in STOP_ANY]
    wanted = {term for word in words for term in word}
    if not wanted:
        return []
    count = conn.execute(sa.select(sa.func.count()).select_from(question)).scalar_one()
    frequent = (
        sa.select(question_term.c.term, sa.func.count())
        .where(question_term.c.term.in_(wanted))
        .group_by(question_term.c.term)
    )
    seen: dict[str, int] = {row[0]: row[1] for row in conn.execute(frequent)}
    weights = sorted(
        ((max((math.log(1 + count / seen[t]) for t in word if t in seen), default=math.log(1 + count)), word)
         for word in words), key=lambda pair: -pair[0],
    )[:ASKED]  # fmt: skip
    asked = {t for _, word in weights for t in word if t in seen}
    if not asked:
        return []
    rows = conn.execute(
        sa.select(question_term.c.question_id, question_term.c.term, question.c.lang, question.c.accepted_id)
        .join(question, question.c.id == question_term.c.question_id)
        .where(question_term.c.term.in_(asked), question.c.state == "shown", shown_question(actor))
        .limit(ROWS)
    ).all()
    return _ranked(rows, weights, lang)[:limit]


def _ranked(rows: Sequence[Any], weights: list[tuple[float, set[str]]], lang: str | None) -> list[UUID]:
    terms: dict[UUID, set[str]] = {}
    facts: dict[UUID, tuple[bool, bool]] = {}
    for given, term, language, accepted in rows:
        terms.setdefault(given, set()).add(term)
        facts[given] = (accepted is not None, language == lang)
    whole = sum(weight for weight, _ in weights) or 1.0
    scored = {given: sum(w for w, word in weights if word & held) / whole for given, held in terms.items()}
    good = [given for given, score in scored.items() if score >= ENOUGH]
    return sorted(
        good, key=lambda given: (-round(scored[given], 1), [not fact for fact in facts[given]], str(given))
    )
