"""One ticket as an agent works on it."""

import asyncio
from uuid import UUID, uuid4

import msgspec
from msgspec import UNSET

from services.common.errors import Unavailable
from services.core.contract import ContactOverview, Macro, Product, Relations, StaffRef, Ticket
from services.portal.agent.panels import Adviser, TriageView
from services.portal.conversation import RELATIONS, EntryView, Teller
from services.portal.web import labels
from services.portal.web.i18n import pick
from services.portal.web.labels import N_
from services.portal.web.portal import Portal
from services.portal.web.taxonomy import Names
from services.portal.web.viewer import Viewer
from services.triage.contract import Decision

MERGE = N_("merge into")
THEN = N_("then %(status)s")


class Choice(msgspec.Struct):
    """One entry of a picker."""

    value: str
    label: str
    detail: str = ""
    current: bool = False


class Group(msgspec.Struct):
    """Entries of a picker under one heading."""

    label: str
    choices: list[Choice]


class MacroChoice(msgspec.Struct):
    id: str
    title: str
    detail: str
    acts: bool = False
    """It only acts and says nothing."""
    hotkey: int | None = None


class StageView(msgspec.Struct, kw_only=True):
    """Everything that the ticket's half of the workspace shows."""

    ticket: Ticket
    entries: list[EntryView]
    earlier: str
    """Leads to what was before the entries; empty where they begin with the first."""
    past: bool = False
    """The entries are not the newest ones."""
    last: str
    """The newest message: a reply is in conflict only with a newer one."""
    overview: ContactOverview | None
    products: list[Product]
    team_names: dict[str, str]
    triage: TriageView
    category: str
    category_probability: float | None
    team: str
    tags: list[Choice]
    statuses: list[Choice]
    after: list[tuple[str, str]]
    priorities: list[Choice]
    categories: list[Group]
    teams: list[Choice]
    people: list[Choice]
    all_tags: list[Choice]
    colleagues: list[Choice]
    outsiders: list[Choice]
    macros: list[MacroChoice]
    once: str
    together: Relations | None = None
    draft: str = ""
    """Id of the recommendation that the kept text came from."""
    kept_at: int = 0
    """When the text was kept, in milliseconds; 0 where none was."""
    me: str = ""
    text: str = ""
    kind: str = "reply"
    error: str = ""
    conflict: str = ""
    link: str = ""
    """The link of a remote session that was not taken."""
    resolve_to: str = ""
    """The status that wants a word on what solved it first."""
    resolution: str = ""
    """That word, as far as it has been written."""

    relations: dict[str, str] = {}

    def relation(self, kind: str) -> str:
        """A kind of link in words."""
        return self.relations.get(kind, kind)

    @property
    def relation_choices(self) -> list[tuple[str, str]]:
        """What can be said of another ticket: merging first, then the links."""
        return [(kind, text) for kind, text in self.relations.items() if kind != "number"]

    @property
    def followers(self) -> list[StaffRef] | None:
        """Who follows; None for who may not choose that."""
        found = self.ticket.followers
        return found if isinstance(found, list) and self.together is not None else None

    @property
    def shared(self) -> list[StaffRef] | None:
        """With whom it is shared; None for who may not choose that."""
        found = self.ticket.shared_with
        return found if isinstance(found, list) and self.together is not None else None

    @property
    def follows(self) -> bool:
        """Whether the person who looks is one of them."""
        return any(str(one.id) == self.me for one in self.followers or [])

    def set_by(self, field: str) -> str:
        """Who set ``field`` last, or an empty string."""
        found = self.ticket.set_by
        return found.get(field, "") if isinstance(found, dict) else ""

    def seen(self, field: str) -> str:
        """The field's value as this page shows it, to tell a real conflict from a mere new version."""
        return value_of(self.ticket, field)


def value_of(ticket: Ticket, field: str) -> str:
    """A field of a ticket as one string."""
    value = getattr(ticket, field, None)
    if value is None or value is UNSET:
        return ""
    if field == "assignee":
        return str(value.id)
    return ",".join(sorted(value)) if isinstance(value, list) else str(value)


async def load_stage(portal: Portal, viewer: Viewer, number: int, since: str = "") -> StageView:
    """A ticket with its conversation, its customer and what Triaje thinks: one call to core, one to triage.

    ``since`` is the ``earlier`` of a page that is open: its conversation goes on from where it began.
    """
    found, names = await asyncio.gather(
        portal.core.workspace(number, since=since, token=portal.token(viewer)),
        portal.taxonomies.names(viewer.locale),
    )
    ticket, kept, together = found.ticket, found.draft, found.relations
    decisions = await _decisions(portal, ticket.id)
    triage = Adviser(portal.pages, viewer, names).triage(ticket, decisions)
    pickers = Pickers(portal, viewer, ticket, names)

    def _say(text: str) -> str:
        return portal.pages.text(viewer, text)

    entries = Teller(portal.pages, viewer, names, splits=together is not None).page(found.timeline)
    return StageView(
        ticket=ticket,
        entries=entries,
        earlier=found.timeline.next_cursor or "",
        last=next((str(e.id) for e in reversed(entries) if e.kind != "event"), ""),
        overview=found.customer,
        products=list(names.products.values()),
        team_names={key: names.team(key) for key, one in names.teams.items() if one.active},
        triage=triage,
        category=names.path(_text(ticket.category)),
        category_probability=_probability(ticket, triage),
        team=names.team(_text(ticket.team)),
        tags=pickers.own_tags(),
        statuses=pickers.statuses(),
        after=pickers.after(),
        priorities=pickers.priorities(),
        categories=pickers.categories(),
        teams=pickers.teams(),
        people=pickers.people(),
        all_tags=pickers.all_tags(),
        colleagues=pickers.colleagues(),
        outsiders=pickers.outsiders(),
        macros=pickers.macros(found.macros),
        once=uuid4().hex,
        together=together,
        text=kept.body,
        kind=kept.kind,
        draft=kept.recommendation or "",
        kept_at=int(kept.updated_at.timestamp() * 1000) if kept.updated_at else 0,
        me=viewer.person.id if viewer.person else "",
        relations={"merge": _say(MERGE)} | {kind: _say(text) for kind, text in RELATIONS.items() if text},
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _probability(ticket: Ticket, triage: TriageView) -> float | None:
    """The probability of the category that the model set, to stand beside it."""
    ranked = triage.category.ranked if triage.category else []
    return next((r.probability for r in ranked if r.label == _text(ticket.category)), None)


class Pickers:
    """The lists that an agent chooses from, for one ticket and in one language."""

    def __init__(self, portal: Portal, viewer: Viewer, ticket: Ticket, names: Names) -> None:
        self._pages, self._viewer, self._ticket, self._names = portal.pages, viewer, ticket, names

    def _(self, text: str) -> str:
        return self._pages.text(self._viewer, text)

    def statuses(self) -> list[Choice]:
        now = self._ticket.status
        return [
            Choice(key, self._pages.status(self._viewer, key), self._group(key), key == now)
            for key in dict.fromkeys([now, *self._ticket.allowed_statuses])
        ]

    def _group(self, key: str) -> str:
        """The category beside a status that the desk added to it."""
        known = self._names.statuses.get(key)
        return (
            "" if known is None or known.category == key else self._pages.status(self._viewer, known.category)
        )

    def after(self) -> list[tuple[str, str]]:
        """Where a reply may leave the ticket; waiting for the customer comes first."""
        order = ("pending", "solved", "open", "in_progress")
        allowed = dict.fromkeys([self._ticket.status, *self._ticket.allowed_statuses])
        own = [key for key in allowed if (one := self._names.statuses.get(key)) and one.category != key]
        return [
            (key, self._pages.text(self._viewer, THEN, status=self._pages.status(self._viewer, key).lower()))
            for key in (*order, *own)
            if key in allowed
        ]

    def priorities(self) -> list[Choice]:
        now = _text(self._ticket.priority)
        return [Choice(key, self._(text), current=key == now) for key, text in labels.PRIORITY.items()][::-1]

    def categories(self) -> list[Group]:
        """Leaves under the categories above them."""
        groups: dict[str, list[Choice]] = {}
        now = _text(self._ticket.category)
        for category in self._names.categories.values():
            if not category.active or not category.leaf:
                continue
            above = " › ".join(self._names.category(key) for key in category.path[:-1])
            detail = pick(category.definition, self._viewer.locale)
            choice = Choice(
                category.key, pick(category.name, self._viewer.locale), detail, category.key == now
            )
            groups.setdefault(above, []).append(choice)
        return [Group(label, sorted(found, key=lambda c: c.label)) for label, found in sorted(groups.items())]

    def teams(self) -> list[Choice]:
        now = _text(self._ticket.team)
        return [
            Choice(t.key, self._names.team(t.key), current=t.key == now) for t in self._names.teams.values()
        ]

    def people(self) -> list[Choice]:
        """Colleagues, oneself first, with how much they hold."""
        me = self._viewer.person.id if self._viewer.person else ""
        now = value_of(self._ticket, "assignee")
        staff = [s for s in self._names.staff.values() if s.active and "light" not in s.roles]
        staff.sort(key=lambda s: (str(s.id) != me, s.name))
        return [Choice(str(s.id), s.name, f"{s.load}/{s.capacity}", str(s.id) == now) for s in staff]

    def colleagues(self) -> list[Choice]:
        """Whoever can be mentioned: all staff but oneself."""
        me = self._viewer.person.id if self._viewer.person else ""
        staff = sorted((s for s in self._names.staff.values() if s.active), key=lambda s: s.name)
        return [Choice(str(s.id), s.name) for s in staff if str(s.id) != me]

    def outsiders(self) -> list[Choice]:
        """Light agents, who see what is shared with them and nothing else."""
        found = self._ticket.shared_with
        there = {one.id for one in found} if isinstance(found, list) else set()
        staff = sorted((s for s in self._names.staff.values() if s.active), key=lambda s: s.name)
        return [Choice(str(s.id), s.name) for s in staff if "light" in s.roles and s.id not in there]

    def own_tags(self) -> list[Choice]:
        tags = self._ticket.tags if isinstance(self._ticket.tags, list) else []
        return [Choice(key, self._names.tag(key), current=True) for key in tags]

    def all_tags(self) -> list[Choice]:
        """Every tag; choosing one that the ticket has takes it away."""
        own = {tag.value for tag in self.own_tags()}
        return [
            Choice(t.key, self._names.tag(t.key), current=t.key in own) for t in self._names.tags.values()
        ]

    def macros(self, found: list[Macro]) -> list[MacroChoice]:
        """Macros, those for the ticket's category first."""
        now = _text(self._ticket.category)
        active = sorted((m for m in found if m.active), key=lambda m: (m.category != now, -m.used))
        lang = self._viewer.locale
        return [
            MacroChoice(
                str(m.id),
                pick(m.title, lang),
                " · ".join(
                    filter(
                        None,
                        [
                            f"Alt {m.hotkey}" if m.hotkey else "",
                            self._names.category(m.category),
                            str(m.used) if m.used else "",
                        ],
                    )
                ),
                acts=not any(text.strip() for text in m.body.values()),
                hotkey=m.hotkey,
            )
            for m in active
        ]


async def _decisions(portal: Portal, ticket: UUID) -> list[Decision] | None:
    try:
        return await portal.triage.decisions(ticket, limit=1)
    except Unavailable:
        return None
