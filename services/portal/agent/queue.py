"""The left half of the workspace: views with counts, and the tickets of one of them."""

import asyncio
from datetime import datetime

import msgspec
from msgspec import UNSET

from services.common.errors import Invalid
from services.core.contract import Staff, TicketPage, TicketRow, View
from services.portal.web import labels
from services.portal.web.i18n import pick
from services.portal.web.labels import N_
from services.portal.web.portal import Portal
from services.portal.web.taxonomy import Names
from services.portal.web.viewer import Viewer

PAGE = 50
HUMAN_TRIAGE = "triage"


SORTS = (
    ("updated", N_("Newest activity")),
    ("updated:asc", N_("Longest without activity")),
    ("created", N_("Newest")),
    ("created:asc", N_("Oldest")),
    ("priority", N_("Priority")),
    ("breach", N_("Time to breach")),
)


class RowView(msgspec.Struct, kw_only=True):
    """One line of the queue. ``waiting`` says that it is the desk's turn; ``unsure`` that the model abstained."""

    number: int
    subject: str
    who: str
    at: datetime
    waiting: bool = False
    tone: str = ""
    priority: str = "normal"
    category: str = ""
    excerpt: str = ""
    status: str = "open"
    unsure: bool = False
    due: datetime | None = None


class BulkChoice(msgspec.Struct):
    """One thing to do to the selected tickets, as ``field=value``."""

    value: str
    label: str


class BulkGroup(msgspec.Struct):
    label: str
    choices: list[BulkChoice]


class Colleague(msgspec.Struct):
    """A person of the same team with how much they hold."""

    id: str
    name: str
    load: int
    busy: bool


class QueueView(msgspec.Struct, kw_only=True):
    """What is listed, and what else could be."""

    views: list[View]
    view: str
    title: str
    rows: list[RowView]
    next_cursor: str | None
    query: str
    assignee: str
    colleagues: list[Colleague]
    live_since: str
    sort: str = ""
    bulk: list[BulkGroup] = []
    trouble: str = ""
    """What is wrong with the search, in the person's language."""

    @property
    def sorts(self) -> tuple[tuple[str, str], ...]:
        """Orders to choose from."""
        return SORTS

    @property
    def saved(self) -> View | None:
        """The view on screen, where it is a saved one that this person may own."""
        return next((v for v in self.views if v.key == self.view and v.scope != "system"), None)

    @property
    def is_triage(self) -> bool:
        """Whether this is the view of tickets on which the model abstained."""
        return self.view == HUMAN_TRIAGE

    @property
    def at(self) -> str:
        """The query string that leads back here."""
        return self.view


class Wish(msgspec.Struct):
    """What the agent asked to see."""

    view: str = ""
    q: str = ""
    assignee: str = ""
    cursor: str | None = None
    sort: str = ""


_TROUBLE = {
    "field": N_("There is no field %(near)s to search in. There are: %(expected)s."),
    "value": N_("%(near)s is not known here. Expected: %(expected)s."),
    "operator": N_("%(near)s does not fit here. Expected: %(expected)s."),
    "length": N_("The search is too long."),
    "unexpected": N_("Character %(position)s: %(near)s does not fit here. Expected: %(expected)s."),
}


def trouble_of(portal: Portal, viewer: Viewer, error: Invalid) -> str:
    """What is wrong with a search, in words that help to mend it."""
    extra = error.extra
    expected = [str(one) for one in extra.get("expected", [])]
    return portal.pages.text(
        viewer,
        _TROUBLE.get(str(extra.get("reason")), _TROUBLE["unexpected"]),
        near=str(extra.get("near") or "…"),
        position=extra["position"],
        expected=", ".join(expected[:12]) + ("…" if len(expected) > 12 else ""),
    )


async def load_queue(portal: Portal, viewer: Viewer, wish: Wish) -> QueueView:
    """Views with counts and one page of tickets, fetched together."""
    token = portal.token(viewer)
    since = portal.live.last_id
    views, names = await asyncio.gather(
        portal.core.views(token=token), portal.taxonomies.names(viewer.locale)
    )
    key = _view(views, wish.view)
    chosen = None if wish.assignee or wish.q else key
    sort = wish.sort if any(wish.sort == name for name, _ in SORTS) else ""
    trouble = ""
    try:
        page = await portal.core.list_tickets(
            token=token,
            view=chosen,
            q=wish.q or None,
            assignee=wish.assignee or None,
            sort=sort or None,
            limit=PAGE,
            cursor=wish.cursor,
        )
    except Invalid as error:
        if "position" not in error.extra:
            raise
        page, trouble = TicketPage(items=[]), trouble_of(portal, viewer, error)
    title = next((names.language and v.name.get(viewer.locale, v.key) for v in views if v.key == key), "")
    return QueueView(
        views=views,
        view=key,
        title=names.person(wish.assignee) if wish.assignee else title,
        rows=[row(t, names) for t in page.items],
        next_cursor=page.next_cursor,
        query=wish.q,
        assignee=wish.assignee,
        colleagues=colleagues(names, viewer),
        live_since=since,
        sort=sort,
        bulk=bulk(portal, viewer, names) if wish.cursor is None else [],
        trouble=trouble,
    )


def bulk(portal: Portal, viewer: Viewer, names: Names) -> list[BulkGroup]:
    """What can be done to many tickets at once."""

    def say(text: str) -> str:
        return portal.pages.text(viewer, text)

    me = viewer.person.id if viewer.person else ""
    staff = sorted(
        (s for s in names.staff.values() if s.active and "light" not in s.roles), key=lambda s: s.name
    )
    people = [
        ("me", say(N_("me"))),
        *((str(s.id), s.name) for s in staff if str(s.id) != me),
        ("", say(N_("Nobody"))),
    ]
    leaves = sorted((names.path(c.key), c.key) for c in names.categories.values() if c.active and c.leaf)
    groups = [
        ("assignee", N_("Assign"), people),
        ("status", N_("Status"), [(k, pick(s.name, names.language)) for k, s in names.statuses.items() if s.active]),
        ("priority", N_("Priority"), [(k, say(t)) for k, t in labels.PRIORITY.items()][::-1]),
        ("team", N_("Team"), [(t.key, names.team(t.key)) for t in names.teams.values()]),
        ("tags", N_("Add a tag"), [(t.key, names.tag(t.key)) for t in names.tags.values() if t.active]),
        ("category", N_("Category"), [(key, path) for path, key in leaves]),
    ]  # fmt: skip
    return [
        BulkGroup(
            say(label), [BulkChoice(f"{field}={value}", f"{say(label)}: {text}") for value, text in choices]
        )
        for field, label, choices in groups
    ]


def _view(views: list[View], wanted: str) -> str:
    """The view that was asked for; else the first that holds something."""
    if any(v.key == wanted for v in views):
        return wanted
    return next((v.key for v in views if v.count), views[0].key if views else "")


def row(ticket: TicketRow, names: Names) -> RowView:
    """A ticket as a line."""
    category = "" if ticket.category is UNSET else names.category(ticket.category)
    return RowView(
        number=ticket.number,
        subject=ticket.subject,
        who=ticket.requester.name or ticket.requester.email or "",
        at=ticket.created_at if ticket.working_label == "new" else ticket.updated_at,
        waiting=ticket.working_label in ("new", "awaiting_reply"),
        priority="normal" if ticket.priority is UNSET else ticket.priority,
        category=category,
        excerpt=ticket.excerpt,
        status=ticket.status,
        unsure=ticket.triage == "abstained" and not category,
        due=ticket.breach_at if isinstance(ticket.breach_at, datetime) else None,
    )


def colleagues(names: Names, viewer: Viewer) -> list[Colleague]:
    """The people of the viewer's teams, busiest last."""
    person = viewer.person
    mine = set(person.teams) if person else set()

    def near(staff: Staff) -> bool:
        return (
            staff.active and str(staff.id) != (person.id if person else "") and bool(mine & set(staff.teams))
        )

    found = [
        Colleague(str(s.id), s.name, s.load, s.load >= s.capacity) for s in names.staff.values() if near(s)
    ]
    return sorted(found, key=lambda c: (c.load, c.name))[:8]
