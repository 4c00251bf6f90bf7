"""What an agent chooses from for one ticket: statuses, categories, people, tags, macros."""

import asyncio
from uuid import UUID

import msgspec
from msgspec import UNSET

from services.common.errors import Unavailable
from services.core.contract import Macro, Ticket
from services.portal.agent.panels import Adviser, TriageView
from services.portal.web import labels
from services.portal.web.i18n import pick
from services.portal.web.labels import N_
from services.portal.web.portal import Portal
from services.portal.web.taxonomy import Names
from services.portal.web.viewer import Viewer
from services.triage.contract import Decision

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


class PickersView(msgspec.Struct, kw_only=True):
    """The lists, which are fetched when the ticket is on screen."""

    ticket: Ticket
    triage: TriageView
    statuses: list[Choice]
    priorities: list[Choice]
    categories: list[Group]
    teams: list[Choice]
    people: list[Choice]
    tags: list[Choice]
    colleagues: list[Choice]
    macros: list[MacroChoice]

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


def text_of(value: object) -> str:
    """A field that may be missing, as a string."""
    return value if isinstance(value, str) else ""


async def load_pickers(portal: Portal, viewer: Viewer, number: int) -> PickersView:
    """The lists for one ticket: what Triaje proposes is sent along with a choice."""
    token = portal.token(viewer)
    ticket, names, macros = await asyncio.gather(
        portal.core.ticket(number, token=token),
        portal.taxonomies.names(viewer.locale),
        portal.core.macros(token=token),
    )
    triage = Adviser(portal.pages, viewer, names).triage(ticket, await newest_decision(portal, ticket.id))
    pickers = Pickers(portal, viewer, ticket, names)
    return PickersView(
        ticket=ticket,
        triage=triage,
        statuses=pickers.statuses(),
        priorities=pickers.priorities(),
        categories=pickers.categories(),
        teams=pickers.teams(),
        people=pickers.people(),
        tags=pickers.all_tags(),
        colleagues=pickers.colleagues(),
        macros=pickers.macros(macros),
    )


async def newest_decision(portal: Portal, ticket: UUID) -> list[Decision] | None:
    """The newest decision on a ticket, if there is one; None while triage is away."""
    try:
        return await portal.triage.decisions(ticket, limit=1)
    except Unavailable:
        return None


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
        now = text_of(self._ticket.priority)
        return [Choice(key, self._(text), current=key == now) for key, text in labels.PRIORITY.items()][::-1]

    def categories(self) -> list[Group]:
        """Leaves under the categories above them."""
        groups: dict[str, list[Choice]] = {}
        now = text_of(self._ticket.category)
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
        now = text_of(self._ticket.team)
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
        now = text_of(self._ticket.category)
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
