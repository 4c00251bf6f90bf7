"""Typed client of core: one method a call, over the kernel's ``Peer``.

``token`` is the bearer token of the person who acts; where it is left out the call is made as the service.
"""

from typing import Any
from uuid import UUID

import httpx
import msgspec

from services.common.clients import Peer
from services.common.clock import Clock
from services.common.errors import Unauthorized
from services.common.http import Actor
from services.common.http.tokens import ServiceTokens, Verifier
from services.core import contract as c


class CoreClient:
    """Core over HTTP or in process. Errors come back as the same ``DeskError`` subclasses that it raised."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    # ---- tickets

    async def create_ticket(
        self, body: c.NewTicket, *, token: str | None = None, idempotency_key: str | None = None
    ) -> c.Ticket:
        return await self._peer.post(
            "/api/v1/tickets", body=body, type=c.Ticket, token=token, idempotency_key=idempotency_key
        )

    async def list_tickets(self, *, token: str | None = None, **filters: str | int | None) -> c.TicketPage:
        """Filters: status, priority, category, tag, assignee, team, channel, requester, q, view, label.

        Also sort, limit and cursor.
        """
        params = {name: value for name, value in filters.items() if value is not None}
        return await self._peer.get("/api/v1/tickets", type=c.TicketPage, params=params, token=token)

    async def ticket(self, number: int, *, token: str | None = None) -> c.Ticket:
        return await self._peer.get(f"/api/v1/tickets/{number}", type=c.Ticket, token=token)

    async def update_ticket(
        self, number: int, body: c.TicketChanges, *, token: str | None = None
    ) -> c.Ticket:
        return await self._peer.patch(f"/api/v1/tickets/{number}", body=body, type=c.Ticket, token=token)

    async def close_ticket(self, number: int, body: c.Closure, *, token: str | None = None) -> c.Ticket:
        return await self._peer.put(
            f"/api/v1/tickets/{number}/closure", body=body, type=c.Ticket, token=token
        )

    async def reopen_ticket(self, number: int, *, token: str | None = None) -> c.Ticket:
        response = await self._peer.raw(
            "DELETE", f"/api/v1/tickets/{number}/closure", token=token, retry=True
        )
        return msgspec.json.decode(response.content, type=c.Ticket)

    async def timeline(
        self,
        number: int,
        *,
        token: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
        newest: bool = False,
    ) -> c.TimelinePage:
        params = {"limit": limit, "cursor": cursor, "newest": newest or None}
        return await self._peer.get(
            f"/api/v1/tickets/{number}/messages", type=c.TimelinePage, params=params, token=token
        )

    async def workspace(self, number: int, *, since: str = "", token: str | None = None) -> c.Workspace:
        params = {"since": since or None}
        return await self._peer.get(
            f"/api/v1/tickets/{number}/workspace", type=c.Workspace, params=params, token=token
        )

    async def post_message(
        self, number: int, body: c.NewMessage, *, token: str | None = None, idempotency_key: str | None = None
    ) -> c.MessagePosted:
        return await self._peer.post(
            f"/api/v1/tickets/{number}/messages",
            body=body,
            type=c.MessagePosted,
            token=token,
            idempotency_key=idempotency_key,
        )

    async def share_ticket(self, number: int, body: c.NewShare, *, token: str | None = None) -> c.Ticket:
        return await self._peer.post(
            f"/api/v1/tickets/{number}/shares", body=body, type=c.Ticket, token=token
        )

    # ---- around the conversation

    async def draft(self, number: int, *, token: str | None = None) -> c.Draft:
        return await self._peer.get(f"/api/v1/tickets/{number}/draft", type=c.Draft, token=token)

    async def keep_draft(self, number: int, body: c.DraftChanges, *, token: str | None = None) -> c.Draft:
        return await self._peer.put(f"/api/v1/tickets/{number}/draft", body=body, type=c.Draft, token=token)

    async def presence(self, number: int, *, token: str | None = None) -> c.Presence:
        return await self._peer.get(f"/api/v1/tickets/{number}/presence", type=c.Presence, token=token)

    async def be_here(self, number: int, body: c.Here, *, token: str | None = None) -> c.Presence:
        return await self._peer.put(
            f"/api/v1/tickets/{number}/presence", body=body, type=c.Presence, token=token
        )

    async def follow(self, number: int, body: c.NewFollower, *, token: str | None = None) -> list[c.StaffRef]:
        return await self._peer.post(
            f"/api/v1/tickets/{number}/followers", body=body, type=list[c.StaffRef], token=token
        )

    async def unfollow(self, number: int, staff: UUID | str, *, token: str | None = None) -> None:
        await self._peer.delete(f"/api/v1/tickets/{number}/followers/{staff}", token=token)

    # ---- tickets together

    async def merge(self, number: int, body: c.NewMerge, *, token: str | None = None) -> c.Ticket:
        return await self._peer.put(f"/api/v1/tickets/{number}/merge", body=body, type=c.Ticket, token=token)

    async def unmerge(self, number: int, *, token: str | None = None) -> c.Ticket:
        response = await self._peer.raw("DELETE", f"/api/v1/tickets/{number}/merge", token=token)
        return msgspec.json.decode(response.content, type=c.Ticket)

    async def split(self, number: int, body: c.NewSplit, *, token: str | None = None) -> c.Ticket:
        return await self._peer.post(
            f"/api/v1/tickets/{number}/splits", body=body, type=c.Ticket, token=token
        )

    async def link(self, number: int, body: c.NewLink, *, token: str | None = None) -> c.Relations:
        return await self._peer.post(
            f"/api/v1/tickets/{number}/links", body=body, type=c.Relations, token=token
        )

    async def make_problem(self, body: c.NewProblem, *, token: str | None = None) -> c.Ticket:
        return await self._peer.post("/api/v1/problems", body=body, type=c.Ticket, token=token)

    async def unshare_ticket(self, number: int, staff: UUID | str, *, token: str | None = None) -> c.Ticket:
        response = await self._peer.raw("DELETE", f"/api/v1/tickets/{number}/shares/{staff}", token=token)
        return msgspec.json.decode(response.content, type=c.Ticket)

    async def unlink(self, number: int, to: int, kind: str, *, token: str | None = None) -> None:
        await self._peer.delete(f"/api/v1/tickets/{number}/links/{to}/{kind}", token=token)

    async def dismiss_duplicate(self, number: int, other: int, *, token: str | None = None) -> None:
        await self._peer.delete(f"/api/v1/tickets/{number}/duplicates/{other}", token=token)

    async def answer_incidents(
        self, number: int, body: c.NewIncidentReply, *, token: str | None = None
    ) -> c.Batch:
        return await self._peer.post(
            f"/api/v1/tickets/{number}/incident-replies", body=body, type=c.Batch, token=token
        )

    async def create_batch(self, body: c.NewBatch, *, token: str | None = None) -> c.Batch:
        return await self._peer.post("/api/v1/batches", body=body, type=c.Batch, token=token)

    async def batch(self, batch: UUID | str, *, token: str | None = None) -> c.Batch:
        return await self._peer.get(f"/api/v1/batches/{batch}", type=c.Batch, token=token)

    async def undo_batch(self, batch: UUID | str, *, token: str | None = None) -> c.Batch:
        response = await self._peer.raw("DELETE", f"/api/v1/batches/{batch}", token=token)
        return msgspec.json.decode(response.content, type=c.Batch)

    async def audit(self, *, token: str | None = None, **filters: str | int | None) -> c.AuditPage:
        """``filters``: subject, subject_id, number, author, limit, cursor."""
        params = {name: value for name, value in filters.items() if value is not None}
        return await self._peer.get("/api/v1/audit", type=c.AuditPage, params=params, token=token)

    # ---- people and taxonomy

    async def me(self, *, token: str) -> c.Person:
        return await self._peer.get("/api/v1/me", type=c.Person, token=token)

    async def update_me(self, body: c.PersonChanges, *, token: str) -> c.Person:
        return await self._peer.patch("/api/v1/me", body=body, type=c.Person, token=token)

    async def staff(self, *, token: str | None = None) -> list[c.Staff]:
        return await self._peer.get("/api/v1/staff", type=list[c.Staff], token=token)

    async def teams(self, *, token: str | None = None) -> list[c.Team]:
        return await self._peer.get("/api/v1/teams", type=list[c.Team], token=token)

    async def categories(self, *, token: str | None = None) -> list[c.Category]:
        return await self._peer.get("/api/v1/categories", type=list[c.Category], token=token)

    async def create_category(self, body: c.NewCategory, *, token: str | None = None) -> c.Category:
        return await self._peer.post("/api/v1/categories", body=body, type=c.Category, token=token)

    async def update_category(
        self, key: str, body: c.CategoryChanges, *, token: str | None = None
    ) -> c.Category:
        return await self._peer.patch(f"/api/v1/categories/{key}", body=body, type=c.Category, token=token)

    async def create_staff(self, body: c.NewStaff, *, token: str | None = None) -> c.Staff:
        return await self._peer.post("/api/v1/staff", body=body, type=c.Staff, token=token)

    async def update_staff(
        self, staff: UUID | str, body: c.StaffChanges, *, token: str | None = None
    ) -> c.Staff:
        return await self._peer.patch(f"/api/v1/staff/{staff}", body=body, type=c.Staff, token=token)

    async def tags(self, *, token: str | None = None) -> list[c.Tag]:
        return await self._peer.get("/api/v1/tags", type=list[c.Tag], token=token)

    async def statuses(self, *, token: str | None = None) -> list[c.Status]:
        return await self._peer.get("/api/v1/statuses", type=list[c.Status], token=token)

    async def create_status(self, body: c.NewStatus, *, token: str | None = None) -> c.Status:
        return await self._peer.post("/api/v1/statuses", body=body, type=c.Status, token=token)

    async def update_status(self, key: str, body: c.StatusChanges, *, token: str | None = None) -> c.Status:
        return await self._peer.patch(f"/api/v1/statuses/{key}", body=body, type=c.Status, token=token)

    async def macros(self, *, retired: bool = False, token: str | None = None) -> list[c.Macro]:
        params = {"retired": "true"} if retired else {}
        return await self._peer.get("/api/v1/macros", type=list[c.Macro], params=params, token=token)

    async def create_macro(self, body: c.NewMacro, *, token: str | None = None) -> c.Macro:
        return await self._peer.post("/api/v1/macros", body=body, type=c.Macro, token=token)

    async def update_macro(self, macro: str, body: c.MacroChanges, *, token: str | None = None) -> c.Macro:
        return await self._peer.patch(f"/api/v1/macros/{macro}", body=body, type=c.Macro, token=token)

    async def bind_macro(self, macro: str, body: c.MacroKey, *, token: str | None = None) -> c.Macro:
        return await self._peer.put(f"/api/v1/macros/{macro}/key", body=body, type=c.Macro, token=token)

    async def preview_macro(self, body: c.MacroDraft, *, token: str | None = None) -> c.MacroPreview:
        return await self._peer.post("/api/v1/macros/previews", body=body, type=c.MacroPreview, token=token)

    async def macro_effects(self, *, days: int = 30, token: str | None = None) -> c.MacroEffects:
        return await self._peer.get(
            "/api/v1/macros/effects", type=c.MacroEffects, params={"days": days}, token=token
        )

    async def render_macro(self, macro: str, number: int, *, token: str | None = None) -> c.RenderedMacro:
        return await self._peer.get(
            f"/api/v1/macros/{macro}/rendering", type=c.RenderedMacro, params={"ticket": number}, token=token
        )

    async def fields(self, *, token: str | None = None) -> list[c.CustomField]:
        return await self._peer.get("/api/v1/fields", type=list[c.CustomField], token=token)

    async def keep_field(
        self, key: str, body: c.CustomFieldInput, *, token: str | None = None
    ) -> c.CustomField:
        return await self._peer.put(f"/api/v1/fields/{key}", body=body, type=c.CustomField, token=token)

    async def retire_field(self, key: str, *, token: str | None = None) -> c.FieldRetired:
        response = await self._peer.raw("DELETE", f"/api/v1/fields/{key}", token=token)
        return msgspec.json.decode(response.content, type=c.FieldRetired)

    async def forms(self, *, token: str | None = None) -> list[c.RequestForm]:
        """Without a token, those that a visitor may fill in."""
        return await self._peer.get("/api/v1/forms", type=list[c.RequestForm], token=token)

    async def keep_form(
        self, key: str, body: c.RequestFormInput, *, token: str | None = None
    ) -> c.RequestForm:
        return await self._peer.put(f"/api/v1/forms/{key}", body=body, type=c.RequestForm, token=token)

    async def check_form(self, key: str, answers: dict[str, Any], *, token: str | None = None) -> c.FormCheck:
        body = c.FormAnswers(fields=answers)
        return await self._peer.post(f"/api/v1/forms/{key}/check", body=body, type=c.FormCheck, token=token)

    async def ticket_form(self, number: int, *, token: str | None = None) -> c.TicketForm:
        return await self._peer.get(f"/api/v1/tickets/{number}/form", type=c.TicketForm, token=token)

    async def answer_form(
        self, number: int, answers: dict[str, Any], *, token: str | None = None
    ) -> c.TicketForm:
        body = c.FormAnswers(fields=answers)
        return await self._peer.put(
            f"/api/v1/tickets/{number}/form", body=body, type=c.TicketForm, token=token
        )

    async def ask_for_fields(
        self, number: int, body: c.NewQuestion, *, token: str | None = None
    ) -> c.TicketForm:
        return await self._peer.post(
            f"/api/v1/tickets/{number}/questions", body=body, type=c.TicketForm, token=token
        )

    async def templates(self, *, token: str | None = None) -> list[c.TicketTemplate]:
        return await self._peer.get("/api/v1/ticket-templates", type=list[c.TicketTemplate], token=token)

    async def keep_template(
        self, key: str, body: c.TicketTemplateInput, *, token: str | None = None
    ) -> c.TicketTemplate:
        return await self._peer.put(
            f"/api/v1/ticket-templates/{key}", body=body, type=c.TicketTemplate, token=token
        )

    async def update_contact(
        self, contact: UUID | str, body: c.ContactChanges, *, token: str | None = None
    ) -> c.Contact:
        return await self._peer.patch(f"/api/v1/contacts/{contact}", body=body, type=c.Contact, token=token)

    async def contact(self, contact: UUID | str, *, token: str | None = None) -> c.Contact:
        return await self._peer.get(f"/api/v1/contacts/{contact}", type=c.Contact, token=token)

    async def merge_contact(self, contact: UUID | str, into: UUID, *, token: str | None = None) -> c.Contact:
        body = c.NewContactMerge(into=into)
        return await self._peer.put(
            f"/api/v1/contacts/{contact}/merge", body=body, type=c.Contact, token=token
        )

    async def unmerge_contact(self, contact: UUID | str, *, token: str | None = None) -> c.Contact:
        response = await self._peer.raw("DELETE", f"/api/v1/contacts/{contact}/merge", token=token)
        return msgspec.json.decode(response.content, type=c.Contact)

    async def views(self, *, token: str | None = None) -> list[c.View]:
        return await self._peer.get("/api/v1/views", type=list[c.View], token=token)

    async def create_view(self, body: c.NewView, *, token: str | None = None) -> c.View:
        return await self._peer.post("/api/v1/views", body=body, type=c.View, token=token)

    async def delete_view(self, view: UUID | str, *, token: str | None = None) -> None:
        await self._peer.delete(f"/api/v1/views/{view}", token=token)

    async def quarantine(self, *, token: str | None = None, limit: int = 25) -> c.QuarantinePage:
        return await self._peer.get(
            "/api/v1/quarantine", type=c.QuarantinePage, params={"limit": limit}, token=token
        )

    async def hours(self, *, token: str | None = None) -> c.OpeningHours:
        return await self._peer.get("/api/v1/hours", type=c.OpeningHours, token=token)

    async def calendars(self, *, token: str | None = None) -> list[c.DeskCalendar]:
        return await self._peer.get("/api/v1/calendars", type=list[c.DeskCalendar], token=token)

    async def keep_calendar(
        self, key: str, body: c.CalendarInput, *, token: str | None = None
    ) -> c.DeskCalendar:
        return await self._peer.put(f"/api/v1/calendars/{key}", body=body, type=c.DeskCalendar, token=token)

    async def sla_policies(self, *, token: str | None = None) -> list[c.SlaPolicy]:
        return await self._peer.get("/api/v1/sla-policies", type=list[c.SlaPolicy], token=token)

    async def keep_sla_policy(
        self, key: str, body: c.SlaPolicyInput, *, token: str | None = None
    ) -> c.SlaPolicy:
        return await self._peer.put(f"/api/v1/sla-policies/{key}", body=body, type=c.SlaPolicy, token=token)

    async def drop(self, path: str, *, token: str | None = None) -> None:
        """Remove what a path names: a calendar, an agreement, a rule."""
        await self._peer.raw("DELETE", path, token=token, retry=True)

    async def lifecycle(self, *, token: str | None = None) -> c.Lifecycle:
        return await self._peer.get("/api/v1/lifecycle", type=c.Lifecycle, token=token)

    async def keep_lifecycle(self, body: c.Lifecycle, *, token: str | None = None) -> c.Lifecycle:
        return await self._peer.put("/api/v1/lifecycle", body=body, type=c.Lifecycle, token=token)

    async def answers(self, *, token: str | None = None) -> list[c.AnswerFigures]:
        """What automatic answers were worth."""
        return await self._peer.get("/api/v1/reports/answers", type=list[c.AnswerFigures], token=token)

    async def follow_up(self, link: str) -> c.FollowUp:
        """Asked as the service: the link is the proof."""
        return await self._peer.get(f"/api/v1/follow-ups/{link}", type=c.FollowUp)

    async def answer_follow_up(self, link: str, body: c.FollowUpAnswer) -> c.FollowUp:
        return await self._peer.post(f"/api/v1/follow-ups/{link}", body=body, type=c.FollowUp)

    async def products(self, *, token: str | None = None) -> list[c.Product]:
        return await self._peer.get("/api/v1/products", type=list[c.Product], token=token)

    async def create_product(self, body: c.NewProduct, *, token: str | None = None) -> c.Product:
        return await self._peer.post("/api/v1/products", body=body, type=c.Product, token=token)

    async def update_product(
        self, key: str, body: c.ProductChanges, *, token: str | None = None
    ) -> c.Product:
        return await self._peer.patch(f"/api/v1/products/{key}", body=body, type=c.Product, token=token)

    async def create_item(self, contact: UUID | str, body: c.NewItem, *, token: str | None = None) -> c.Item:
        return await self._peer.post(f"/api/v1/contacts/{contact}/items", body=body, type=c.Item, token=token)

    async def update_item(self, item: UUID | str, body: c.ItemChanges, *, token: str | None = None) -> c.Item:
        return await self._peer.patch(f"/api/v1/items/{item}", body=body, type=c.Item, token=token)

    async def choose_product(
        self, number: int, body: c.TicketProduct, *, token: str | None = None
    ) -> c.Ticket:
        return await self._peer.put(
            f"/api/v1/tickets/{number}/product", body=body, type=c.Ticket, token=token
        )

    async def contacts(
        self, *, q: str = "", cursor: str | None = None, token: str | None = None
    ) -> c.ContactPage:
        params = {name: value for name, value in {"q": q, "cursor": cursor}.items() if value}
        return await self._peer.get("/api/v1/contacts", type=c.ContactPage, params=params, token=token)

    async def contact_overview(self, contact: UUID | str, *, token: str | None = None) -> c.ContactOverview:
        return await self._peer.get(
            f"/api/v1/contacts/{contact}/overview", type=c.ContactOverview, token=token
        )

    async def attach_session(
        self, number: int, body: c.NewRemoteSession, *, token: str | None = None
    ) -> c.Ticket:
        return await self._peer.post(
            f"/api/v1/tickets/{number}/remote-sessions", body=body, type=c.Ticket, token=token
        )

    async def end_session_of(self, number: int, session: UUID | str, *, token: str | None = None) -> None:
        await self._peer.raw(
            "DELETE", f"/api/v1/tickets/{number}/remote-sessions/{session}", token=token, retry=True
        )

    async def join_team(self, number: int, team: str, *, token: str | None = None) -> c.Ticket:
        return await self._peer.put(f"/api/v1/tickets/{number}/teams/{team}", type=c.Ticket, token=token)

    async def leave_team(self, number: int, team: str, *, token: str | None = None) -> None:
        await self._peer.raw("DELETE", f"/api/v1/tickets/{number}/teams/{team}", token=token, retry=True)

    async def rating(self, link: str) -> c.RatingQuestion:
        """Asked as the service: the link is the proof."""
        return await self._peer.get(f"/api/v1/ratings/{link}", type=c.RatingQuestion)

    async def answer_rating(self, link: str, body: c.RatingInput) -> c.RatingQuestion:
        return await self._peer.post(f"/api/v1/ratings/{link}", body=body, type=c.RatingQuestion)

    async def rate(self, number: int, body: c.RatingInput, *, token: str | None = None) -> c.RatingQuestion:
        return await self._peer.put(
            f"/api/v1/tickets/{number}/rating", body=body, type=c.RatingQuestion, token=token
        )

    async def satisfaction(
        self, *, days: int = 30, by: str = "team", token: str | None = None
    ) -> c.SatisfactionReport:
        params = {"days": days, "by": by}
        return await self._peer.get(
            "/api/v1/reports/satisfaction", type=c.SatisfactionReport, params=params, token=token
        )

    async def brand(self, *, token: str | None = None) -> c.Brand:
        return await self._peer.get("/api/v1/brand", type=c.Brand, token=token)

    async def keep_brand(self, body: c.BrandInput, *, token: str | None = None) -> c.Brand:
        return await self._peer.put("/api/v1/brand", body=body, type=c.Brand, token=token)

    async def check_brand(self, body: c.BrandColours, *, token: str | None = None) -> c.BrandCheck:
        return await self._peer.post(
            "/api/v1/brand/check", body=body, type=c.BrandCheck, token=token, retry=True
        )

    async def keep_logo(self, content: bytes, *, token: str | None = None) -> c.Brand:
        headers = {"content-type": "application/octet-stream"}
        response = await self._peer.raw(
            "PUT", "/api/v1/brand/logo", content=content, headers=headers, token=token, retry=True
        )
        return msgspec.json.decode(response.content, type=c.Brand)

    async def drop_logo(self, *, token: str | None = None) -> None:
        await self._peer.raw("DELETE", "/api/v1/brand/logo", token=token, retry=True)

    async def logo(self) -> httpx.Response:
        """The picture: bytes as ``.content``, its type in the headers."""
        return await self._peer.raw("GET", "/api/v1/brand/logo")

    async def request_status(self, link: str) -> c.RequestStatus:
        """Asked as the service: the link is the proof."""
        return await self._peer.get(f"/api/v1/status-links/{link}", type=c.RequestStatus)

    async def reply_by_link(self, link: str, body: str, *, idempotency_key: str | None) -> c.MessagePosted:
        return await self._peer.post(
            f"/api/v1/status-links/{link}/messages",
            body=c.NewMessage(kind="reply", body=body),
            type=c.MessagePosted,
            idempotency_key=idempotency_key,
        )

    async def file_by_link(self, link: str, attachment: UUID | str) -> httpx.Response:
        return await self._peer.raw("GET", f"/api/v1/status-links/{link}/attachments/{attachment}")

    async def give_up_link(self, link: str) -> None:
        await self._peer.raw("DELETE", f"/api/v1/status-links/{link}", retry=True)

    async def revoke_links(self, number: int, *, token: str | None = None) -> None:
        await self._peer.raw("DELETE", f"/api/v1/tickets/{number}/status-links", token=token, retry=True)

    async def announcements(self, *, token: str | None = None) -> list[c.Announcement]:
        return await self._peer.get("/api/v1/announcements", type=list[c.Announcement], token=token)

    async def announcement(self, given: UUID | str, *, token: str | None = None) -> c.Announcement:
        return await self._peer.get(f"/api/v1/announcements/{given}", type=c.Announcement, token=token)

    async def current_announcements(self, *, token: str | None = None) -> list[c.CurrentAnnouncement]:
        """What holds now for the person of ``token``; without one, what every visitor may see."""
        return await self._peer.get(
            "/api/v1/announcements/current", type=list[c.CurrentAnnouncement], token=token
        )

    async def keep_announcement(
        self, given: UUID | str | None, body: c.AnnouncementInput, *, token: str | None = None
    ) -> c.Announcement:
        """Change one, or make one where ``given`` is None."""
        if given is None:
            return await self._peer.post("/api/v1/announcements", body=body, type=c.Announcement, token=token)
        return await self._peer.put(
            f"/api/v1/announcements/{given}", body=body, type=c.Announcement, token=token
        )

    async def affected(self, given: UUID | str, visitor: str, *, token: str | None = None) -> None:
        path = f"/api/v1/announcements/{given}/affected"
        await self._peer.post(path, body=c.Affected(visitor=visitor), type=None, token=token)

    async def mail_wish(self, link: str) -> c.MailWish:
        return await self._peer.get(f"/api/v1/announcement-wishes/{link}", type=c.MailWish)

    async def keep_mail_wish(self, link: str, body: c.MailWish) -> c.MailWish:
        return await self._peer.put(f"/api/v1/announcement-wishes/{link}", body=body, type=c.MailWish)

    async def rules(self, *, token: str | None = None) -> list[c.Rule]:
        return await self._peer.get("/api/v1/rules", type=list[c.Rule], token=token)

    async def keep_rule(
        self, rule: UUID | str | None, body: c.RuleInput, *, token: str | None = None
    ) -> c.Rule:
        """Change a rule, or make one where ``rule`` is None."""
        if rule is None:
            return await self._peer.post("/api/v1/rules", body=body, type=c.Rule, token=token)
        return await self._peer.put(f"/api/v1/rules/{rule}", body=body, type=c.Rule, token=token)

    async def try_rule(self, body: c.RuleInput, *, token: str | None = None) -> c.DryRun:
        return await self._peer.post("/api/v1/rules/dry-run", body=body, type=c.DryRun, token=token)

    async def notifications(
        self, *, limit: int = 30, cursor: str | None = None, token: str | None = None
    ) -> c.NotificationPage:
        params: dict[str, Any] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        return await self._peer.get(
            "/api/v1/notifications", type=c.NotificationPage, params=params, token=token
        )

    async def mark_read(self, body: c.MarkRead, *, token: str | None = None) -> c.NotificationPage:
        return await self._peer.post(
            "/api/v1/notifications/read", body=body, type=c.NotificationPage, token=token
        )

    async def notification_choices(self, *, token: str | None = None) -> list[c.NotificationChoice]:
        return await self._peer.get(
            "/api/v1/notifications/choices", type=list[c.NotificationChoice], token=token
        )

    async def choose_notifications(
        self, body: list[c.NotificationChoice], *, token: str | None = None
    ) -> list[c.NotificationChoice]:
        return await self._peer.put(
            "/api/v1/notifications/choices", body=body, type=list[c.NotificationChoice], token=token
        )

    async def push_state(self, *, token: str | None = None) -> c.PushState:
        return await self._peer.get("/api/v1/push", type=c.PushState, token=token)

    async def subscribe_push(
        self, body: c.NewPushSubscription, *, token: str | None = None
    ) -> c.PushSubscription:
        return await self._peer.post(
            "/api/v1/push/subscriptions", body=body, type=c.PushSubscription, token=token
        )

    async def unsubscribe_push(self, subscription: UUID | str, *, token: str | None = None) -> None:
        await self._peer.delete(f"/api/v1/push/subscriptions/{subscription}", token=token)

    async def my_numbers(self, *, days: int = 30, token: str | None = None) -> c.MyNumbers:
        return await self._peer.get(
            "/api/v1/me/numbers", type=c.MyNumbers, params={"days": days}, token=token
        )

    async def staff_numbers(self, *, days: int = 30, token: str | None = None) -> c.StaffNumbers:
        return await self._peer.get(
            "/api/v1/reports/staff", type=c.StaffNumbers, params={"days": days}, token=token
        )

    async def outgoing(
        self, *, fate: str | None = None, cursor: str | None = None, token: str | None = None
    ) -> c.OutgoingPage:
        params = {name: value for name, value in {"fate": fate, "cursor": cursor}.items() if value}
        return await self._peer.get("/api/v1/outgoing", type=c.OutgoingPage, params=params, token=token)

    async def send_again(self, mail: UUID | str, *, token: str | None = None) -> c.OutgoingMail:
        return await self._peer.post(f"/api/v1/outgoing/{mail}/retry", type=c.OutgoingMail, token=token)

    async def jobs(self, *, state: str = "dead", token: str | None = None) -> c.JobPage:
        return await self._peer.get("/api/v1/jobs", type=c.JobPage, params={"state": state}, token=token)

    async def retry_job(self, job: UUID | str, *, token: str | None = None) -> c.Job:
        return await self._peer.post(f"/api/v1/jobs/{job}/retry", type=c.Job, token=token)

    # ---- files: ``upload`` sends bytes, ``attachment`` answers the raw response

    async def upload(
        self, name: str, data: bytes, content_type: str, *, token: str | None = None
    ) -> c.Attachment:
        response = await self._peer.raw(
            "POST",
            "/api/v1/uploads",
            params={"filename": name},
            content=data,
            headers={"content-type": content_type or "application/octet-stream"},
            token=token,
        )
        return msgspec.json.decode(response.content, type=c.Attachment)

    async def inbound_mail(self, raw: bytes, *, token: str | None = None) -> c.Ticket | c.MailQuarantined:
        """Hand over one message as it came; safe to repeat."""
        response = await self._peer.raw(
            "POST",
            "/api/v1/inbound/email",
            content=raw,
            headers={"content-type": "message/rfc822"},
            token=token,
            retry=True,
        )
        kind: Any = c.MailQuarantined if response.status_code == 202 else c.Ticket
        return msgspec.json.decode(response.content, type=kind)

    async def attachment(self, attachment: UUID | str, *, token: str | None = None) -> httpx.Response:
        """The ``httpx.Response``: bytes as ``.content``, the safe headers to pass on."""
        return await self._peer.raw("GET", f"/api/v1/attachments/{attachment}", token=token)

    # ---- identity (service token)

    async def open_session(self, body: c.Credentials) -> c.OpenSession:
        return await self._peer.post("/internal/sessions", body=body, type=c.OpenSession)

    async def renew_session(self, handle: str) -> c.SessionToken:
        return await self._peer.post(f"/internal/sessions/{handle}/token", type=c.SessionToken, retry=True)

    async def end_session(self, handle: str) -> None:
        await self._peer.delete(f"/internal/sessions/{handle}")

    async def send_magic_link(self, body: c.MagicLinkRequest) -> c.MagicLinkSent:
        return await self._peer.post("/internal/magic-links", body=body, type=c.MagicLinkSent)

    async def redeem_magic_link(self, body: c.MagicLinkRedeem) -> c.OpenSession:
        return await self._peer.post("/internal/magic-links/redeem", body=body, type=c.OpenSession)

    async def introspect(self, token: str) -> c.Introspected:
        return await self._peer.post(
            "/internal/tokens/introspect", body=c.Introspect(token=token), type=c.Introspected
        )

    def verifier(self, tokens: ServiceTokens, clock: Clock) -> Verifier:
        """What a service checks bearer tokens with: by core's public keys, or by asking core."""

        async def fetch_keys() -> dict[str, Any]:
            return await self._peer.get("/.well-known/jwks.json", type=dict[str, Any])

        async def introspect(token: str) -> Actor:
            found = await self.introspect(token)
            person = found.actor
            if not found.active or person is None:
                raise Unauthorized("The token is not valid.")
            return Actor(
                id=person.id,
                kind=person.kind,
                roles=tuple(person.roles),
                scopes=tuple(person.scopes),
                name=person.name,
                email=person.email or "",
                locale=person.locale,
            )

        return Verifier(tokens, clock, fetch_keys, introspect)

    # ---- triage (service token)

    async def taxonomy(self) -> c.TaxonomySnapshot:
        return await self._peer.get("/internal/snapshot/taxonomy", type=c.TaxonomySnapshot)

    async def ticket_text(self, ticket: UUID | str) -> c.TicketText:
        return await self._peer.get(f"/internal/tickets/{ticket}/text", type=c.TicketText)

    async def answer_ticket(self, ticket: UUID | str, body: c.AnswerInput) -> c.Answered:
        """Offer an article as the answer; once a ticket, and core decides."""
        return await self._peer.post(f"/internal/tickets/{ticket}/answer", body=body, type=c.Answered)

    async def training_examples(self, *, after: str | None = None, limit: int = 500) -> c.TrainingExamples:
        """Oldest closed first; ``after`` is the ``next_after`` of the page before."""
        params: dict[str, Any] = {"limit": limit} | ({"after": after} if after else {})
        return await self._peer.get("/internal/training-examples", type=c.TrainingExamples, params=params)

    async def propose(self, ticket: UUID | str, body: c.Proposal) -> c.ProposalOutcome:
        """Idempotent by ``body.decision``: the same decision twice answers what it did the first time."""
        return await self._peer.post(
            f"/internal/tickets/{ticket}/proposal", body=body, type=c.ProposalOutcome
        )
