"""What closed tickets are about, and which topics grow or shrink: four weeks against the four before, by meaning."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from services.common.text import single_line
from services.core.client import CoreClient
from services.kb.contract import TopicExample, TopicTrend, TopicTrends
from services.kb.desk import Desk
from services.kb.gaps.cluster import clusters
from services.kb.gaps.effect import change
from services.kb.gaps.measure import closed_since
from services.kb.gaps.service import Question, Report, embedded
from services.kb.models import setting

KEY: Final = "topics"  # the whole report is one value: it is read and replaced as a whole
DAYS: Final = 28  # whole weeks, so that weekends weigh alike
MOST: Final = 2000  # tickets that are grouped; a part of them stands for all where there are more
TOPICS: Final = 20
EXAMPLES: Final = 3

Asked = tuple[datetime, Question]


async def look(desk: Desk, core: CoreClient, report: Report) -> int:
    """Group the closed tickets of eight weeks and keep the largest topics. Returns how many."""
    now = desk.clock.now()
    middle = now - timedelta(days=DAYS)
    asked = await closed_since(core, middle - timedelta(days=DAYS), MOST)
    groups: list[list[int]] = []
    if asked:
        vectors = await embedded(desk, [question.text for _, question in asked], report)
        groups = await asyncio.to_thread(clusters, vectors)
    late = sum(at >= middle for at, _ in asked)
    topics = [
        _topic([asked[row] for row in rows], middle, len(asked) - late, late) for rows in groups[:TOPICS]
    ]
    value = {"at": now, "before_of": len(asked) - late, "after_of": late, "topics": topics}
    await desk.db.write(lambda conn: _keep(conn, msgspec.to_builtins(value), now))
    return len(topics)


def _topic(rows: Sequence[Asked], middle: datetime, before_of: int, after_of: int) -> dict[str, Any]:
    after = sum(at >= middle for at, _ in rows)
    found = change(len(rows) - after, before_of, after, after_of)
    return {
        "before": len(rows) - after, "after": after, "change": found.change, "low": found.low, "high": found.high,
        "languages": sorted({question.lang for _, question in rows}),
        # Whose words these are stays with them, so that they can go.
        "examples": [
            {"number": q.number, "title": single_line(q.text.partition("\n")[0], 200), "ref": q.contact_ref}
            for _, q in rows[:EXAMPLES]
        ],
    }  # fmt: skip


def load(conn: sa.Connection) -> TopicTrends:
    """The last report; empty where there was none yet."""
    value = conn.execute(sa.select(setting.c.value).where(setting.c.key == KEY)).scalar()
    if value is None:
        return TopicTrends(days=DAYS)
    topics = [
        TopicTrend(
            before=topic["before"], after=topic["after"], change=topic["change"], low=topic["low"],
            high=topic["high"], languages=topic["languages"],
            examples=[TopicExample(number=one["number"], title=one["title"]) for one in topic["examples"]],
        )
        for topic in value["topics"]
    ]  # fmt: skip
    return TopicTrends(
        days=DAYS, at=msgspec.convert(value["at"], datetime), before_of=value["before_of"],
        after_of=value["after_of"], topics=topics,
    )  # fmt: skip


def forget_person(conn: sa.Connection, contact_ref: str) -> None:
    """An erased person's words leave the report."""
    value = conn.execute(sa.select(setting.c.value).where(setting.c.key == KEY)).scalar()
    if value is None:
        return
    for topic in value["topics"]:
        topic["examples"] = [one for one in topic["examples"] if one["ref"] != contact_ref]
    conn.execute(setting.update().where(setting.c.key == KEY).values(value=value))


def _keep(conn: sa.Connection, value: dict[str, Any], now: datetime) -> None:
    conn.execute(setting.delete().where(setting.c.key == KEY))
    conn.execute(setting.insert().values(key=KEY, value=value, by_id="", at=now))
