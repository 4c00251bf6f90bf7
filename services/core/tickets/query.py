"""Lists of tickets: which filters and orders there are, and pages by keyset. Anything else is refused."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from services.common.db.compiled import CompiledSelect
from services.common.errors import FieldError
from services.common.http import Actor, encode_cursor
from services.common.http.paging import BadCursor, decode_cursor
from services.common.ids import parse_uuid
from services.common.text import single_line
from services.core.contract import CHANNELS, STATUSES, TYPES, WORKING_LABELS
from services.core.models import contact, staff, team, team_member, ticket, ticket_tag, ticket_team
from services.core.models.tickets import NO_DEADLINE, deadline
from services.core.search.compile import Compiler
from services.core.search.index import pending
from services.core.taxonomy.lookups import Taxonomy
from services.core.tickets.errors import FieldNotAllowed, UnknownFilter
from services.core.tickets.status import DONE

ACTIVE = ticket.c.working_label != sa.literal_column("'closed'")
OVER = ticket.c.working_label == sa.literal_column("'closed'")
"""Worked on; written with a literal, so that the databases see that the index of active tickets fits."""
_SORTS: dict[str, tuple[sa.ColumnElement[Any], str, bool]] = {
    # Name to the column, the key of its value in a row, and whether the natural order is descending.
    "created": (ticket.c.created_at, "created_at", True),
    "updated": (ticket.c.updated_at, "updated_at", True),
    "priority": (ticket.c.priority_rank, "priority_rank", True),
    "number": (ticket.c.number, "number", True),
    "breach": (deadline, "breach_at", False),
}
CUSTOMER_FILTERS = frozenset({"status", "channel", "q", "label", "requester"})
CUSTOMER_SORTS = frozenset({"created", "updated", "number"})


_teams_of = CompiledSelect(
    sa.select(team.c.key)
    .join(team_member, team_member.c.team_id == team.c.id)
    .where(team_member.c.staff_id == sa.bindparam("who"))
)


class Sort(Struct, frozen=True):
    """A checked order. ``updated`` (newest first), ``-updated`` the same, ``updated:asc`` the other way round."""

    name: str
    descending: bool

    @property
    def column(self) -> sa.ColumnElement[Any]:
        return _SORTS[self.name][0]


class Filters:
    """Turns filter names and values into conditions. Only what is a method here can be asked for."""

    def __init__(
        self,
        conn: sa.Connection,
        taxonomy: Taxonomy,
        actor: Actor,
        now: datetime,
        *,
        by_number: bool = False,
    ) -> None:
        """``by_number``: the list is in the order of numbers, so its words may lead the way: see :attr:`match`."""
        self._conn, self._taxonomy, self._actor, self._now = conn, taxonomy, actor, now
        self._by_number = by_number
        self.match: sa.ColumnElement[bool] | None = None
        self.problems: list[FieldError] = []

    @property
    def conn(self) -> sa.Connection:
        return self._conn

    @property
    def actor(self) -> Actor:
        return self._actor

    @property
    def taxonomy(self) -> Taxonomy:
        return self._taxonomy

    def conditions(self, given: Mapping[str, str]) -> list[sa.ColumnElement[bool]]:
        """The conditions of ``given``; raises :class:`UnknownFilter` with all that cannot be asked."""
        if self._actor.kind == "contact" and (wrong := given.keys() - CUSTOMER_FILTERS):
            raise FieldNotAllowed(f"Your requests cannot be filtered by {', '.join(sorted(wrong))}.")
        found = []
        for name, value in given.items():
            make = _MAKERS.get(name)
            if make is None:
                self.problems.append(FieldError(name, "There is no such filter.", "unknown"))
                continue
            found.append(make(self, single_line(value, 600)))
        if self.problems:
            raise UnknownFilter(errors=self.problems)
        return found

    def _wrong(self, name: str, value: str) -> sa.ColumnElement[bool]:
        self.problems.append(FieldError(name, f"{value[:80]!r} is not known.", "unknown"))
        return sa.false()

    def status(self, value: str) -> sa.ColumnElement[bool]:
        names = value.split(",")
        conditions: list[sa.ColumnElement[bool]] = []
        for name in names:
            if name == "active":
                conditions.append(ACTIVE)
            elif name == "done":
                conditions.append(ticket.c.status_category.in_(DONE))
            elif name in STATUSES:  # a category: its own status and those that the desk added to it
                conditions.append(ticket.c.status.in_(self._taxonomy.statuses_of(name)))
            elif name in self._taxonomy.statuses:
                conditions.append(ticket.c.status == name)
            else:
                return self._wrong("status", name)
        return sa.or_(*conditions)

    def priority(self, value: str) -> sa.ColumnElement[bool]:
        names = value.split(",")
        if unknown := [name for name in names if name not in self._taxonomy.priorities]:
            return self._wrong("priority", unknown[0])
        return ticket.c.priority.in_(names)

    def category(self, value: str) -> sa.ColumnElement[bool]:
        """A category with everything below it; ``none`` for tickets without."""
        if value == "none":
            return ticket.c.category.is_(None)
        key = value if value in self._taxonomy.categories else self._taxonomy.category_key(value)
        if key is None:
            return self._wrong("category", value)
        return ticket.c.category.in_(sorted(self._taxonomy.below(key)))

    def tag(self, value: str) -> sa.ColumnElement[bool]:
        tagged = [
            ticket.c.id.in_(sa.select(ticket_tag.c.ticket_id).where(ticket_tag.c.tag == name))
            for name in value.split(",")
        ]
        return sa.and_(*tagged)

    def assignee(self, value: str) -> sa.ColumnElement[bool]:
        if value == "none":
            return ticket.c.assignee_id.is_(None)
        who = parse_uuid(self._actor.id if value == "me" else value)
        if who is not None:
            return ticket.c.assignee_id == who
        if value == "me":
            return sa.false()
        return ticket.c.assignee_id.in_(sa.select(staff.c.id).where(staff.c.email == value.lower()))

    def team(self, value: str) -> sa.ColumnElement[bool]:
        if value == "none":
            return ticket.c.team.is_(None)
        if value == "mine":
            mine = [row["key"] for row in _teams_of.all(self._conn, who=parse_uuid(self._actor.id))]
            return self._with_helpers(mine) if mine else sa.false()
        key = value if value in self._taxonomy.teams else self._taxonomy.team_key(value)
        return self._with_helpers([key]) if key else self._wrong("team", value)

    @staticmethod
    def _with_helpers(teams: list[str]) -> sa.ColumnElement[bool]:
        """Tickets of these teams, and those on which they work along."""
        along = sa.select(ticket_team.c.ticket_id).where(ticket_team.c.team.in_(teams))
        return sa.or_(ticket.c.team.in_(teams), ticket.c.id.in_(along))

    def channel(self, value: str) -> sa.ColumnElement[bool]:
        names = value.split(",")
        return ticket.c.channel.in_(names) if set(names) <= set(CHANNELS) else self._wrong("channel", value)

    def type(self, value: str) -> sa.ColumnElement[bool]:
        return ticket.c.type == value if value in TYPES else self._wrong("type", value)

    def label(self, value: str) -> sa.ColumnElement[bool]:
        if value not in WORKING_LABELS:
            return self._wrong("label", value)
        named = ticket.c.working_label == value
        return named if value == "closed" else sa.and_(named, ACTIVE)

    def triage(self, value: str) -> sa.ColumnElement[bool]:
        known = {"waiting", "decided", "abstained"}
        return ticket.c.triage == value if value in known else self._wrong("triage", value)

    def requester(self, value: str) -> sa.ColumnElement[bool]:
        who = parse_uuid(self._actor.id if value == "me" else value)
        if who is not None:
            return ticket.c.requester_id == who
        return ticket.c.requester_id.in_(sa.select(contact.c.id).where(contact.c.email == value.lower()))

    def q(self, value: str) -> sa.ColumnElement[bool]:
        """A query in the language of `core.search`; it looks in what the actor may read."""
        fresh = pending(self._conn)
        compiler = Compiler(self, self._conn.dialect.name, self._now, fresh, leads=self._by_number)
        condition = compiler.condition(value)
        self.match = compiler.match
        return condition


_MAKERS: dict[str, Callable[[Filters, str], sa.ColumnElement[bool]]] = {
    "status": Filters.status,
    "priority": Filters.priority,
    "category": Filters.category,
    "tag": Filters.tag,
    "assignee": Filters.assignee,
    "team": Filters.team,
    "channel": Filters.channel,
    "type": Filters.type,
    "label": Filters.label,
    "triage": Filters.triage,
    "requester": Filters.requester,
    "q": Filters.q,
}
FILTERS = frozenset(_MAKERS)


def parse_sort(given: str | None, actor: Actor) -> Sort:
    """The order that ``given`` names; raises :class:`UnknownFilter`."""
    name, _, direction = (given or "updated").removeprefix("-").partition(":")
    if name not in _SORTS or direction not in {"", "asc", "desc"}:
        raise UnknownFilter(errors=[FieldError("sort", "There is no such order.", "unknown")])
    if actor.kind == "contact" and name not in CUSTOMER_SORTS:
        raise FieldNotAllowed(f"Your requests cannot be sorted by {name}.")
    natural = True if (given or "").startswith("-") else _SORTS[name][2]
    return Sort(name, {"asc": False, "desc": True}.get(direction, natural))


def after(
    query: sa.Select[Any], sort: Sort, cursor: str | None, *, column: sa.ColumnElement[Any] | None = None
) -> sa.Select[Any]:
    """``query`` in order, behind the row that ``cursor`` names; ``column`` has the ticket's number in a query by it."""
    if (at := decode_cursor(cursor, str, str, str)) is not None:
        name, raw, row_id = at
        last = parse_uuid(row_id)
        if name != f"{sort.name}{'-' if sort.descending else '+'}" or last is None:
            raise BadCursor
        value = _cursor_value(sort, raw)
        if column is not None:
            query = query.where(column < value if sort.descending else column > value)
            return query.order_by(column.desc() if sort.descending else column)
        here = sa.tuple_(sort.column, ticket.c.id)
        bound = sa.tuple_(sa.literal(value, sort.column.type), sa.literal(last, ticket.c.id.type))
        query = query.where(here < bound if sort.descending else here > bound)
        if sort.name == "breach":
            # SQLite begins where the expression itself has a bound, not where a pair with it has one.
            query = query.where(sort.column <= value if sort.descending else sort.column >= value)
    if column is not None:
        return query.order_by(column.desc() if sort.descending else column)
    return in_order(query, sort)


def in_order(query: sa.Select[Any], sort: Sort) -> sa.Select[Any]:
    """``query`` in order."""
    if sort.descending:
        return query.order_by(sort.column.desc(), ticket.c.id.desc())
    return query.order_by(sort.column, ticket.c.id)


def cursor_of(row: Mapping[str, Any], sort: Sort) -> str:
    """The cursor behind ``row``."""
    value = row[_SORTS[sort.name][1]]
    if sort.name == "breach" and value is None:
        value = NO_DEADLINE
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return encode_cursor(f"{sort.name}{'-' if sort.descending else '+'}", text, str(row["id"]))


def _cursor_value(sort: Sort, raw: str) -> Any:
    try:
        if sort.name in {"priority", "number"}:
            return int(raw)
        value = datetime.fromisoformat(raw)
    except ValueError as error:
        raise BadCursor from error
    if value.tzinfo is None:
        raise BadCursor
    return value
