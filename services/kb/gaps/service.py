"""Finding gaps: closed tickets and searches that no article answers, grouped and kept with what solved them."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from services.common.ids import uuid7
from services.common.text import single_line, strip_control
from services.core.client import CoreClient
from services.core.contract import TrainingExample
from services.kb.articles.policy import SIGNED_IN
from services.kb.desk import Desk
from services.kb.gaps.cluster import clusters
from services.kb.models import gap, gap_question, search_log
from services.kb.search.readable import Ask

PERIOD: Final = timedelta(days=180)
MOST: Final = (
    2000  # questions that are grouped: the newest; the matrix of their distances has four million entries
)
SEARCH_WORTH: Final = 0.1  # of a ticket
KEPT_QUESTIONS: Final = 12  # of a gap; the counts are of all
LONGEST: Final = 4000
ASKED: Final = 700  # characters of a question that its vector is made of
SLICE: Final = 50  # questions that are embedded between two words on how far it is
# People write these into tickets; an article has no use for them.
_PRIVATE = re.compile(r"\S+@\S+\.\S+|\+?\d(?:[ -]?\d){7,}")

Report = Callable[[int, int, str], Awaitable[None]]


@dataclass(frozen=True)
class Question:
    """A closed ticket or a search in vain. `text` is what was asked, without addresses and long numbers."""

    text: str
    lang: str
    reply: str = ""
    count: int = 1
    ticket: UUID | None = None
    number: int | None = None
    contact_ref: str | None = None


async def find(desk: Desk, core: CoreClient, report: Report) -> int:
    """Look at the newest questions, and replace the open gaps by those that there are now. Returns how many."""
    now = desk.clock.now()
    asked = [
        *await tickets(core, now - PERIOD),
        *await desk.db.read(lambda conn: in_vain(conn, now - PERIOD)),
    ]
    asked = asked[:MOST]
    unanswered = []
    for done, question in enumerate(asked):
        if not await _answered(desk, question):
            unanswered.append(question)
        if done % 50 == 0:
            await report(done, len(asked), "questions")
    if not unanswered:
        return await desk.db.write(lambda conn: keep(conn, [], now))
    vectors = await embedded(desk, [question.text for question in unanswered], report)
    groups = await asyncio.to_thread(clusters, vectors)
    found = [[unanswered[row] for row in rows] for rows in groups]
    return await desk.db.write(lambda conn: keep(conn, found, now))


async def embedded(desk: Desk, texts: Sequence[str], report: Report) -> npt.NDArray[np.float32]:
    """Vectors of questions, shape (texts, dimensions); in bulk, which steps back behind whoever is typing."""
    parts = []
    for start in range(0, len(texts), SLICE):
        parts.append(
            await desk.index.embedder.queries([text[:ASKED] for text in texts[start : start + SLICE]])
        )
        await report(min(start + SLICE, len(texts)), len(texts), "meaning")
    return np.concatenate(parts)


async def tickets(core: CoreClient, since: datetime) -> list[Question]:
    """Closed tickets since a time, the newest first, with the reply that solved each."""
    found: list[Question] = []
    after = None
    while True:
        page = await core.training_examples(after=after)
        found += [question_of(one) for one in page.items if one.closed_at >= since]
        found = found[-MOST:]
        after = page.next_after
        if after is None:
            return found[::-1]


def question_of(one: TrainingExample) -> Question:
    """A closed ticket as what was asked, and the reply that solved it."""
    return Question(
        text=clean(f"{one.subject}\n{one.body}"), lang=one.language, reply=clean(one.resolution), ticket=one.id,
        number=one.number, contact_ref=one.contact_ref,
    )  # fmt: skip


def in_vain(conn: sa.Connection, since: datetime) -> list[Question]:
    """What readers looked for without finding it, asked alike counted together."""
    asked = sa.func.lower(search_log.c.query)
    query = (
        sa.select(
            asked.label("query"), sa.func.max(search_log.c.lang).label("lang"), sa.func.count().label("n")
        )
        .where(search_log.c.at >= since, ~search_log.c.degraded, sa.func.length(search_log.c.query) > 3)
        .group_by(asked)
        .order_by(sa.desc("n"), asked)
        .limit(MOST // 4)
    )
    return [Question(text=row.query, lang=row.lang, count=row.n) for row in conn.execute(query)]


async def _answered(desk: Desk, question: Question) -> bool:
    """Whether some article that customers may read is near enough. Where nobody can tell, nothing is answered."""
    answer = await desk.engine.search(Ask(question.text[:2000], SIGNED_IN, question.lang, 1))
    return bool(answer.found) and (answer.found[0].fit or 0.0) >= desk.options.answered_at_least


def clean(text: str) -> str:
    """A text without what identifies a person, cut to what an author reads."""
    return _PRIVATE.sub("…", strip_control(text or "").strip())[:LONGEST]


def keep(conn: sa.Connection, found: Sequence[Sequence[Question]], now: datetime) -> int:
    """Store gaps in the place of the open ones; what somebody drafted or dismissed does not come back."""
    settled = _settled(conn)
    stale = [row.id for row in conn.execute(sa.select(gap.c.id).where(gap.c.state == "open"))]
    conn.execute(gap_question.delete().where(gap_question.c.gap_id.in_(stale)))
    conn.execute(gap.delete().where(gap.c.id.in_(stale)))
    kept = 0
    for questions in found:
        theirs = {question.ticket for question in questions if question.ticket is not None}
        if any(len(theirs & old) * 2 > len(old) for old in settled if old):
            continue
        _insert(conn, questions, now)
        kept += 1
    return kept


def _settled(conn: sa.Connection) -> list[set[UUID]]:
    query = sa.select(gap_question.c.gap_id, gap_question.c.ticket).join(
        gap, gap.c.id == gap_question.c.gap_id
    )
    old: dict[UUID, set[UUID]] = {}
    for row in conn.execute(query.where(gap.c.state != "open", gap_question.c.ticket.is_not(None))):
        old.setdefault(row.gap_id, set()).add(row.ticket)
    return list(old.values())


def _insert(conn: sa.Connection, questions: Sequence[Question], now: datetime) -> None:
    count = sum(question.ticket is not None for question in questions)
    searches = sum(question.count for question in questions if question.ticket is None)
    gap_id = uuid7()
    title = single_line(questions[0].text.split("\n")[0], 300)
    conn.execute(gap.insert().values(
        id=gap_id, title=title, tickets=count, searches=searches, cost=round(count + SEARCH_WORTH * searches, 2),
        state="open", article_id=None, found_at=now,
    ))  # fmt: skip
    rows: list[dict[str, Any]] = [
        {
            "gap_id": gap_id, "place": place, "text": q.text, "reply": q.reply, "lang": q.lang[:12], "count": q.count,
            "ticket": q.ticket, "number": q.number, "contact_ref": q.contact_ref,
        }
        for place, q in enumerate(questions[:KEPT_QUESTIONS])
    ]  # fmt: skip
    conn.execute(gap_question.insert(), rows)


def forget_person(conn: sa.Connection, contact_ref: str) -> None:
    """An erased person's words leave every gap."""
    conn.execute(gap_question.delete().where(gap_question.c.contact_ref == contact_ref))
