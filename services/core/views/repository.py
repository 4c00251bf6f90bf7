"""Views that an actor may see, and how many tickets each holds for them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from services.common.errors import DeskError
from services.common.http import Actor
from services.common.ids import parse_uuid
from services.core.contract import View
from services.core.models import ticket, view
from services.core.taxonomy.lookups import Taxonomy
from services.core.tickets.query import Filters, after, parse_sort
from services.core.tickets.repository import readable

_BUILT_IN: tuple[tuple[str, str, str, dict[str, str], str], ...] = (
    ("mine", "Mine", "Míos", {"assignee": "me", "status": "active"}, "priority"),
    ("team", "My team", "Mi equipo", {"team": "mine", "status": "active"}, "priority"),
    (
        "triage",
        "Human triage",
        "Triaje humano",
        {"triage": "abstained", "status": "active", "category": "none"},
        "created:asc",
    ),
    ("unassigned", "Unassigned", "Sin asignar", {"assignee": "none", "status": "active"}, "priority"),
    ("new", "New", "Nuevos", {"label": "new"}, "priority"),
    ("due", "By deadline", "Por plazo", {"status": "active"}, "breach"),
    ("waiting", "Awaiting our reply", "Esperan respuesta", {"label": "awaiting_reply"}, "updated:asc"),
    ("open", "All open", "Todos los abiertos", {"status": "active"}, "updated"),
    ("all", "All", "Todos", {}, "updated"),
)
BUILT_IN = [
    View(id=key, key=key, name={"en": en, "es": es}, filters=filters, sort=sort, scope="system", count=0)
    for key, en, es, filters, sort in _BUILT_IN
]
MOST_COUNTED = 1000


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """The condition on ``view`` under which an actor may use it."""
    return sa.or_(view.c.scope == "shared", sa.and_(view.c.scope == "personal", view.c.owner_id == actor.id))


def saved_views(conn: sa.Connection, actor: Actor) -> list[View]:
    """Saved views that the actor may use, oldest first, without counts."""
    rows = conn.execute(sa.select(view).where(visible(actor)).order_by(view.c.id)).mappings()
    return [as_view(row) for row in rows]


def find_view(conn: sa.Connection, key: str, actor: Actor) -> View | None:
    """A built-in view by key or a saved one by id, for staff."""
    if not actor.is_staff:
        return None
    if (built_in := next((v for v in BUILT_IN if v.key == key), None)) is not None:
        return built_in
    view_id = parse_uuid(key)
    if view_id is None:
        return None
    row = conn.execute(sa.select(view).where(view.c.id == view_id, visible(actor))).mappings().first()
    return as_view(row) if row else None


def as_view(row: Mapping[Any, Any]) -> View:
    """A saved view from its row."""
    return View(
        id=str(row["id"]),
        key=str(row["id"]),
        name=row["name"],
        filters=row["filters"],
        sort=row["sort"],
        scope=row["scope"],
        count=0,
        version=row["version"],
    )


def counted(
    conn: sa.Connection, views: list[View], taxonomy: Taxonomy, actor: Actor, now: datetime
) -> list[View]:
    """The views with the number of tickets in each, at most :data:`MOST_COUNTED`, in one statement.

    Counting stops there: nobody reads more from the side of a page, and a long list must not slow every page.
    Each is counted in its own order, so that the index that gives the list gives the count. Views that show the same
    tickets in another order have one count.
    """
    alike = {msgspec.json.encode(one.filters, order="sorted"): at for at, one in enumerate(views)}
    columns = []
    for at in alike.values():
        one = views[at]
        try:
            conditions = Filters(conn, taxonomy, actor, now).conditions(one.filters)
            order = parse_sort(one.sort, actor)
        except DeskError:  # a saved filter may name what has been taken out of use meanwhile
            conditions, order = [sa.false()], parse_sort(None, actor)
        listed = after(sa.select(ticket.c.id).where(readable(actor), *conditions), order, None)
        some = listed.limit(MOST_COUNTED).subquery()
        columns.append(sa.select(sa.func.count()).select_from(some).scalar_subquery().label(f"n{at}"))
    counts = dict(zip(alike, conn.execute(sa.select(*columns)).one(), strict=True))
    for one in views:
        one.count = int(counts[msgspec.json.encode(one.filters, order="sorted")])
    return views
