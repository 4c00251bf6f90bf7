"""What the request pages show."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec

from services.common.errors import DeskError
from services.core.contract import TicketForm, TicketRow
from services.kb.contract import QuestionRow, Segment, SuggestionInput, Suggestions
from services.portal.forms.views import Fields, FieldView
from services.portal.help.views import alike
from services.portal.web.i18n import pick
from services.portal.web.labels import N_
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

TURN = {
    "new": N_("We are reading it"),
    "awaiting_reply": N_("Our turn"),
    "not_awaiting_reply": N_("Your turn"),
    "closed": N_("Finished"),
}


SESSIONS = (
    "60/hour"  # new suggestion sessions of one address that are counted; answers are given all the same
)


class Answer(msgspec.Struct):
    """A suggestion beside the form."""

    article: UUID
    title: str
    lang: str
    slug: str
    href: str
    highlight: list[Segment]
    foreign: bool


class Answers(msgspec.Struct):
    """Suggestions for what was typed; ``session`` ties what follows to them. Empty in the control share."""

    session: str = ""
    items: list[Answer] = []
    away: bool = False
    asked: bool = False
    alike: list[QuestionRow] = []


class Draft(msgspec.Struct):
    """What a customer has typed so far, and what was wrong with it."""

    subject: str = ""
    body: str = ""
    email: str = ""
    name: str = ""
    session: str = ""
    once: str = ""
    form: str = ""
    fields: dict[str, Any] = {}
    errors: dict[str, str] = {}


class RequestRow(msgspec.Struct):
    """One of the customer's requests, with whose turn it is."""

    ticket: TicketRow
    turn: str
    mine: bool


def rows(items: list[TicketRow], portal: Portal, viewer: Viewer) -> list[RequestRow]:
    """Requests with whose turn it is, in words."""
    return [
        RequestRow(
            t, portal.pages.text(viewer, TURN[t.working_label]), t.working_label == "not_awaiting_reply"
        )
        for t in items
    ]


class Details(msgspec.Struct):
    """What a request asks its customer for, and what they have told already."""

    asked: list[FieldView]
    told: list[tuple[str, str]]


def theirs(
    portal: Portal, viewer: Viewer, form: TicketForm, typed: dict[str, Any], wrong: dict[str, str]
) -> Details:
    """A request's details; ``typed`` are answers that were not taken, ``wrong`` why."""
    maker = Fields(portal.pages, viewer)
    asked = [
        maker.view(
            one.field,
            typed.get(one.field.key, one.value),
            required=one.required,
            error=wrong.get(one.field.key, ""),
        )
        for one in form.fields
        if one.missing or one.field.key in wrong
    ]
    told = [
        (pick(one.field.name, viewer.locale), maker.shown(one.field, one.value))
        for one in form.fields
        if one.value is not None and one.field.key not in wrong
    ]
    return Details(asked, told)


async def answers(portal: Portal, viewer: Viewer, draft: Draft) -> Answers:
    """Ask the knowledge base about a draft. It never fails: sending is always possible."""
    if len(draft.subject) + len(draft.body) < 8:
        return Answers(session=draft.session)
    body = SuggestionInput(
        subject=draft.subject[:500],
        body=draft.body[:5000],
        session=_uuid(draft.session),
        visitor=viewer.visitor,
        voucher=await voucher(portal, viewer, draft.session),
        lang=viewer.locale,
        limit=4,
    )
    try:
        found, others = await asyncio.gather(
            portal.reader.suggest(body, token=portal.token(viewer)),
            alike(portal, viewer, f"{draft.subject} {draft.body[:500]}", 2),
        )
    except DeskError:
        return Answers(session=draft.session, away=True)
    shown = _shown(found, viewer)
    shown.alike = others if shown.asked else []  # the control share sees no answers of any kind
    return shown


async def voucher(portal: Portal, viewer: Viewer, session: str) -> str | None:
    """Our word for this browser, so that its session is counted. A crowd behind one address gets none."""
    if not session and not await portal.callers.take("sessions", viewer.address, SESSIONS):
        return None
    return portal.guard.voucher(viewer.visitor)


def _shown(found: Suggestions, viewer: Viewer) -> Answers:
    items = [
        Answer(
            article=s.article,
            title=s.title,
            lang=s.lang,
            slug=s.slug,
            href=f"/help/{s.lang}/{s.slug}",
            highlight=s.highlight or [Segment(text=s.passage)],
            foreign=s.lang != viewer.locale,
        )
        for s in found.items
    ]
    return Answers(session=str(found.session), items=items if found.shown else [], asked=found.shown)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
