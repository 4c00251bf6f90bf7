"""The queue's orders and counts come from indexes of what is open: what a page costs does not grow with the desk."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from services.common.http import Actor
from services.core.tickets import listing
from services.core.views.repository import BUILT_IN, counted
from tests.service.core.conftest import Desk

LEAD = Actor(
    id="01a219d1-3e8e-7790-adce-547db93f97bf", kind="staff", roles=("admin",), scopes=("tickets:read",)
)
NOW = datetime(2026, 11, 26, tzinfo=UTC)
NARROW = "SELECT ticket.id \nFROM ticket \nWHERE"


async def plan(
    desk: Desk, *, sort: str | None = None, view: str | None = None, cursor: str | None = None
) -> str:
    """What the database says about how it would find one page of tickets; PostgreSQL may not sort."""

    def explained(conn: sa.Connection) -> str:
        seen: list[tuple[str, Any]] = []

        def keep(_: Any, __: Any, statement: str, parameters: Any, *rest: Any) -> None:
            seen.append((statement, parameters))

        event.listen(conn, "before_cursor_execute", keep)
        filters = {} if view else {"status": "active"}
        listing.page(conn, desk.core, LEAD, filters, sort=sort, view=view, limit=25, cursor=cursor)
        event.remove(conn, "before_cursor_execute", keep)
        statement, parameters = next(pair for pair in seen if pair[0].startswith(NARROW))
        if conn.dialect.name == "sqlite":
            rows = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return "\n".join(row[3] for row in rows)
        conn.exec_driver_sql("SET LOCAL enable_sort = off")  # a table of two rows is sorted where it may be
        conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return "\n".join(row[0] for row in conn.exec_driver_sql(f"EXPLAIN {statement}", parameters))

    return await desk.core.db.read(explained)


def sorts(found: str) -> bool:
    return "TEMP B-TREE" in found or "Sort" in found


READ_FROM = {
    "mine": "ix_ticket_hands", "unassigned": "ix_ticket_hands", "triage": "ix_ticket_triage",
    "team": "ix_ticket_active", "new": "ix_ticket_active", "due": "ix_ticket_deadline",
    "waiting": "ix_ticket_open", "open": "ix_ticket_open", "all": "ix_ticket_updated",
}  # fmt: skip


@pytest.mark.parametrize("view", [view.key for view in BUILT_IN])
async def test_a_view_is_read_in_the_order_of_its_index(desk: Desk, view: str) -> None:
    found = await plan(desk, view=view)
    assert not sorts(found), found
    if desk.core.db.dialect != "postgresql":
        assert READ_FROM[view] in found, found


@pytest.mark.parametrize("dialect", ["sqlite"])  # PostgreSQL goes by how many rows there are: here, none
async def test_what_is_in_a_view_is_counted_from_the_index_that_lists_it(desk: Desk) -> None:
    def explained(conn: sa.Connection) -> str:
        seen: list[tuple[str, Any]] = []
        event.listen(
            conn, "before_cursor_execute", lambda _, __, text, values, *rest: seen.append((text, values))
        )
        counted(
            conn, [msgspec.structs.replace(one) for one in BUILT_IN], desk.core.lookups.get(conn), LEAD, NOW
        )
        statement, parameters = next(pair for pair in seen if pair[0].startswith("SELECT (SELECT count"))
        rows = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return "\n".join(row[3] for row in rows)

    found = await desk.core.db.read(explained)
    assert not sorts(found), found
    for index in set(READ_FROM.values()):
        assert index in found, found


@pytest.mark.parametrize("sort", ["breach", "breach:desc"])
async def test_an_order_by_deadline_is_an_index_on_every_page(
    desk: Desk, agent: dict[str, str], sort: str
) -> None:
    for _ in range(2):
        await desk.ticket(agent)
    first = await desk.http.get("/api/v1/tickets", params={"sort": sort, "limit": 1}, headers=agent)
    for cursor in (None, first.json()["next_cursor"]):
        found = await plan(desk, sort=sort, cursor=cursor)
        assert "ix_ticket_deadline" in found, found
        assert not sorts(found), found
        begins = "USING INDEX ix_ticket_deadline (" in found or "Index Cond" in found
        assert begins == (cursor is not None), found
