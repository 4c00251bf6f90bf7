"""From the tree of a query to conditions on ``ticket``. Fields mean what the filters of lists mean."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.common.http import Actor
from services.common.text.quote import fold
from services.core.messages.timeline import shown_to
from services.core.models import contact, message, organization, staff, ticket
from services.core.search import fulltext, when
from services.core.search.errors import wrong
from services.core.search.fulltext import Ask, Asked, Either
from services.core.search.language import OWN, All, Field, Node, Not, Number, Some, Words, leaves, parse
from services.core.tickets.errors import FieldNotAllowed
from services.core.tickets.ids import MAX_NUMBER, number_in_query

if TYPE_CHECKING:
    from services.core.tickets.query import Filters

Condition = sa.ColumnElement[bool]
CUSTOMER_FIELDS = frozenset({"status", "is", "channel", "number", "subject", "created", "updated"})
_PUBLIC = ("subject", "public")
_TIMES = {"created": ticket.c.created_at, "updated": ticket.c.updated_at, "closed": ticket.c.closed_at}
_IS: dict[str, dict[str, str]] = {
    "open": {"status": "active"},
    "closed": {"status": "done"},
    "new": {"label": "new"},
    "waiting": {"label": "awaiting_reply"},
    "unassigned": {"assignee": "none"},
    "mine": {"assignee": "me"},
    "unsure": {"triage": "abstained"},
}
_CUSTOMER_IS = ("open", "closed")
_SAME = {
    "abierto": "open", "abierta": "open", "cerrado": "closed", "cerrada": "closed", "nuevo": "new",
    "espera": "waiting", "libre": "unassigned", "mio": "mine", "dudoso": "unsure",
    "yo": "me", "nadie": "none", "ninguno": "none", "ninguna": "none", "adjunto": "attachment", "nota": "note",
    "activo": "active", "activos": "active", "hecho": "done", "hechos": "done",
}  # fmt: skip
"""Spanish words for fixed values."""


def has_words(text: str) -> bool:
    """Whether the query looks for text, so that the newest match first is the order to show."""
    return any(isinstance(leaf, Words) for leaf in leaves(parse(text)))


class Compiler:
    """Compiles one query for one actor. ``fresh`` are numbers of tickets that the index does not know yet.

    With ``leads``, the words that all have to stand there are left out of the condition and given as :attr:`match`
    on the index itself, which the list is then read from in its order: common words cost no more than rare ones.
    """

    def __init__(
        self, filters: "Filters", dialect: str, now: datetime, fresh: Sequence[int], *, leads: bool = False
    ) -> None:
        self._filters, self._dialect, self._now, self._fresh = filters, dialect, now, fresh
        self._leads = leads and not fresh
        self.match: Condition | None = None
        self._customer = filters.actor.kind == "contact"

    def condition(self, text: str) -> Condition:
        """The whole query; raises :class:`QueryWrong`."""
        tree = parse(text)
        nodes: list[Node] = tree.each if isinstance(tree, All) else [tree]
        asks, others = self._text(nodes)
        if self._leads and asks:
            self.match = fulltext.condition(self._dialect, asks)
            return self._all(others)
        return self._node(tree)

    def _text(self, nodes: Sequence[Node]) -> tuple[list[Asked], list[Node]]:
        """What the index alone answers of nodes that all have to hold, and the others.

        A lone number is not for it: that finds the ticket that has it as well.
        """
        words = [one for one in nodes if isinstance(one, Words)]
        others: list[Node] = [one for one in nodes if not isinstance(one, Words)]
        if len(words) == 1 and number_in_query(words[0].text) is not None:
            return [], list(nodes)
        asks: list[Asked] = list(self._asks((w.text, w.exact) for w in words))
        either = [(one, self._either(one)) for one in others if isinstance(one, Some)]
        asks += [made for _, made in either if made]
        taken = [one for one, made in either if made]
        return asks, [one for one in others if one not in taken]

    def _either(self, some: Some) -> Either | None:
        """Alternatives as one question to the index, where all of them are words."""
        each = []
        for one in some.each:
            asks, others = self._text(one.each if isinstance(one, All) else [one])
            plain = [ask for ask in asks if isinstance(ask, Ask)]
            if others or not plain or len(plain) != len(asks):
                return None
            each.append(tuple(plain))
        return Either(tuple(each))

    def _node(self, node: Node) -> Condition:
        if isinstance(node, All):
            return self._all(node.each)
        if isinstance(node, Some) and not self._fresh and (either := self._either(node)):
            return self._stands([either], [fulltext.matching(self._dialect, [either])])
        if isinstance(node, Some):
            return sa.or_(*[self._node(one) for one in node.each])
        if isinstance(node, Not):
            return sa.not_(sa.func.coalesce(self._node(node.one), sa.false()))
        if isinstance(node, Number):
            return ticket.c.number == node.value if node.value < MAX_NUMBER else sa.false()
        if isinstance(node, Field):
            return self._field(node)
        return self._words([node])

    def _all(self, nodes: Sequence[Node]) -> Condition:
        words = [one for one in nodes if isinstance(one, Words)]
        others = [self._node(one) for one in nodes if not isinstance(one, Words)]
        return sa.and_(sa.true(), *([self._words(words)] if words else []), *others)

    # -- text

    def _words(self, words: Sequence[Words]) -> Condition:
        """All of ``words``; a lone number also finds the ticket that has it."""
        asks = self._asks((w.text, w.exact) for w in words)
        if not asks:
            return sa.false()
        numbers: list[sa.Select[tuple[int]]] = [fulltext.matching(self._dialect, asks)]
        if self._fresh:
            numbers.append(self._among_fresh(asks))
        number = number_in_query(words[0].text) if len(words) == 1 else None
        if number is not None and number < MAX_NUMBER:
            numbers.append(sa.select(ticket.c.number).where(ticket.c.number == number))
        return self._stands(asks, numbers)

    def _stands(self, asks: Sequence[Asked], numbers: Sequence[sa.Select[tuple[int]]]) -> Condition:
        """Tickets of these numbers, which the index gave for ``asks``.

        SQLite would look up every one of them by its number, and sort: for common words it costs less to walk
        through the list in its order until the page is full. The sign keeps it from the index of the numbers.
        """
        found = numbers[0] if len(numbers) == 1 else sa.union_all(*numbers)
        if self._dialect == "sqlite" and fulltext.common(self._filters.conn, asks):
            walked: sa.ColumnElement[int] = sa.literal_column("+ticket.number", sa.BigInteger)
            return walked.in_(found)
        return ticket.c.number.in_(found)

    def _asks(self, texts: Iterable[tuple[str, bool]], parts: tuple[str, ...] = fulltext.PARTS) -> list[Ask]:
        if self._customer:
            parts = tuple(part for part in parts if part in _PUBLIC)
        cut = [(tuple(fulltext.tokens(text)), exact) for text, exact in texts]
        return [Ask(tokens, exact, parts) for tokens, exact in cut if tokens]

    def _among_fresh(self, asks: Sequence[Ask]) -> sa.Select[tuple[int]]:
        """What the index will find in a moment: looked for word by word in the few newest tickets."""
        found = (
            sa.select(ticket.c.number)
            .join(contact, contact.c.id == ticket.c.requester_id)
            .where(ticket.c.number.in_(self._fresh))
        )
        for ask in asks:
            for token in ask.tokens:
                found = found.where(sa.or_(*[c.icontains(token, autoescape=True) for c in _columns(ask)], *[
                    sa.exists().where(message.c.ticket_id == ticket.c.id, kinds,
                                      message.c.body_text.icontains(token, autoescape=True))
                    for kinds in _kinds(ask, self._filters.actor)
                ]))  # fmt: skip
        return found

    # -- fields

    def _field(self, field: Field) -> Condition:
        if self._customer and field.name not in CUSTOMER_FIELDS:
            raise FieldNotAllowed(f"Your requests cannot be searched by {field.name}.")
        if not field.value:
            raise wrong("value", f"{field.name} needs a value.", at=field.at, near=field.name)
        if field.name in _TIMES:
            return self._time(field)
        if field.name == "priority" and field.op != ":":
            return self._rank(field)
        if field.op != ":":
            raise wrong(
                "operator", f"{field.name} takes a colon.", at=field.at, near=field.op, expected=[":"]
            )
        special: dict[str, Callable[[Field], Condition]] = {
            "is": self._is,
            "has": self._has,
            "number": self._number,
            "subject": self._in_part,
            "note": self._in_part,
            "language": self._language,
            "organization": self._organization,
            "requester": self._requester,
            "assignee": self._assignee,
        }
        if field.name.startswith(f"{OWN}."):
            return self._own(field)
        if (make := special.get(field.name)) is not None:
            return make(field)
        values = [self._key(field.name, value.strip()) for value in field.value.split(",")]
        if field.name in {"category", "team", "type", "label", "triage"}:
            return sa.or_(*[self._filter(field.name, value, field) for value in values])
        return self._filter(field.name, ",".join(values), field)

    def _filter(self, name: str, value: str, field: Field) -> Condition:
        """The condition of a list's filter; what it does not know is told with the place."""
        before = len(self._filters.problems)
        made: Condition = getattr(self._filters, name)(value)
        if len(self._filters.problems) > before:
            del self._filters.problems[before:]
            raise wrong(
                "value",
                f"{field.value[:80]!r} is not known as {field.name}.",
                at=field.at,
                near=field.value,
                expected=self._known(field.name),
            )
        return made

    def _key(self, name: str, value: str) -> str:
        """The key of what ``value`` names, by key or by name in any language; ``value`` itself where none is."""
        folded = fold(value)
        folded = _SAME.get(folded, folded)
        taxonomy = self._filters.taxonomy
        tables: dict[str, dict[str, Any]] = {
            "status": taxonomy.statuses,
            "priority": taxonomy.priorities,
            "category": taxonomy.categories,
            "team": taxonomy.teams,
        }
        if name not in tables or folded in {"none", "active", "done", "mine"}:
            return folded if name in {"tag", "channel", "type", "label", "triage", *tables} else value
        for key, entry in tables[name].items():
            if folded == fold(key) or folded in {fold(text) for text in entry.name.values()}:
                return str(key)
        return value

    def _known(self, name: str) -> list[str]:
        taxonomy = self._filters.taxonomy
        tables: dict[str, Iterable[str]] = {
            "status": [*taxonomy.statuses, "active", "done"],
            "priority": taxonomy.priorities,
            "category": taxonomy.categories,
            "team": [*taxonomy.teams, "mine", "none"],
        }
        return list(tables.get(name, ()))

    def _time(self, field: Field) -> Condition:
        found = when.bounds(field.op, field.value, self._now)
        if found is None:
            raise wrong(
                "value",
                f"{field.value[:80]!r} is no moment.",
                at=field.at,
                near=field.value,
                expected=when.EXPECTED,
            )
        column, (begin, end) = _TIMES[field.name], found
        return sa.and_(
            column.is_not(None), *([column >= begin] if begin else []), *([column < end] if end else [])
        )

    def _rank(self, field: Field) -> Condition:
        entry = self._filters.taxonomy.priorities.get(self._key("priority", field.value))
        if entry is None:
            raise wrong(
                "value",
                f"There is no priority {field.value[:80]!r}.",
                at=field.at,
                near=field.value,
                expected=self._known("priority"),
            )
        column, rank = ticket.c.priority_rank, entry.rank
        return {">": column > rank, "<": column < rank, ">=": column >= rank, "<=": column <= rank}[field.op]

    def _is(self, field: Field) -> Condition:
        value = fold(field.value)
        value = _SAME.get(value, value)
        allowed = _CUSTOMER_IS if self._customer else (*_IS, "vip")
        if value not in allowed:
            raise wrong(
                "value",
                f"{field.value[:80]!r} is nothing that a ticket is.",
                at=field.at,
                near=field.value,
                expected=allowed,
            )
        if value == "vip":
            return ticket.c.requester_id.in_(sa.select(contact.c.id).where(contact.c.tier == "vip"))
        ((name, wanted),) = _IS[value].items()
        return self._filter(name, wanted, field)

    def _has(self, field: Field) -> Condition:
        value = fold(field.value)
        value = _SAME.get(value, value)
        written = sa.exists().where(message.c.ticket_id == ticket.c.id)
        if value == "attachment":
            return written.where(message.c.attachments != [])
        if value == "note":
            return written.where(message.c.kind == "note")
        raise wrong(
            "value",
            f"{field.value[:80]!r} is nothing that can be looked for.",
            at=field.at,
            near=field.value,
            expected=("attachment", "note"),
        )

    def _number(self, field: Field) -> Condition:
        number = number_in_query(field.value)
        if number is None or number >= MAX_NUMBER:
            raise wrong(
                "value",
                f"{field.value[:80]!r} is no number.",
                at=field.at,
                near=field.value,
                expected=["1042"],
            )
        return ticket.c.number == number

    def _in_part(self, field: Field) -> Condition:
        part = "subject" if field.name == "subject" else "private"
        asks = self._asks([(field.value, " " in field.value)], (part,))
        if not asks:
            return sa.false()
        found = [fulltext.matching(self._dialect, asks)]
        if self._fresh:
            found.append(self._among_fresh(asks))
        return self._stands(asks, found)

    def _language(self, field: Field) -> Condition:
        return ticket.c.language == fold(field.value)[:8]

    def _organization(self, field: Field) -> Condition:
        named = sa.select(organization.c.id).where(
            organization.c.name.icontains(field.value, autoescape=True)
        )
        people = sa.select(contact.c.id).where(contact.c.organization_id.in_(named))
        return ticket.c.requester_id.in_(people)

    def _own(self, field: Field) -> Condition:
        """A field of the desk's own, by what is stored: keys of options, ``true`` and ``false`` for yes and no."""
        key = field.name.partition(".")[2]
        yes_no = {"yes": "true", "si": "true", "no": "false"}
        values = [value.strip() for value in field.value.split(",")]
        values = [yes_no.get(fold(value), value) for value in values] if self._is_yes_no(key) else values
        stored = sa.type_coerce(ticket.c.fields, sa.Text)
        if self._dialect == "postgresql":
            value = sa.cast(stored, postgresql.JSONB)[key]
            inside = value.contains(sa.cast([values[0]], postgresql.JSONB))
            return sa.or_(sa.func.lower(value.astext).in_([v.lower() for v in values]), inside)
        path = f'$."{key}"'
        each = sa.func.json_each(stored, path).table_valued("key", "value", "type")
        told = sa.case(
            (each.c.type.in_(("true", "false")), each.c.type), else_=sa.cast(each.c.value, sa.Text)
        )
        return sa.exists().where(sa.func.lower(told).in_([v.lower() for v in values])).select_from(each)

    def _is_yes_no(self, key: str) -> bool:
        found = self._filters.taxonomy.fields.get(key)
        return found is not None and found.kind == "yes_no"

    def _requester(self, field: Field) -> Condition:
        value = _SAME.get(fold(field.value), field.value)
        exact = self._filters.requester(value)
        if value == "me" or "@" in value:
            return exact
        named = sa.select(contact.c.id).where(contact.c.name.icontains(value, autoescape=True))
        return sa.or_(exact, ticket.c.requester_id.in_(named))

    def _assignee(self, field: Field) -> Condition:
        value = _SAME.get(fold(field.value), field.value)
        if value in {"me", "none"} or "@" in value:
            return self._filters.assignee(value)
        named = sa.select(staff.c.id).where(staff.c.name.icontains(value, autoescape=True))
        return sa.or_(self._filters.assignee(value), ticket.c.assignee_id.in_(named))


def _columns(ask: Ask) -> list[Any]:
    """The columns outside of messages in which the words of ``ask`` may stand."""
    columns: dict[str, list[Any]] = {
        "subject": [ticket.c.subject],
        "public": [ticket.c.description],
        "people": [contact.c.name, contact.c.email],
        "private": [ticket.c.resolution],
    }
    return [column for part in ask.parts for column in columns[part]]


def _kinds(ask: Ask, actor: Actor) -> list[Condition]:
    """Which messages may hold the words of ``ask``."""
    if not actor.is_staff:
        return [shown_to(actor)] if "public" in ask.parts else []
    public, private = "public" in ask.parts, "private" in ask.parts
    if public and private:
        return [sa.true()]
    return [message.c.kind == ("reply" if public else "note")] if public or private else []
