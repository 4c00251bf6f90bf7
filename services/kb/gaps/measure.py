"""What became of a gap's questions once its article was published: counted every night, for ninety days."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import numpy as np
import sqlalchemy as sa

from services.core.client import CoreClient
from services.kb.contract import GapEffect
from services.kb.desk import Desk
from services.kb.gaps.effect import FEWEST, Floats, alike, change
from services.kb.gaps.service import Question, Report, embedded, question_of
from services.kb.models import article, gap, gap_question

WINDOW: Final = timedelta(days=90)  # on either side of the day of publishing
SOONEST: Final = timedelta(days=7)  # after it: before that there is nothing to compare
MOST: Final = 4000  # tickets that are looked at: every second, third... where there are more


@dataclass(frozen=True)
class Published:
    """A gap whose article readers have, with the questions that tell its tickets."""

    id: UUID
    since: datetime
    questions: list[tuple[UUID | None, str]]

    def days(self, now: datetime) -> timedelta:
        """How long either side is."""
        return min(WINDOW, now - self.since)


async def measure(desk: Desk, core: CoreClient, report: Report) -> int:
    """Count anew the gaps whose article is between a week and ninety days old. Returns how many."""
    now = desk.clock.now()
    gaps = await desk.db.read(lambda conn: published(conn, now))
    if not gaps:
        return 0
    asked = await closed_since(core, min(one.since - one.days(now) for one in gaps), MOST)
    if not asked:
        return 0
    vectors = await embedded(desk, [question.text for _, question in asked], report)
    found = {}
    for one in gaps:
        questions = await embedded(desk, [text for _, text in one.questions], report)
        found[one.id] = await asyncio.to_thread(_compare, one, questions, asked, vectors, now)
    await desk.db.write(lambda conn: _keep(conn, found))
    return len(found)


def published(conn: sa.Connection, now: datetime) -> list[Published]:
    """Gaps to measure: drafted, their article published to customers, and questions enough to tell them by."""
    query = (
        sa.select(gap.c.id, article.c.published_at, gap_question.c.ticket, gap_question.c.text)
        .join(article, article.c.id == gap.c.article_id)
        .join(gap_question, gap_question.c.gap_id == gap.c.id)
        .where(gap.c.state == "drafted", article.c.state == "published", article.c.visibility != "staff")
        # A day of grace: the last count is of the whole window.
        .where(article.c.published_at.between(now - WINDOW - timedelta(days=1), now - SOONEST))
        .order_by(gap.c.id, gap_question.c.place)
    )
    gaps: dict[UUID, Published] = {}
    for row in conn.execute(query):
        one = gaps.setdefault(row.id, Published(row.id, row.published_at, []))
        one.questions.append((row.ticket, row.text))
    return [one for one in gaps.values() if len(one.questions) >= FEWEST]


async def closed_since(core: CoreClient, since: datetime, most: int) -> list[tuple[datetime, Question]]:
    """Tickets that were closed since, with the moment; every n-th where there are more than `most`."""
    found: list[tuple[datetime, Question]] = []
    seen, step, after = 0, 1, None
    while True:
        page = await core.training_examples(after=after)
        for one in page.items:
            if one.closed_at < since:
                continue
            if seen % step == 0:
                found.append((one.closed_at, question_of(one)))
            seen += 1
            if len(found) > most:
                found, step = found[::2], step * 2
        after = page.next_after
        if after is None:
            return found


def _compare(
    one: Published,
    questions: Floats,
    asked: Sequence[tuple[datetime, Question]],
    vectors: Floats,
    now: datetime,
) -> GapEffect:
    reach = one.days(now)
    rows = [at for at, (closed, _) in enumerate(asked) if one.since - reach <= closed < one.since + reach]
    places = {ticket: at for at, (ticket, _) in enumerate(one.questions) if ticket is not None}
    mine = [places.get(asked[row][1].ticket or one.id) for row in rows]
    own = {at: place for at, place in enumerate(mine) if place is not None}
    late = np.array([asked[row][0] >= one.since for row in rows], dtype=bool)
    theirs = alike(vectors[rows], questions, own) if rows else np.zeros(0, dtype=bool)
    counts = [int(part.sum()) for part in (theirs & ~late, ~late, theirs & late, late)]
    found = change(*counts)
    return GapEffect(
        since=one.since, days=reach.days, before=counts[0], before_of=counts[1], after=counts[2], after_of=counts[3],
        change=found.change, low=found.low, high=found.high, measured_at=now,
    )  # fmt: skip


def _keep(conn: sa.Connection, found: dict[UUID, GapEffect]) -> None:
    rows: list[dict[str, Any]] = [
        {"gap": gap_id, "value": msgspec.to_builtins(effect)} for gap_id, effect in found.items()
    ]
    conn.execute(
        gap.update().where(gap.c.id == sa.bindparam("gap")).values(measured=sa.bindparam("value")), rows
    )
