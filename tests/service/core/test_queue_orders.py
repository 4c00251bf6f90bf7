"""The queue's orders and counts come from indexes of what is open: what a page costs does not grow with the desk."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from services.common.http import Actor
from services.common.ids import uuid7
from services.core.identity import people
from services.core.models import team, team_member, ticket
from services.core.search import fulltext
from services.core.tickets import listing
from services.core.views.repository import BUILT_IN, counted
from tests.service.core.conftest import Desk

NOW = datetime(2026, 11, 26, tzinfo=UTC)
NARROW = "SELECT ticket.id \nFROM ticket \nWHERE"


async def a_member(desk: Desk) -> Actor:
    """Somebody with a team: whoever has none has an empty view of it."""
    await desk.person("member@desk.test", "admin")
    account = await desk.core.db.read(lambda conn: people.by_email(conn, "member@desk.test"))
    assert account is not None
    key = uuid7()

    def join(conn: sa.Connection) -> None:
        words = {"name": {"en": "Cards"}, "description": {}, "active": True, "version": 1}
        conn.execute(team.insert(), {"id": key, "key": "cards", **words})
        conn.execute(team_member.insert(), {"team_id": key, "staff_id": UUID(account.actor.id)})

    await desk.core.db.write(join)
    return account.actor


async def plan(
    desk: Desk, member: Actor, *, sort: str | None = None, view: str | None = None, cursor: str | None = None
) -> str:
    """What the database says about how it would find one page of tickets; PostgreSQL may not sort."""

    def explained(conn: sa.Connection) -> str:
        seen: list[tuple[str, Any]] = []

        def keep(_: Any, __: Any, statement: str, parameters: Any, *rest: Any) -> None:
            seen.append((statement, parameters))

        event.listen(conn, "before_cursor_execute", keep)
        filters = {} if view else {"status": "active"}
        listing.page(conn, desk.core, member, filters, sort=sort, view=view, limit=25, cursor=cursor)
        event.remove(conn, "before_cursor_execute", keep)
        statement, parameters = next(pair for pair in seen if pair[0].startswith(NARROW))
        if conn.dialect.name == "sqlite":
            rows = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return "\n".join(row[3] for row in rows)
        conn.exec_driver_sql("SET LOCAL enable_sort = off")  # a table of two rows is sorted where it may be
        conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return "\n".join(row[0] for row in conn.exec_driver_sql(f"EXPLAIN {statement}", parameters))

    return await desk.core.db.write(explained)  # `SET LOCAL` holds in a transaction


def sorts(found: str) -> bool:
    return "TEMP B-TREE" in found or "Sort" in found


READ_FROM = {
    "mine": "ix_ticket_hands", "unassigned": "ix_ticket_hands", "triage": "ix_ticket_triage",
    "team": "ix_ticket_active", "new": "ix_ticket_active", "due": "ix_ticket_deadline",
    "waiting": "ix_ticket_open", "open": "ix_ticket_open", "all": "ix_ticket_updated",
}  # fmt: skip


@pytest.mark.parametrize("view", [view.key for view in BUILT_IN])
async def test_a_view_is_read_in_the_order_of_its_index(desk: Desk, view: str) -> None:
    found = await plan(desk, await a_member(desk), view=view)
    assert not sorts(found), found
    if desk.core.db.dialect != "postgresql":
        assert READ_FROM[view] in found, found


@pytest.mark.parametrize("dialect", ["sqlite"])  # PostgreSQL goes by how many rows there are: here, none
async def test_what_is_in_a_view_is_counted_from_the_index_that_lists_it(desk: Desk) -> None:
    member = await a_member(desk)

    def explained(conn: sa.Connection) -> str:
        seen: list[tuple[str, Any]] = []
        event.listen(
            conn, "before_cursor_execute", lambda _, __, text, values, *rest: seen.append((text, values))
        )
        views = [msgspec.structs.replace(one) for one in BUILT_IN]
        counted(conn, views, desk.core.lookups.get(conn), member, NOW)
        statement, parameters = next(pair for pair in seen if pair[0].startswith("SELECT (SELECT count"))
        rows = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return "\n".join(row[3] for row in rows)

    found = await desk.core.db.read(explained)
    assert not sorts(found), found
    for index in set(READ_FROM.values()) - {"ix_ticket_deadline"}:
        assert index in found, found
    assert "ix_ticket_deadline" not in found  # by deadline: the same tickets as "open", counted once


@pytest.mark.parametrize("sort", ["breach", "breach:desc"])
async def test_an_order_by_deadline_is_an_index_on_every_page(
    desk: Desk, agent: dict[str, str], sort: str
) -> None:
    for _ in range(2):
        await desk.ticket(agent)
    first = await desk.http.get("/api/v1/tickets", params={"sort": sort, "limit": 1}, headers=agent)
    member = await a_member(desk)
    for cursor in (None, first.json()["next_cursor"]):
        found = await plan(desk, member, sort=sort, cursor=cursor)
        assert "ix_ticket_deadline" in found, found
        assert not sorts(found), found
        begins = "USING INDEX ix_ticket_deadline (" in found or "Index Cond" in found
        assert begins == (cursor is not None), found


async def test_every_view_that_shows_the_same_tickets_has_their_count(
    desk: Desk, agent: dict[str, str]
) -> None:
    await desk.ticket(agent)
    views = (await desk.http.get("/api/v1/views", headers=agent)).json()
    found = {view["key"]: view["count"] for view in views}
    assert found["open"] == found["due"] == found["all"] == 1
    assert found["mine"] == found["team"] == 0


@pytest.mark.parametrize("dialect", ["postgresql"])
@pytest.mark.parametrize(
    ("times", "begins"), [(40, "Index Scan Backward using ticket_fts_pkey"), (5, "ProjectSet")]
)
async def test_a_common_word_is_read_in_order_and_a_rare_one_from_the_index(
    desk: Desk, times: int, begins: str
) -> None:
    """PostgreSQL cannot tell how often a beginning stands there; ``hits`` looks, and says which way to go."""

    def explained(conn: sa.Connection) -> str:
        words = ["divisa" if place < times else "nada" for place in range(2_000)]
        parts = {"subject": "", "people": "", "private": ""}
        fulltext.write(
            conn, [{"number": 1_000 + at, "public": word, **parts} for at, word in enumerate(words[::-1])]
        )
        conn.exec_driver_sql("ANALYZE ticket_fts")
        match = fulltext.condition("postgresql", [fulltext.Ask(("divis",), exact=False)])
        found = fulltext.hits(conn, match, descending=True)
        page = sa.select(found.c.rowid).order_by(found.c.rowid.desc()).limit(5)
        assert list(conn.execute(page).scalars()) == [2_999, 2_998, 2_997, 2_996, 2_995]
        whole = page.join(ticket, ticket.c.number == found.c.rowid)
        compiled = whole.compile(dialect=conn.dialect, compile_kwargs={"literal_binds": True})
        return "\n".join(row[0] for row in conn.exec_driver_sql(f"EXPLAIN {compiled}"))

    plan = await desk.core.db.write(explained)
    assert begins in plan, plan
