"""One page of tickets."""

from collections.abc import Mapping

import sqlalchemy as sa

from services.common.http import Actor, clamp_limit, require
from services.core.contract import TicketPage
from services.core.desk import Core
from services.core.models import ticket
from services.core.search import fulltext
from services.core.search.compile import has_words
from services.core.tickets import repository
from services.core.tickets.anatomy import row_view
from services.core.tickets.query import Filters, after, cursor_of, in_order, parse_sort
from services.core.views.errors import ViewNotFound
from services.core.views.repository import find_view


def page(
    conn: sa.Connection,
    core: Core,
    actor: Actor,
    filters: Mapping[str, str],
    *,
    sort: str | None,
    view: str | None,
    limit: int | None,
    cursor: str | None,
) -> TicketPage:
    """Tickets that match, in order. A view gives filters and order where the request has none of its own."""
    require(actor, "tickets:read")
    wanted = dict(filters)
    if view:
        saved = find_view(conn, view, actor)
        if saved is None:
            raise ViewNotFound
        wanted = {**saved.filters, **wanted}
        sort = sort or saved.sort
    if sort is None and wanted.get("q") and has_words(wanted["q"]):
        sort = "number"  # text is found newest first, in the order of the index
    order, size = parse_sort(sort, actor), clamp_limit(limit)
    by_number = order.name == "number"
    filters_ = Filters(conn, core.lookups.get(conn), actor, core.now(), by_number=by_number)
    conditions = filters_.conditions(wanted)
    # First which tickets, from as few columns as that takes, then all about those few.
    narrow = sa.select(ticket.c.id).where(repository.readable(actor), *conditions)
    if filters_.match is not None:
        hits = fulltext.hits(conn, filters_.match, descending=order.descending)
        narrow = narrow.select_from(hits.join(ticket, ticket.c.number == hits.c.rowid))
        narrow = after(narrow, order, cursor, column=hits.c.rowid)
    else:
        narrow = after(narrow, order, cursor)
    found = conn.execute(narrow.limit(size + 1)).scalars().all()
    query = in_order(repository.listed(actor).where(ticket.c.id.in_(found)), order)
    rows = [dict(row) for row in conn.execute(query).mappings()]
    more = len(rows) > size
    rows = rows[:size]
    return TicketPage(
        items=[row_view(row, actor) for row in rows], next_cursor=cursor_of(rows[-1], order) if more else None
    )
