"""One ticket as an agent works on it."""

import asyncio
from uuid import uuid4

import msgspec

from services.core.contract import ContactOverview, Product, Relations, StaffRef, Ticket
from services.portal.agent.panels import Adviser, TriageView
from services.portal.agent.pickers import Choice, Pickers, newest_decision, text_of, value_of
from services.portal.conversation import RELATIONS, EntryView, Teller
from services.portal.web.labels import N_
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

MERGE = N_("merge into")


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
    after: list[tuple[str, str]]
    outsiders: list[Choice]
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


async def load_stage(portal: Portal, viewer: Viewer, number: int, since: str = "") -> StageView:
    """A ticket with its conversation, its customer and what Triaje thinks: one call to core, one to triage.

    ``since`` is the ``earlier`` of a page that is open: its conversation goes on from where it began.
    """
    found, names = await asyncio.gather(
        portal.core.workspace(number, since=since, token=portal.token(viewer)),
        portal.taxonomies.names(viewer.locale),
    )
    ticket, kept, together = found.ticket, found.draft, found.relations
    decisions = await newest_decision(portal, ticket.id)
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
        category=names.path(text_of(ticket.category)),
        category_probability=_probability(ticket, triage),
        team=names.team(text_of(ticket.team)),
        tags=pickers.own_tags(),
        after=pickers.after(),
        outsiders=pickers.outsiders(),
        once=uuid4().hex,
        together=together,
        text=kept.body,
        kind=kept.kind,
        draft=kept.recommendation or "",
        kept_at=int(kept.updated_at.timestamp() * 1000) if kept.updated_at else 0,
        me=viewer.person.id if viewer.person else "",
        relations={"merge": _say(MERGE)} | {kind: _say(text) for kind, text in RELATIONS.items() if text},
    )


def _probability(ticket: Ticket, triage: TriageView) -> float | None:
    """The probability of the category that the model set, to stand beside it."""
    ranked = triage.category.ranked if triage.category else []
    return next((r.probability for r in ranked if r.label == text_of(ticket.category)), None)
