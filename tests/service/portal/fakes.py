"""Neighbours of the portal that keep everything in memory: the same methods as the real clients, no network.

Contract tests and the suite's tests run the portal against the real services.
"""

from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from uuid import UUID, uuid4

import httpx
from msgspec import UNSET

from services.common.errors import Conflict, FieldError, Invalid, NotFound, Unauthorized, Unavailable
from services.common.http import Page
from services.core import contract as c
from services.kb import contract as k
from services.kb.articles.repository import SORTS
from services.kb.errors import MediaRefused
from services.triage import contract as t
from tests.service.portal.fakes_help import HelpingCore, HelpingKb

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
PASSWORD = "correct horse"


def person(kind: str, name: str, *roles: str) -> c.Person:
    return c.Person(
        id=str(UUID(int=abs(hash(name)) % 2**64)),
        kind=kind,  # type: ignore[arg-type]
        name=name,
        email=f"{name.split(maxsplit=1)[0].lower()}@example.org",
        roles=list(roles),
        scopes=["tickets:read"],
        locale="en",
        teams=["cards"],
    )


PEOPLE = {
    "ana@example.org": person("contact", "Ana Ruiz", "customer"),
    "luis@example.org": person("staff", "Luis Peña", "agent"),
    "lars@example.org": person("staff", "Lars Berg", "light"),
    "ada@example.org": person("staff", "Ada Lovelace", "agent", "lead", "admin"),
}

CATEGORIES = [
    ("cards", None, "Cards", "Tarjetas"),
    ("card_arrival", "cards", "Card arrival", "Llegada de la tarjeta"),
    ("duplicate_charge", "cards", "Duplicate charge", "Cobro duplicado"),
    ("topup", None, "Top-ups", "Recargas"),
    ("top_up_failed", "topup", "Top-up failed", "Recarga fallida"),
]


def category(key: str, parent: str | None, en: str, es: str) -> c.Category:
    return c.Category(
        id=uuid4(),
        key=key,
        parent=parent,
        path=[p for p in (parent, key) if p],
        name={"en": en, "es": es},
        definition={"en": f"Everything about {en.lower()}.", "es": f"Todo sobre {es.lower()}."},
        team="cards",
        active=True,
        leaf=parent is not None,
        version=1,
    )


def hold(**values: Any) -> c.Macro:
    """A macro that anybody may change."""
    fields: dict[str, Any] = {
        "id": UUID(int=5), "key": "hold", "title": {"en": "Explain a hold", "es": "Explicar una retención"},
        "body": {"en": "It is a hold.", "es": "Es una retención."}, "category": "duplicate_charge",
        "scope": "global", "team": None, "actions": {}, "variables": [], "used": 3, "active": True, "version": 1,
        "yours": True,
    }  # fmt: skip
    return c.Macro(**(fields | values))


class CannotMerge(Invalid):
    """As core says it; the class of the same code there is another."""


CannotMerge.code = "core.cannot_merge"


class FakeCore(HelpingCore):
    """Core with one customer's tickets."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.created: list[tuple[c.NewTicket, str | None, str | None]] = []
        self.posted: list[tuple[int, c.NewMessage, str | None]] = []
        self.sessions: dict[str, c.Person] = {}
        self.ended: list[str] = []
        self.tickets: dict[int, c.Ticket] = {}
        self.timelines: dict[int, list[c.TimelineEntry]] = {}
        self.links: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.kept_views: list[c.View] = []
        self.kept_relations: dict[int, c.Relations] = {}
        self.macro_acts: dict[str, Any] = {}
        self.kept_macros = [hold()]
        self.choices = [c.NotificationChoice(kind="critical", page=True, mail=False, push=True)]
        self.browsers: list[c.PushSubscription] = []
        self.drafts: dict[int, c.Draft] = {}
        self.here = c.Presence(looking=[], writing=[], changed=True)
        self.acts: list[tuple[Any, ...]] = []
        self.own_fields: list[c.CustomField] = []
        self.own_forms: list[c.RequestForm] = []
        self.own_templates: list[c.TicketTemplate] = []
        self.own_ticket_forms: dict[int, c.TicketForm] = {}
        self.kept_forms: list[tuple[str, c.RequestFormInput]] = []
        self._seed()

    def _seed(self) -> None:
        ana = PEOPLE["ana@example.org"]
        subjects = [
            (
                "Cobro duplicado en mi tarjeta",
                "Hola, ayer compré en la farmacia y me cobraron dos veces los 38,50 €.",
                "es",
            ),
            (
                "Card still hasn't arrived",
                "It has been two weeks and nothing has come. <script>alert(1)</script>",
                "en",
            ),
            (
                "No reconozco un retiro de efectivo",
                "Hay un retiro que yo no hice en el extracto de hoy.",
                "es",
            ),
            ("Exchange rate looks wrong", "The rate in the app is not the one I was charged.", "en"),
            ("Top-up failed twice", "Attached the screenshot of the error.", "en"),
        ]
        for n, (subject, body, lang) in enumerate(subjects):
            self.add(
                1042 - n,
                subject,
                body,
                lang,
                ana if n < 3 else person("contact", "Joe Park"),
                minutes=12 * (n + 1) ** 2,
            )

    def add(
        self, number: int, subject: str, body: str, lang: str, who: c.Person, minutes: int = 5
    ) -> c.Ticket:
        at = NOW - timedelta(minutes=minutes)
        requester = c.ContactRef(id=UUID(who.id), name=who.name, email=who.email, tier="vip")
        ticket = c.Ticket(
            id=uuid4(),
            number=number,
            subject=subject,
            description=body,
            status="open",
            status_category="open",
            working_label="awaiting_reply" if number > 1039 else "not_awaiting_reply",
            type="question",
            language=lang,
            channel="email",
            requester=requester,
            organization=None,
            assignee=None,
            fields={},
            version=1,
            created_at=at,
            updated_at=at,
            closed_at=None,
            allowed_statuses=["pending", "in_progress", "solved", "closed"],
            category="duplicate_charge" if number == 1042 else None,
            priority="high" if number == 1042 else "normal",
            tags=["refund"] if number == 1042 else [],
            team="cards",
            set_by={"category": "model", "priority": "model"},
            triage="decided" if number != 1040 else "abstained",
        )
        self.tickets[number] = ticket
        self.timelines[number] = [
            c.TimelineEntry(
                id=uuid4(),
                entry="message",
                kind="reply",
                author=c.Author(kind="contact", id=who.id, name=who.name),
                at=at,
                channel="email",
                body_text=body,
            ),
            c.TimelineEntry(
                id=uuid4(),
                entry="event",
                kind="changed",
                author=c.Author(kind="model", id=None, name="model"),
                at=at,
                changes=[c.Change(field="category", old=None, new="duplicate_charge", set_by="model")],
            ),
            c.TimelineEntry(
                id=uuid4(),
                entry="message",
                kind="note",
                author=c.Author(kind="staff", id="9", name="Luis Peña"),
                at=at + timedelta(minutes=3),
                body_text="El comercio confirma un solo cobro. El segundo es una retención.",
            ),
        ]
        return ticket

    def _up(self) -> None:
        if self.away:
            raise Unavailable("core is away")

    def _who(self, token: str | None) -> c.Person | None:
        return self.sessions.get((token or "").removeprefix("token-"))

    async def open_session(self, body: c.Credentials) -> c.OpenSession:
        self._up()
        if body.password != PASSWORD or body.email not in PEOPLE:
            raise Unauthorized
        return self._open(PEOPLE[body.email])

    def _open(self, who: c.Person) -> c.OpenSession:
        handle = uuid4().hex
        self.sessions[handle] = who
        return c.OpenSession(
            handle=handle, token=f"token-{handle}", actor=who, expires_at=NOW + timedelta(days=30)
        )

    async def renew_session(self, handle: str) -> c.SessionToken:
        self._up()
        if handle not in self.sessions:
            raise Unauthorized
        return c.SessionToken(token=f"token-{handle}", actor=self.sessions[handle])

    async def end_session(self, handle: str) -> None:
        self.ended.append(handle)
        self.sessions.pop(handle, None)

    async def send_magic_link(self, body: c.MagicLinkRequest) -> c.MagicLinkSent:
        self.links.append(body.email)
        return c.MagicLinkSent()

    async def redeem_magic_link(self, body: c.MagicLinkRedeem) -> c.OpenSession:
        if body.token != "good-link" or "used" in self.links:
            raise Unauthorized
        self.links.append("used")
        return self._open(PEOPLE["ana@example.org"])

    async def create_ticket(
        self, body: c.NewTicket, *, token: str | None = None, idempotency_key: str | None = None
    ) -> c.Ticket:
        self._up()
        self.created.append((body, token, idempotency_key))
        who = self._who(token) or person("contact", "Visitor")
        return self.add(2000 + len(self.created), body.subject, body.body, "en", who, 0)

    async def list_tickets(self, *, token: str | None = None, **filters: Any) -> c.TicketPage:
        self._up()
        who = self._who(token)
        found = [t for t in self.tickets.values() if self._may(who, t)]
        self.asked.append(filters)
        if str(filters.get("q", "")).endswith("("):
            raise Invalid("x", reason="unexpected", position=7, near="(", expected=[")", "word"])
        if filters.get("q"):
            found = [t for t in found if filters["q"].lower() in t.subject.lower()]
        if filters.get("view") == "triage":
            found = [t for t in found if t.triage == "abstained" and not t.category]
        return c.TicketPage(items=[self._row(t) for t in found])

    @staticmethod
    def _may(who: c.Person | None, ticket: c.Ticket) -> bool:
        return who is not None and (who.kind == "staff" or str(ticket.requester.id) == who.id)

    @staticmethod
    def _row(ticket: c.Ticket) -> c.TicketRow:
        names = (
            "id",
            "number",
            "subject",
            "status",
            "status_category",
            "working_label",
            "language",
            "channel",
            "requester",
            "assignee",
            "version",
            "created_at",
            "updated_at",
            "priority",
            "category",
            "tags",
            "triage",
        )
        return c.TicketRow(excerpt=ticket.description[:100], **{n: getattr(ticket, n) for n in names})

    async def ticket(self, number: int, *, token: str | None = None) -> c.Ticket:
        self._up()
        found = self.tickets.get(number)
        if found is None or not self._may(self._who(token), found):
            raise NotFound
        return found

    async def timeline(
        self,
        number: int,
        *,
        token: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
        newest: bool = False,
    ) -> c.TimelinePage:
        await self.ticket(number, token=token)
        who = self._who(token)
        items = [e for e in self.timelines[number] if e.kind != "note" or (who and who.kind == "staff")]
        edge = int(cursor) if cursor else len(items) if newest else 0
        first, last = (max(0, edge - limit), edge) if newest else (edge, min(edge + limit, len(items)))
        leads = str(first if newest else last) if (first > 0 if newest else last < len(items)) else None
        return c.TimelinePage(items=items[first:last], next_cursor=leads)

    async def workspace(self, number: int, *, since: str = "", token: str | None = None) -> c.Workspace:
        ticket, who = await self.ticket(number, token=token), self._who(token)
        acts = who is not None and "light" not in who.roles
        related = self.kept_relations.get(number, c.Relations(links=[], merged=[], duplicates=[]))
        return c.Workspace(
            ticket=ticket,
            timeline=c.TimelinePage(items=self.timelines[number][int(since) :], next_cursor=since)
            if since
            else await self.timeline(number, token=token, newest=True),
            draft=await self.draft(number, token=token),
            relations=related if acts else None,
            customer=await self.contact_overview(ticket.requester.id, token=token) if acts else None,
        )

    async def post_message(
        self, number: int, body: c.NewMessage, *, token: str | None = None, idempotency_key: str | None = None
    ) -> c.MessagePosted:
        ticket = await self.ticket(number, token=token)
        if body.version is not None and body.version != ticket.version:
            raise Conflict
        self.posted.append((number, body, idempotency_key))
        who = self._who(token)
        assert who is not None
        kind = "staff" if who.kind == "staff" else "contact"
        entry = c.TimelineEntry(
            id=uuid4(),
            entry="message",
            kind=body.kind,
            author=c.Author(kind=kind, id=who.id, name=who.name),
            at=NOW,
            body_text=body.body,
        )
        self.timelines[number].append(entry)
        ticket.version += 1
        if body.status:
            ticket.status = ticket.status_category = body.status  # type: ignore[assignment]
        return c.MessagePosted(entry=entry, ticket=ticket)

    async def update_ticket(
        self, number: int, body: c.TicketChanges, *, token: str | None = None
    ) -> c.Ticket:
        ticket = await self.ticket(number, token=token)
        if body.version != ticket.version:
            raise Conflict
        for field in ("status", "priority", "category", "team", "tags"):
            value = getattr(body, field)
            if value is not UNSET:
                setattr(ticket, field, value)
                ticket.set_by = {**(ticket.set_by or {}), field: "person"}  # type: ignore[dict-item]
        if body.fields is not UNSET:
            ticket.fields = {**ticket.fields, **body.fields}
        ticket.version += 1
        return ticket

    async def close_ticket(self, number: int, body: c.Closure, *, token: str | None = None) -> c.Ticket:
        ticket = await self.ticket(number, token=token)
        ticket.status = ticket.status_category = "closed"
        return ticket

    async def reopen_ticket(self, number: int, *, token: str | None = None) -> c.Ticket:
        ticket = await self.ticket(number, token=token)
        ticket.status = ticket.status_category = "open"
        return ticket

    # ---- fields, forms and templates

    async def fields(self, *, token: str | None = None) -> list[c.CustomField]:
        self._up()
        return list(self.own_fields)

    async def forms(self, *, token: str | None = None) -> list[c.RequestForm]:
        self._up()
        return list(self.own_forms)

    async def check_form(self, key: str, answers: dict[str, Any], *, token: str | None = None) -> c.FormCheck:
        """All of a form is asked, always; core's own tests are about conditions."""
        self._up()
        form = next(one for one in self.own_forms if one.key == key)
        required = [field.key for field in form.fields if field.required]
        lacking = [one for one in required if not answers.get(one)]
        errors = [{"field": one, "code": "required", "message": "An answer is needed."} for one in lacking]
        return c.FormCheck(shown=[item.field for item in form.items], required=required, errors=errors)

    async def keep_form(
        self, key: str, body: c.RequestFormInput, *, token: str | None = None
    ) -> c.RequestForm:
        if not body.name:
            raise Invalid("A name in one language at least.")
        self.kept_forms.append((key, body))
        return c.RequestForm(key=key, name=body.name, description={}, items=body.items, fields=[], position=1)

    async def ask_for_fields(
        self, number: int, body: c.NewQuestion, *, token: str | None = None
    ) -> c.TicketForm:
        self.acts.append(("asked", number, body.fields))
        return await self.ticket_form(number, token=token)

    async def templates(self, *, token: str | None = None) -> list[c.TicketTemplate]:
        self._up()
        return list(self.own_templates)

    async def ticket_form(self, number: int, *, token: str | None = None) -> c.TicketForm:
        ticket = await self.ticket(number, token=token)
        if number in self.own_ticket_forms:
            return self.own_ticket_forms[number]
        return c.TicketForm(
            number=number,
            version=ticket.version,
            form=None,
            form_name={},
            fields=[],
            missing=[],
            may_ask=[],
            asked_at=None,
        )

    async def contact(self, contact: UUID | str, *, token: str | None = None) -> c.Contact:
        return c.Contact(
            id=UUID(str(contact)),
            name="Ana Ruiz",
            email="ana@example.org",
            identities=[],
            organization=None,
            tier="vip",
            locale="es",
            notes="",
            funnel=None,
            open_tickets=3,
            tickets=11,
            version=1,
            created_at=NOW - timedelta(days=900),
        )

    async def contact_overview(self, contact: UUID | str, *, token: str | None = None) -> c.ContactOverview:
        return c.ContactOverview(
            contact=await self.contact(contact),
            satisfaction=c.Satisfaction(answered=12, csat=0.92, average=4.6),
            items=[],
            open=[],
            before=[],
            said=[],
        )

    async def products(self, *, token: str | None = None) -> list[c.Product]:
        return []

    async def taxonomy(self) -> c.TaxonomySnapshot:
        self._up()
        staff = [
            c.Staff(
                id=UUID(p.id),
                name=p.name,
                email=p.email or "",
                roles=p.roles,
                teams=["cards"],
                skills=[],
                languages=["en", "es"],
                capacity=20,
                load=7,
                active=True,
                locale="en",
                version=1,
            )
            for p in PEOPLE.values()
            if p.kind == "staff"
        ]
        return c.TaxonomySnapshot(
            version=1,
            categories=[category(*row) for row in CATEGORIES],
            priorities=[],
            staff=staff,
            macros=[],
            tags=[c.Tag(id=uuid4(), key="refund", name={"en": "refund", "es": "reembolso"}, active=True)],
            teams=[
                c.Team(
                    id=uuid4(),
                    key="cards",
                    name={"en": "Cards", "es": "Tarjetas"},
                    description={},
                    members=[],
                    active=True,
                    version=1,
                )
            ],
            statuses=[*await self.statuses()],
        )

    async def statuses(self, *, token: str | None = None) -> list[c.Status]:
        return [
            c.Status(
                key=key,
                category=key,
                name={"en": key.replace("_", " ").capitalize()},
                next=[],
                message={},
                tells=False,
                needs_resolution=False,
                version=1,
            )
            for key in c.STATUSES
        ]

    async def staff(self, *, token: str | None = None) -> list[c.Staff]:
        return (await self.taxonomy()).staff

    async def categories(self, *, token: str | None = None) -> list[c.Category]:
        return (await self.taxonomy()).categories

    async def macros(self, *, retired: bool = False, token: str | None = None) -> list[c.Macro]:
        return [one for one in self.kept_macros if one.active or retired]

    async def create_macro(self, body: c.NewMacro, *, token: str | None = None) -> c.Macro:
        if not body.body and not body.actions:
            raise Invalid(errors=[FieldError("body", "A macro says or does something.", "empty")])
        made = hold(id=uuid4(), title=body.title, body=body.body, scope=body.scope, actions=body.actions)
        self.kept_macros.append(made)
        return made

    async def update_macro(self, macro: str, body: c.MacroChanges, *, token: str | None = None) -> c.Macro:
        found = next(one for one in self.kept_macros if str(one.id) == macro)
        if found.version != body.version:
            raise Conflict("stale")
        for name in ("title", "body", "actions", "active"):
            if getattr(body, name) is not UNSET:
                setattr(found, name, getattr(body, name))
        found.version += 1
        return found

    async def bind_macro(self, macro: str, body: c.MacroKey, *, token: str | None = None) -> c.Macro:
        found = next(one for one in self.kept_macros if str(one.id) == macro)
        found.hotkey = body.key
        return found

    async def preview_macro(self, body: c.MacroDraft, *, token: str | None = None) -> c.MacroPreview:
        await self.ticket(body.ticket, token=token or "")
        texts = {
            lang: text.replace("{{ticket.number}}", str(body.ticket)) for lang, text in body.body.items()
        }
        return c.MacroPreview(texts=texts, unknown=["colour"] if "{{colour}}" in str(body.body) else [])

    async def notifications(
        self, *, limit: int = 30, cursor: str | None = None, token: str | None = None
    ) -> c.NotificationPage:
        return c.NotificationPage(items=[], unread=0, next_cursor=None)

    async def notification_choices(self, *, token: str | None = None) -> list[c.NotificationChoice]:
        return self.choices

    async def choose_notifications(
        self, body: list[c.NotificationChoice], *, token: str | None = None
    ) -> list[c.NotificationChoice]:
        self.choices = body
        return body

    async def push_state(self, *, token: str | None = None) -> c.PushState:
        return c.PushState(key="BPublicKey", subscriptions=self.browsers)

    async def subscribe_push(
        self, body: c.NewPushSubscription, *, token: str | None = None
    ) -> c.PushSubscription:
        if "127.0.0.1" in body.endpoint:
            raise Invalid("inside")
        made = c.PushSubscription(
            id=UUID(int=31), device=body.device, service="push.example", mark="abc", created_at=NOW
        )
        self.browsers.append(made)
        return made

    async def unsubscribe_push(self, subscription: UUID | str, *, token: str | None = None) -> None:
        self.browsers = [one for one in self.browsers if str(one.id) != str(subscription)]

    async def my_numbers(self, *, days: int = 30, token: str | None = None) -> c.MyNumbers:
        now = c.Figures(
            solved=12,
            reopened=3,
            replies=40,
            first_responses=9,
            first_response_minutes=90,
            rated=4,
            satisfied=3,
        )
        return c.MyNumbers(since=NOW - timedelta(days=days), now=now, before=c.Figures(solved=7))

    async def staff_numbers(self, *, days: int = 30, token: str | None = None) -> c.StaffNumbers:
        one = c.PersonNumbers(id=UUID(int=41), name="Marta Gil", figures=c.Figures(solved=21))
        return c.StaffNumbers(since=NOW - timedelta(days=days), items=[one])

    async def macro_effects(self, *, days: int = 30, token: str | None = None) -> c.MacroEffects:
        one = c.MacroEffect(macro=UUID(int=5), uses=12, tickets=9, ended=8, reopened=2, minutes=90.0)
        everything = c.MacroEffect(macro=None, uses=0, tickets=40, ended=20, reopened=1, minutes=300.0)
        return c.MacroEffects(since=NOW - timedelta(days=days), items=[one], everything=everything)

    async def render_macro(self, macro: str, number: int, *, token: str | None = None) -> c.RenderedMacro:
        return c.RenderedMacro(
            id=UUID(macro), language="es", text="Es una retención, no un cobro.", actions=self.macro_acts
        )

    async def views(self, *, token: str | None = None) -> list[c.View]:
        names = [
            ("mine", "Mine", "Míos", 12),
            ("team", "My team", "Mi equipo", 31),
            ("unassigned", "Unassigned", "Sin asignar", 6),
            ("triage", "Human triage", "Triaje humano", 4),
            ("pending", "Waiting for the customer", "Esperan al cliente", 18),
        ]
        return [
            c.View(
                id=key,
                key=key,
                name={"en": en, "es": es},
                filters={},
                sort="-updated",
                scope="system",
                count=n,
            )
            for key, en, es, n in names
        ] + self.kept_views

    async def draft(self, number: int, *, token: str | None = None) -> c.Draft:
        return self.drafts.get(number, c.Draft(kind="reply", body=""))

    async def keep_draft(self, number: int, body: c.DraftChanges, *, token: str | None = None) -> c.Draft:
        self.drafts[number] = c.Draft(kind=body.kind, body=body.body, updated_at=NOW)
        return self.drafts[number]

    async def presence(self, number: int, *, token: str | None = None) -> c.Presence:
        return self.here

    async def be_here(self, number: int, body: c.Here, *, token: str | None = None) -> c.Presence:
        self.acts.append(("here", number, body.state))
        return self.here

    async def follow(self, number: int, body: c.NewFollower, *, token: str | None = None) -> list[c.StaffRef]:
        self.acts.append(("follow", number))
        return []

    async def unfollow(self, number: int, staff: UUID | str, *, token: str | None = None) -> None:
        self.acts.append(("unfollow", number))

    async def merge(self, number: int, body: c.NewMerge, *, token: str | None = None) -> c.Ticket:
        if self.tickets[number].requester.id != self.tickets[body.into].requester.id:
            raise CannotMerge
        self.acts.append(("merge", number, body.into))
        return self.tickets[body.into]

    async def unmerge(self, number: int, *, token: str | None = None) -> c.Ticket:
        self.acts.append(("unmerge", number))
        return self.tickets[number]

    async def split(self, number: int, body: c.NewSplit, *, token: str | None = None) -> c.Ticket:
        self.acts.append(("split", number, str(body.message)))
        return self.tickets[number]

    async def share_ticket(self, number: int, body: c.NewShare, *, token: str | None = None) -> c.Ticket:
        found = self.tickets[number]
        found.shared_with = [c.StaffRef(id=UUID(body.staff), name="Lars Berg")]
        return found

    async def unshare_ticket(self, number: int, staff: UUID | str, *, token: str | None = None) -> c.Ticket:
        found = self.tickets[number]
        found.shared_with = []
        return found

    async def make_problem(self, body: c.NewProblem, *, token: str | None = None) -> c.Ticket:
        self.acts.append(("problem", body.external_id, body.incidents))
        return self.tickets[1042]

    async def link(self, number: int, body: c.NewLink, *, token: str | None = None) -> c.Relations:
        self.acts.append((body.kind, number, body.to))
        return await self.relations(number)

    async def dismiss_duplicate(self, number: int, other: int, *, token: str | None = None) -> None:
        self.acts.append(("dismiss", number, other))

    async def answer_incidents(
        self, number: int, body: c.NewIncidentReply, *, token: str | None = None
    ) -> c.Batch:
        self.acts.append(("incidents", number, body.body))
        return self._batch("done")

    def _batch(self, state: Any) -> c.Batch:
        return c.Batch(
            id=UUID(int=5), kind="change", state=state, total=2, done=2, changed=2, skipped=1, kept=1, items=[]
        )  # fmt: skip

    async def create_batch(self, body: c.NewBatch, *, token: str | None = None) -> c.Batch:
        self.acts.append(("batch", body.numbers, body.changes))
        return self._batch("done")

    async def batch(self, batch: UUID | str, *, token: str | None = None) -> c.Batch:
        return self._batch("done")

    async def undo_batch(self, batch: UUID | str, *, token: str | None = None) -> c.Batch:
        self.acts.append(("undo", str(batch)))
        return self._batch("undone")

    async def create_category(self, body: c.NewCategory, *, token: str | None = None) -> c.Category:
        self.acts.append(("add category", body.key, body.name))
        return (await self.categories())[0]

    async def update_category(
        self, key: str, body: c.CategoryChanges, *, token: str | None = None
    ) -> c.Category:
        if body.version != 1:
            raise Conflict(version=1)
        self.acts.append(("category", key, body))
        return (await self.categories())[0]

    async def create_staff(self, body: c.NewStaff, *, token: str | None = None) -> c.Staff:
        self.acts.append(("invite", body.email, body.roles))
        return (await self.staff())[0]

    async def update_staff(
        self, staff: UUID | str, body: c.StaffChanges, *, token: str | None = None
    ) -> c.Staff:
        self.acts.append(("person", str(staff), body))
        return (await self.staff())[0]

    async def create_view(self, body: c.NewView, *, token: str | None = None) -> c.View:
        made = c.View(
            id="v1",
            key="v1",
            name=body.name,
            filters=body.filters,
            sort=body.sort,
            scope=body.scope,
            count=1,
        )
        self.kept_views.append(made)
        return made

    async def delete_view(self, view: UUID | str, *, token: str | None = None) -> None:
        self.kept_views = [one for one in self.kept_views if one.key != view]

    async def quarantine(self, *, token: str | None = None, limit: int = 25) -> c.QuarantinePage:
        return c.QuarantinePage(items=[])

    async def jobs(self, *, state: str = "dead", token: str | None = None) -> c.JobPage:
        return c.JobPage(items=[])

    async def upload(
        self, name: str, data: bytes, content_type: str, *, token: str | None = None
    ) -> c.Attachment:
        return c.Attachment(id=uuid4(), name=name, size=len(data), type=content_type)


class FakeTriage:
    """Triage with one decision a ticket."""

    def __init__(self) -> None:
        self.away = False
        self.outcomes: list[t.OutcomeRequest] = []
        self.said: list[t.Outcome] = []
        self.routing: t.Routing | None = None
        self.drafts: list[t.RecommendationOutcomeRequest] = []
        self.actions: list[str] = []
        self.running: t.Training | None = None

    def _up(self) -> None:
        if self.away:
            raise Unavailable("triage is away")

    async def decisions(self, ticket: UUID, *, limit: int = 20, token: str | None = None) -> list[t.Decision]:
        self._up()
        predictions = {
            "category": [
                t.Prediction("duplicate_charge", 0.94),
                t.Prediction("card_arrival", 0.04),
                t.Prediction("top_up_failed", 0.01),
            ],
            "priority": [t.Prediction("high", 0.81)],
            "tags": [t.Prediction("refund", 0.77)],
            "team": [t.Prediction("cards", 0.97)],
        }
        evidence = t.Evidence(
            words=[t.Word("cobraron", 0.9), t.Word("dos veces", 0.8), t.Word("farmacia", -0.1)],
            similar=[
                t.SimilarTicket(uuid4(), 981, "Cobrado dos veces en el súper", "duplicate_charge", 0.91)
            ],
            why={
                "en": "“cobraron” and “dos veces” decided, as in three solved tickets.",
                "es": "Decidieron «cobraron» y «dos veces», como en tres solicitudes resueltas.",
            },
        )
        return [
            t.Decision(
                id=UUID(int=7),
                ticket=ticket,
                number=1042,
                model="14",
                at=NOW,
                language="es",
                predictions=predictions,
                applied={"category": "duplicate_charge"},
                skipped={},
                abstained=["category"],
                human_triage=True,
                evidence=evidence,
                latency_ms=12.0,
                outcomes=self.said,
                state="answered",
                input_hash="",
                ticket_version=1,
                routing=self.routing,
            )
        ]

    async def decision_outcome(
        self, decision: UUID, body: t.OutcomeRequest, *, token: str | None = None
    ) -> None:
        self.outcomes.append(body)
        self.said = [t.Outcome(body.task, body.outcome, body.value, "luis", NOW)]

    async def recommendations(
        self, ticket: UUID, *, limit: int = 3, token: str | None = None
    ) -> t.Recommendations:
        self._up()
        text = (
            "Hola Ana: el segundo cargo es una retención del comercio, no un cobro. "
            "Suele liberarse sola en tres días laborables."
        )
        first = text.index("Suele")
        draft = t.Recommendation(
            id=UUID(int=8),
            text=text,
            score=0.8,
            language="es",
            composer="extractive",
            sources=[
                t.Source(
                    1,
                    "ticket",
                    str(uuid4()),
                    "Cobrado dos veces",
                    "“El segundo movimiento era una retención…”",
                    number=981,
                ),
                t.Source(
                    2,
                    "article",
                    str(uuid4()),
                    "Cargos pendientes",
                    "“Las retenciones se liberan en tres días…”",
                ),
            ],
            spans=[t.Span(0, first - 1, 1, ""), t.Span(first, len(text), 2, "")],
        )
        similar = [
            t.SimilarTicket(uuid4(), 981, "Cobrado dos veces en el súper", "x", 0.91),
            t.SimilarTicket(uuid4(), 877, "Charged twice for one order", "x", 0.88),
        ]
        return t.Recommendations(replies=[draft], articles=[], similar=similar)

    async def solved(self, q: str, *, limit: int = 5, token: str | None = None) -> t.SolvedTickets:
        self._up()
        near = t.SimilarTicket(
            ticket=UUID(int=981), number=981, subject="Cobro repetido", label="duplicate_charge", score=0.91,
            resolution="Es una retención.",
        )  # fmt: skip
        return t.SolvedTickets([near])

    async def incidents(self, *, token: str | None = None) -> list[t.Incident]:
        self._up()
        run = t.Incident(
            id=UUID(int=9), at=NOW, last_at=NOW, state="open", title="Top-up failed", label="top_up_failed",
            tickets=[1042, 1043, 1044, 1045, 1046], usual=0.4, p=1e-7,
        )  # fmt: skip
        return [run]

    async def incident_problem(self, incident: UUID, number: int, *, token: str | None = None) -> None:
        self.actions.append(f"problem {incident} {number}")

    async def dismiss_incident(self, incident: UUID, *, token: str | None = None) -> None:
        self.actions.append(f"dismiss {incident}")

    async def drift(self, *, token: str | None = None) -> t.DriftList:
        self._up()
        looks = [
            t.Signal(id=UUID(int=3), at=NOW, kind="accuracy", model="14", p=0.4, alarm=False,
                     detail={"now": 0.93, "before": 0.94, "reviews": 400}),
            t.Signal(id=UUID(int=4), at=NOW, kind="input", model="14", p=0.001, alarm=True,
                     detail={"week": 210, "before": 400, "parts": {"categories": 0.0003}}),
        ]  # fmt: skip
        return t.DriftList(looks, 0.01)

    async def check_log(self, *, token: str | None = None) -> t.LogCheck:
        return t.LogCheck(entries=2100, head="5f" * 32, erased=2)

    async def rules(self, *, token: str | None = None) -> t.Rules:
        self._up()
        return t.Rules()

    async def set_rules(self, change: t.RulesChange, *, token: str | None = None) -> t.Rules:
        if change.promote is UNSET:
            self.actions.append(f"away {change.away}")
        else:
            self.actions.append(
                f"rules {change.promote} {change.every_days} {change.on_drift} {change.assign}"
            )
        return t.Rules()

    async def replay_period(
        self,
        version: str,
        since: datetime,
        *,
        precision: float = 0.95,
        merge: dict[str, str] | None = None,
        token: str | None = None,
    ) -> t.PeriodReplay:
        self.actions.append(f"what if {version} {precision} {merge}")
        return t.PeriodReplay(
            model=version or "14", since=since, decisions=200, changed={"category": 12, "team": 3},
            workload={"cards": {"before": 120, "after": 117}, "payments": {"before": 80, "after": 83}},
            examples=[{"number": "1042", "before": "card_arrival", "after": "duplicate_charge"}], total=400,
            alone={"before": 140, "after": 120}, precision=precision, certified=True,
            curve=[[0.8 + 0.01 * n, 190.0 - 6 * n] for n in range(20)],
        )  # fmt: skip

    async def recommendation_outcome(
        self, recommendation: UUID, body: t.RecommendationOutcomeRequest, *, token: str | None = None
    ) -> None:
        self.drafts.append(body)

    async def status(self, *, token: str | None = None) -> t.Status:
        self._up()
        return t.Status(
            serving="14", champion="14", examples=8412, new_examples=231, decisions=2100, abstained=88
        )

    def _model(self, version: str, state: str, accuracy: float) -> t.Model:
        curve = [[0.1 * n, 1 - (n / 10) ** 3, 0.8 + 0.02 * n] for n in range(11)]
        names = [
            ("duplicate_charge", 377, 0.96),
            ("card_arrival", 351, 0.93),
            ("top_up_failed", 140, 0.84),
            ("cards", 9, 0.4),
        ]
        labels = [
            t.LabelMetrics(key, n, n // 5, p, p, p, ready=n > 20, needs=0 if n > 20 else 20)
            for key, n, p in names
        ]
        task = t.TaskMetrics(
            task="category",
            accuracy=accuracy,
            coverage=0.71,
            precision=0.954,
            ece=0.012,
            support=1205,
            curve=curve,
            labels=labels,
            slices={
                "language=en": {"n": 1000.0, "accuracy": 0.94, "rest": 0.87, "p_value": 0.99},
                "language=es": {"n": 205.0, "accuracy": 0.87, "rest": 0.94, "p_value": 0.0004},
                "tier=standard": {"n": 1190.0, "accuracy": 0.93, "rest": 0.8, "p_value": 0.98},
                "tier=vip": {"n": 15.0, "accuracy": 0.8, "rest": 0.93, "p_value": 0.08},
                "channel=email": {"n": 1205.0, "accuracy": 0.93},
            },
        )
        comparison = t.Comparison(
            champion="14",
            challenger=version,
            n=1205,
            champion_accuracy=0.931,
            challenger_accuracy=accuracy,
            only_champion_right=21,
            only_challenger_right=40,
            p_value=0.02,
            better=True,
            verdict={
                "en": "More right, and hardly by luck.",
                "es": "Acierta más, y difícilmente por suerte.",
            },
        )
        return t.Model(
            version,
            state,
            NOW - timedelta(days=17),
            8412,
            "",
            "",
            {"category": task},
            labels,  # type: ignore[arg-type]
            compare=comparison if state == "challenger" else None,
            promoted_at=None if state == "challenger" else NOW - timedelta(days=16),
        )

    async def models(self, *, token: str | None = None) -> t.ModelList:
        self._up()
        return t.ModelList(
            [
                self._model("15", "challenger", 0.947),
                self._model("14", "champion", 0.931),
                self._model("13", "archived", 0.918),
            ],
            "14",
        )

    async def trainings(self, *, limit: int = 25, token: str | None = None) -> list[t.Training]:
        self._up()
        return [self.running] if self.running else []

    async def promises(self, *, token: str | None = None) -> list[t.Promise]:
        self._up()
        return [
            t.Promise(
                task="category",
                precision=0.95,
                enabled=True,
                certified=True,
                basis="holdout",
                coverage=0.71,
                reviews=120,
                reviews_needed=180,
                observed=0.954,
                live_n=120,
                live_stated=0.91,
                live_right=0.78,
                live_gap=0.13,
                live_noise=0.04,
            )
        ]

    async def overrides(self, *, limit: int = 20, token: str | None = None) -> t.OverrideList:
        self._up()
        return t.OverrideList(
            [
                t.Override("category", "top_up_failed", "card_arrival", 23),
                t.Override("category", "card_arrival", "duplicate_charge", 19),
            ]
        )

    async def start_training(
        self, *, token: str | None = None, idempotency_key: str | None = None
    ) -> t.Training:
        self.actions.append("train")
        self.running = t.Training(id=uuid4(), state="running", done=6120, total=8840, note="fetch 6120")
        return self.running

    async def promote(self, version: str, *, token: str | None = None) -> t.Model:
        self.actions.append(f"promote {version}")
        return self._model(version, "champion", 0.9)

    async def rollback(self, *, token: str | None = None) -> t.Model:
        self.actions.append("rollback")
        return self._model("13", "champion", 0.9)

    async def recalibration(self, task: str, *, token: str | None = None) -> t.Recalibration:
        self._up()
        return t.Recalibration(
            task=task, model="14", advised=True, reviews=320, gap_before=0.13, gap_after=0.024, noise=0.02
        )

    async def recalibrate(self, task: str, *, token: str | None = None) -> t.Model:
        if task != "category":
            raise Conflict("A training is under way; try again when it has ended.")
        self.actions.append(f"recalibrate {task}")
        return self._model("16", "champion", 0.931)

    async def set_promise(self, task: str, change: t.PromiseChange, *, token: str | None = None) -> t.Promise:
        self.actions.append(f"promise {task} {change.precision}")
        return (await self.promises())[0]


BODY = """<h2 id="hold">What a hold is</h2><p>When a shop repeats the check, one of the charges is a <b>hold</b>.</p>
<h2 id="when">When it goes away</h2><p>Holds are released by themselves within three working days.</p>
<script>alert(1)</script>"""


class FakeKb(HelpingKb):
    """A knowledge base with a few articles in two languages."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.shown = True
        self.events: list[tuple[str, str | None]] = []
        self.feedbacks: list[k.FeedbackInput] = []
        self.saved: list[Any] = []
        self.tokens: list[str | None] = []
        self.imbalance = 0.4
        self.asked: list[k.SuggestionInput] = []
        self.drafts: dict[str, k.ArticleDraft] = {}
        self.waiting: list[k.ArticleRow] = []

    def _up(self, token: str | None = None) -> None:
        self.tokens.append(token)
        if self.away:
            raise Unavailable("kb is away")

    def _row(self, slug: str, title: str, lang: str = "en", state: str = "published") -> k.ArticleRow:
        return k.ArticleRow(
            id=UUID(int=11),
            lang=lang,
            title=title,
            slug=slug,
            summary="Why it happens and when it goes away.",
            section=UUID(int=1),
            state=state,
            visibility="public",
            faq=True,
            tags=[],  # type: ignore[arg-type]
            languages=["en", "es"],
            updated_at=NOW,
            views=120,
        )

    async def sections(self, *, token: str | None = None) -> list[k.Section]:
        self._up(token)
        rows = [
            ("cards", "Cards", "Tarjetas", "Lost, stolen, new: everything about the card.", 14),
            ("payments", "Payments", "Pagos", "Charges, refunds, exchange rates.", 12),
            ("account", "Your account", "Su cuenta", "Identity, limits, security.", 9),
            ("topups", "Top-ups", "Recargas", "How money comes in.", 7),
        ]
        return [
            k.Section(
                id=UUID(int=n),
                key=key,
                parent=None,
                position=n,
                name={"en": en, "es": es},
                description={"en": d, "es": d},
                articles=a,
            )
            for n, (key, en, es, d, a) in enumerate(rows, 1)
        ]

    async def articles(self, *, token: str | None = None, **filters: Any) -> Page[k.ArticleRow]:
        self._up(token)
        assert filters.get("sort", "updated") in SORTS, "the knowledge base would refuse this"
        if filters.get("reviewer") == "me":
            return Page(items=self.waiting)
        return Page(
            items=[
                self._row("charged-twice", "Why I see a charge twice"),
                self._row("pending", "Pending charges: when they are confirmed"),
                self._row("reclamar", "Reclamar un cargo que no reconozco", "es"),
            ]
        )

    async def page(self, lang: str, slug: str, *, token: str | None = None) -> k.ArticlePage:
        self._up(token)
        if slug != "charged-twice":
            raise NotFound
        return k.ArticlePage(
            id=UUID(int=11),
            lang=lang,
            slug=slug,
            title="Why I see a charge twice",
            summary="",
            html=BODY,
            headings=[
                k.Heading(level=2, text="What a hold is", anchor="hold"),
                k.Heading(level=2, text="When it goes away", anchor="when"),
            ],
            languages={"en": "charged-twice", "es": "cargo-doble"},
            crumbs=[k.Crumb(id=UUID(int=1), name="Cards")],
            related=[self._row("pending", "Pending charges")],
            tags=[],
            visibility="public",
            faq=True,
            updated_at=NOW,
            version=1,
        )

    async def search(
        self, q: str, *, lang: str | None = None, limit: int = 10, token: str | None = None
    ) -> k.SearchPage:
        self._up(token)
        if "zzz" in q:
            return k.SearchPage(items=[], query=q, lang=lang or "en")
        marked = [
            k.Segment(text="When a shop repeats the check, one of the charges is a "),
            k.Segment(text="hold", marked=True),
            k.Segment(text=" <i>"),
        ]
        hit = k.SearchHit(
            article=UUID(int=11),
            lang="en",
            slug="charged-twice",
            title="Why I see a charge twice",
            score=0.9,
            passage="When a shop…",
            highlight=marked,
            title_highlight=[],
            passage_id=UUID(int=3),
            anchor="hold",
        )
        return k.SearchPage(items=[hit], query=q, lang=lang or "en")

    async def suggest(self, body: k.SuggestionInput, *, token: str | None = None) -> k.Suggestions:
        self._up(token)
        self.asked.append(body)
        items = [
            k.Suggestion(
                article=UUID(int=11),
                title="Why I see a charge twice",
                passage="x",
                score=0.9,
                slug="charged-twice",
                highlight=[
                    k.Segment(text="When a shop repeats the check, one of the charges is a "),
                    k.Segment(text="hold", marked=True),
                    k.Segment(text=". It is not a payment: it is released within three working days."),
                ],
            ),
            k.Suggestion(
                article=UUID(int=12),
                title="Pending charges: when they are confirmed",
                passage="Holds…",
                score=0.7,
                slug="pending",
            ),
            k.Suggestion(
                article=UUID(int=13),
                title="Reclamar un cargo que no reconozco",
                passage="Puede reclamar…",
                score=0.5,
                lang="es",
                slug="reclamar",
            ),
        ]
        return k.Suggestions(session=body.session or UUID(int=99), shown=self.shown, items=items)

    async def session_event(
        self,
        session: UUID,
        kind: str,
        *,
        article: UUID | None = None,
        ticket: str | None = None,
        token: str | None = None,
    ) -> None:
        self.events.append((kind, ticket))

    async def feedback(self, article: UUID, body: k.FeedbackInput, *, token: str | None = None) -> None:
        self.feedbacks.append(body)

    async def index_state(self, *, token: str | None = None) -> k.IndexState:
        return k.IndexState(collection="kb", fingerprint="x", passages=410, indexed=410, available=True)

    async def search_report(self, *, days: int = 30, token: str | None = None) -> k.SearchReport:
        return k.SearchReport(
            searches=100,
            without_result=4,
            degraded=0,
            top=[],
            fruitless=[k.QueryCount(query="crypto wallet", count=4)],
            suggested=k.SuggestionHits(sessions=80, offered=64, opened=16, solved=8),
        )

    async def article(self, article: UUID, *, token: str | None = None) -> k.Article:
        text = k.Translation(
            title="Why I see a charge twice", slug="charged-twice", body_markdown="# A hold\n\n**bold**"
        )
        return k.Article(
            id=article,
            section=UUID(int=1),
            state="published",
            visibility="public",
            faq=True,
            translations={"en": text},
            tags=["refund"],
            version=3,
            created_at=NOW,
            updated_at=NOW,
        )

    async def create(
        self, body: k.ArticleInput, *, token: str | None = None, key: str | None = None
    ) -> k.Article:
        self.saved.append(body)
        return await self.article(UUID(int=11))

    async def update(self, article: UUID, body: k.ArticlePatch, *, token: str | None = None) -> k.Article:
        if body.version != 3:
            raise Conflict
        self.saved.append(body)
        return await self.article(article)

    async def addresses(
        self, *, lang: str | None = None, limit: int = 10_000, token: str | None = None
    ) -> list[k.Address]:
        self._up(token)
        return [
            k.Address(
                id=UUID(int=11), slugs={"en": "charged-twice", "es": "cargo-doble"},
                titles={"en": "Charged <twice> & more", "es": "Cargo doble"}, summaries={"en": "Why", "es": "Por qué"},
                published_at=NOW, updated_at=NOW,
            )
        ]  # fmt: skip

    async def draft(self, of: str, *, token: str | None = None) -> k.ArticleDraft | None:
        self._up(token)
        return self.drafts.get(of)

    async def keep_draft(self, of: str, body: k.DraftInput, *, token: str | None = None) -> k.ArticleDraft:
        self._up(token)
        self.drafts[of] = k.ArticleDraft(base_version=body.base_version, fields=body.fields, at=NOW)
        return self.drafts[of]

    async def drop_draft(self, of: str, *, token: str | None = None) -> None:
        self.drafts.pop(of, None)

    async def review(self, article: UUID, body: k.ReviewInput, *, token: str | None = None) -> k.Article:
        if body.version != 3:
            raise Conflict
        self.saved.append(body)
        return await self.article(article)

    async def reviews(self, article: UUID, *, token: str | None = None) -> list[k.ReviewNote]:
        return [k.ReviewNote(kind="returned", by="Rita", note="Which <card>?", at=NOW)]

    async def preview(self, markdown: str, *, token: str | None = None) -> k.Preview:
        return k.Preview(html=f"<p>{escape(markdown)}</p><script>alert(1)</script>", headings=[])

    async def upload(self, content: bytes, *, name: str, alt: str, token: str | None = None) -> k.Media:
        if not content.startswith(b"\x89PNG"):
            raise MediaRefused
        self.saved.append((name, alt))
        return self._media(alt)

    def _media(self, alt: str) -> k.Media:
        path = f"/media/{UUID(int=41)}.png"
        return k.Media(
            id=UUID(int=41), kind="image", type="image/png", name="a.png", alt=alt, size=120, path=path, created_at=NOW,
            width=30, height=20, articles=1,
        )  # fmt: skip

    async def media(self, *, token: str | None = None) -> list[k.Media]:
        self._up(token)
        return [self._media("The <settings>")]

    async def file(
        self, media: UUID, *, headers: dict[str, str] | None = None, token: str | None = None
    ) -> httpx.Response:
        self.tokens.append(token)
        if media != UUID(int=41):
            raise NotFound
        given = {
            "Content-Type": "image/png",
            "ETag": '"x"',
            "Content-Range": "bytes 0-3/9",
            "Set-Cookie": "a=b",
        }
        return httpx.Response(206 if headers else 200, content=b"\x89PNG", headers=given)

    async def move_section(self, section: UUID, to: k.SectionMove, *, token: str | None = None) -> k.Section:
        self.saved.append((section, to))
        return (await self.sections())[0]

    async def create_section(self, body: k.SectionInput, *, token: str | None = None) -> k.Section:
        self.saved.append(body)
        return (await self.sections())[0]

    async def update_section(
        self, section: UUID, body: k.SectionPatch, *, token: str | None = None
    ) -> k.Section:
        self.saved.append((section, body))
        return (await self.sections())[0]

    async def versions(self, article: UUID, lang: str, *, token: str | None = None) -> list[k.ArticleVersion]:
        self._up(token)
        bodies = {3: "One\n<b>Three</b>", 2: "One\nTwo", 1: "One"}
        return [
            k.ArticleVersion(
                number=n, lang=lang, title="T", summary="", body_markdown=body, author="Ada", at=NOW
            )
            for n, body in bodies.items()
        ]

    async def restore(
        self, article: UUID, lang: str, number: int, version: int, *, token: str | None = None
    ) -> k.Article:
        self._up(token)
        if version != 3:
            raise Conflict
        self.saved.append((lang, number))
        return await self.article(article)

    async def stale(self, *, token: str | None = None) -> list[k.StaleArticle]:
        self._up(token)
        return [
            k.StaleArticle(
                id=UUID(int=11), title="Fees <old>", lang="en", reasons=["old", "broken_link"], updated_at=NOW, views=9,
                helpful=1, unhelpful=2, broken=["/help/en/gone"],
            )
        ]  # fmt: skip

    async def tagged(self, tags: list[str], *, lang: str, token: str | None = None) -> list[k.ArticleRow]:
        self._up(token)
        return [self._row("pending", "Pending <charges>")]

    async def from_ticket(self, body: k.ResolutionInput, *, token: str | None = None) -> k.Article:
        self.saved.append(body)
        return await self.article(UUID(int=11))

    async def settings(self, *, token: str | None = None) -> k.KbSettings:
        return k.KbSettings()

    async def switch(self, body: k.KbSettingsPatch, *, token: str | None = None) -> k.KbSettings:
        self.saved.append(body)
        return k.KbSettings()

    async def check_links(self, *, token: str | None = None) -> None:
        self.saved.append("links")

    async def archive(self, *, token: str | None = None) -> bytes:
        return b"PK"

    async def article_numbers(self, *, days: int = 30, token: str | None = None) -> list[k.ArticleNumbers]:
        self._up(token)
        return [
            k.ArticleNumbers(
                id=UUID(int=11),
                title="Fees <old>",
                lang="en",
                views=days,
                helpful=3,
                unhelpful=1,
                opened=7,
                confirmed=2,
            )
        ]

    async def gaps(self, *, state: str = "open", token: str | None = None) -> list[k.Gap]:
        self._up(token)
        if state == "drafted":
            effect = k.GapEffect(
                since=NOW, days=40, before=37, before_of=1204, after=11, after_of=1310, change=-0.73, low=-0.86,
                high=-0.46, measured_at=NOW,
            )  # fmt: skip
            known: dict[str, Any] = {
                "tickets": 5, "searches": 0, "cost": 5.0, "languages": ["en"], "state": "drafted",
                "article": UUID(int=11), "found_at": NOW, "questions": [],
            }  # fmt: skip
            return [
                k.Gap(id=UUID(int=33), title="Card <delivery>", effect=effect, **known),
                k.Gap(id=UUID(int=34), title="Too early", **known),
            ]
        questions = [k.GapQuestion(text="Where is <my> filter?", number=1042, reply="In the <b>shop</b>.")]
        return [
            k.Gap(
                id=UUID(int=31), title="Coffee filter <broken>", tickets=5, searches=2, cost=5.2, languages=["en"],
                state="open", article=None, found_at=NOW, questions=questions,
            )
        ]  # fmt: skip

    async def topics(self, *, token: str | None = None) -> k.TopicTrends:
        self._up(token)
        topic = k.TopicTrend(
            before=4, after=21, change=4.1, low=0.8, high=11.2, languages=["en"],
            examples=[k.TopicExample(number=1042, title="Card <never> came")],
        )  # fmt: skip
        return k.TopicTrends(days=28, at=NOW, before_of=300, after_of=310, topics=[topic])

    async def look_for_gaps(self, *, token: str | None = None) -> None:
        self._up(token)
        self.saved.append("look")

    async def draft_of_gap(self, gap: UUID, *, token: str | None = None) -> k.Article:
        self._up(token)
        if gap != UUID(int=31):
            raise NotFound
        return await self.article(UUID(int=11))

    async def dismiss_gap(self, gap: UUID, *, token: str | None = None) -> None:
        self._up(token)
        self.saved.append(gap)

    async def deflection(self, *, days: int = 90, token: str | None = None) -> k.DeflectionReport:
        self._up(token)
        effect = k.EffectView(per_100=12.44, low=3.12, high=21.76, enough=True)
        shown = k.ArmView(visitors=812, sessions=1000, tickets=420, rate=0.42)
        control = k.ArmView(visitors=90, sessions=110, tickets=60, rate=0.5454)
        row = k.DeflectionRow(
            key=str(UUID(int=11)),
            name="Why I see a <b>charge</b> twice",
            effect=effect,
            shown=shown,
            control=control,
        )
        outcomes = k.DeflectionOutcomes(
            confirmed=210, assumed=170, unread=200, recontacted=61, ticket=102, ticket_anyway=257
        )
        return k.DeflectionReport(
            since=NOW, until=NOW, control_share=0.1, effect=effect, known=effect, avoided=124.4, shown=shown,
            control=control, outcomes=outcomes, by_article=[row], by_section=[], by_language=[row], waiting=31,
            unvouched=7, crowded=95, imbalance=self.imbalance,
        )  # fmt: skip


__all__ = ["NOW", "PASSWORD", "FakeCore", "FakeKb", "FakeTriage"]
