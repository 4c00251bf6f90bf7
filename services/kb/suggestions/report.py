"""The deflection report. The database counts: visitors who had the same sessions and tickets
are one row, however many they are."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.kb.articles.repository import best_language
from services.kb.contract import ArmView, DeflectionOutcomes, DeflectionReport, DeflectionRow, EffectView
from services.kb.models import article, section, session_event, suggestion_session, translation
from services.kb.sections.repository import name_in
from services.kb.suggestions.effect import Arm, Effect, effect, imbalance
from services.kb.suggestions.returns import WINDOW

ROWS: Final = 20  # of each table; the rest have too few sessions to say anything
MOST_A_DAY: Final = (
    1  # sessions a day over the period, and at least 20: beyond it a visitor is taken for a script
)
MOST: Final = 20

_s = suggestion_session.c
_failed = sa.case((sa.or_(_s.ticket_at.is_not(None), _s.returned_at.is_not(None)), 1), else_=0)
Arms = dict[str, Arm]


def deflection(
    conn: sa.Connection, now: datetime, days: int, share: float, locale: str = ""
) -> DeflectionReport:
    """What suggestions were worth over the last `days`; sessions of the last week are still waiting."""
    since, until = now - timedelta(days=days), now - WINDOW
    most = max(MOST, days * MOST_A_DAY)
    period = sa.and_(_s.started_at >= since, _s.started_at <= now)
    crowded = _crowded(period, most)
    alone = sa.or_(_s.visitor.not_in(crowded), _s.visitor.is_(None))
    counted = sa.and_(period, _s.started_at < until, _s.vouched, _s.visitor.is_not(None), alone)
    everyone = _arms(conn, counted).get("", {})
    known = _arms(conn, sa.and_(counted, _s.known)).get("", {})
    found = effect(*_pair(everyone))
    shown = everyone.get("shown", Arm())
    return DeflectionReport(
        since=since, until=until, control_share=share, effect=_effect(found), known=_effect(effect(*_pair(known))),
        avoided=None if found.per_100 is None else found.per_100 / 100 * shown.sessions, shown=_arm(shown),
        control=_arm(everyone.get("control", Arm())), outcomes=_outcomes(conn, counted),
        by_article=_by_article(conn, counted, locale), by_section=_by_section(conn, counted, locale),
        by_language=[_row(lang, lang, arms) for lang, arms in _ordered(_arms(conn, counted, _s.lang))],
        waiting=_count(conn, period, _s.vouched, _s.started_at >= until), unvouched=_count(conn, period, ~_s.vouched),
        crowded=_count(conn, period, _s.vouched, _s.visitor.in_(crowded)),
        imbalance=imbalance(everyone.get("control", Arm()).visitors, shown.visitors, share),
    )  # fmt: skip


def _crowded(period: sa.ColumnElement[bool], most: int) -> sa.Select[Any]:
    """Visitors with more sessions than a person has. Both arms are cut alike."""
    query = sa.select(_s.visitor).where(period, _s.visitor.is_not(None))
    return query.group_by(_s.visitor).having(sa.func.count() > most)


def _arms(
    conn: sa.Connection,
    counted: sa.ColumnElement[bool],
    group: sa.ColumnElement[Any] | None = None,
    through: sa.FromClause | None = None,
) -> dict[Any, Arms]:
    """Visitors by group and arm. `through` are (session_id, key) pairs, each once."""
    key: sa.ColumnElement[Any] = sa.literal_column("''") if group is None else group
    by = [_s.arm, _s.visitor, *([] if group is None else [group])]
    columns = (key.label("key"), _s.arm, _s.visitor, sa.func.count().label("visits"))
    visits = sa.select(*columns, sa.func.sum(_failed).label("failed"))
    if through is not None:
        visits = visits.select_from(suggestion_session.join(through, through.c.session_id == _s.id))
    v = visits.where(counted).group_by(*by).subquery().c
    alike = (v.key, v.arm, v.visits, v.failed)
    query = sa.select(*alike, sa.func.count().label("visitors")).group_by(*alike)
    found: dict[Any, Arms] = {}
    for row in conn.execute(query):
        arm = found.setdefault(row.key, {}).setdefault(row.arm, Arm())
        arm.add(int(row.visits), int(row.failed), row.visitors)
    return found


def _offers(*columns: Any) -> Any:
    return sa.select(session_event.c.session_id, *columns).where(session_event.c.kind == "shown").distinct()


def _by_article(conn: sa.Connection, counted: sa.ColumnElement[bool], locale: str) -> list[DeflectionRow]:
    offers = _offers(session_event.c.article_id.label("key")).subquery()
    rows = _ordered(_arms(conn, counted, offers.c.key, offers))
    titles: dict[UUID, dict[str, str]] = {}
    query = sa.select(translation.c.article_id, translation.c.lang, translation.c.title)
    for row in conn.execute(query.where(translation.c.article_id.in_([key for key, _ in rows]))):
        titles.setdefault(row.article_id, {})[row.lang] = row.title
    return [_row(str(key), _title(titles.get(key, {}), locale), arms) for key, arms in rows]


def _title(titles: dict[str, str], locale: str) -> str:
    return titles[best_language(list(titles), [locale or "en"])] if titles else ""


def _by_section(conn: sa.Connection, counted: sa.ColumnElement[bool], locale: str) -> list[DeflectionRow]:
    offers = _offers(article.c.section_id.label("key"))
    offers = offers.where(
        article.c.id == session_event.c.article_id, article.c.section_id.is_not(None)
    ).subquery()
    rows = _ordered(_arms(conn, counted, offers.c.key, offers))
    query = sa.select(section.c.id, section.c.name).where(section.c.id.in_([key for key, _ in rows]))
    names = {row.id: name_in(row.name, locale or "en") for row in conn.execute(query)}
    return [_row(str(key), names.get(key, ""), arms) for key, arms in rows]


def _outcomes(conn: sa.Connection, counted: sa.ColumnElement[bool]) -> DeflectionOutcomes:
    opened = sa.exists().where(session_event.c.session_id == _s.id, session_event.c.kind == "opened")
    offered = sa.exists().where(session_event.c.session_id == _s.id, session_event.c.kind == "shown")
    name = sa.case(
        (sa.and_(_s.ticket_at.is_not(None), offered), "ticket_anyway"), (_s.ticket_at.is_not(None), "ticket"),
        (_s.returned_at.is_not(None), "recontacted"), (_s.outcome == "solved", "confirmed"), (opened, "assumed"),
        else_="unread",
    )  # fmt: skip
    # Named in a subquery: PostgreSQL takes two equal expressions with parameters for different ones.
    ended = sa.select(name.label("name")).where(counted, _s.arm == "shown").subquery().c
    query = sa.select(ended.name, sa.func.count()).group_by(ended.name)
    return DeflectionOutcomes(**{row[0]: row[1] for row in conn.execute(query)})


def _count(conn: sa.Connection, *conditions: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(suggestion_session).where(*conditions)
    return int(conn.execute(query).scalar_one())


def _pair(arms: Arms) -> tuple[Arm, Arm]:
    return arms.get("control", Arm()), arms.get("shown", Arm())


def _ordered(groups: dict[Any, Arms]) -> list[tuple[Any, Arms]]:
    """The groups with most sessions first."""
    return sorted(
        groups.items(), key=lambda item: (-sum(arm.sessions for arm in item[1].values()), str(item[0]))
    )[:ROWS]


def _row(key: str, name: str, arms: Arms) -> DeflectionRow:
    control, shown = _pair(arms)
    return DeflectionRow(
        key=key, name=name, effect=_effect(effect(control, shown)), shown=_arm(shown), control=_arm(control)
    )


def _effect(found: Effect) -> EffectView:
    return EffectView(per_100=found.per_100, low=found.low, high=found.high, enough=found.enough)


def _arm(arm: Arm) -> ArmView:
    return ArmView(visitors=arm.visitors, sessions=arm.sessions, tickets=arm.tickets, rate=arm.rate)
