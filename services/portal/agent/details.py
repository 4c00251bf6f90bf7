"""The desk's own fields beside a ticket: of the ticket and of its customer, and asking for what lacks."""

import asyncio
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.common.errors import Conflict, DeskError, Invalid
from services.core import contract as c
from services.portal.forms.views import Fields, FieldView, answers_of, plain
from services.portal.web.forms import Form, read_form
from services.portal.web.i18n import pick
from services.portal.web.labels import N_
from services.portal.web.pages import toast_header
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

SAVED = N_("Saved")
ASKED = N_("The customer has been asked; the ticket waits for them.")
NOTHING = N_("There is nothing left to ask for.")
MEANWHILE = N_("Somebody set this to “%(value)s” meanwhile. Save again to replace it.")
NOT_TAKEN = N_("That was not saved. Look at the marked fields.")


class DetailsView(msgspec.Struct, kw_only=True):
    """The section. ``was`` is each value as the page shows it, to tell a real conflict from a new version."""

    number: int
    form: str
    fields: list[FieldView]
    was: dict[str, str]
    missing: list[str]
    may_ask: int
    asked: c.TicketForm
    contact: c.Contact | None
    contact_fields: list[FieldView]
    may_write: bool
    error: str = ""

    @property
    def empty(self) -> bool:
        return not self.fields and not self.contact_fields


async def load(portal: Portal, viewer: Viewer, number: int, typed: "Typed | None" = None) -> DetailsView:
    """A ticket's fields and its customer's; ``typed`` is what was not taken, with why."""
    token, typed = portal.token(viewer), typed or Typed()
    ticket, form, names = await asyncio.gather(
        portal.core.ticket(number, token=token),
        portal.core.ticket_form(number, token=token),
        portal.taxonomies.names(viewer.locale),
    )
    about = [one for one in names.fields.values() if one.target == "contact"]
    contact = await _contact(portal, viewer, ticket) if about else None
    maker = Fields(portal.pages, viewer)
    return DetailsView(
        number=number,
        form=pick(form.form_name, viewer.locale),
        fields=[_view(maker, one, typed) for one in form.fields],
        was={one.field.key: plain(one.value) for one in form.fields},
        missing=[pick(one.field.name, viewer.locale) for one in form.fields if one.missing],
        may_ask=len(form.may_ask),
        asked=form,
        contact=contact,
        contact_fields=_about(maker, about, contact, typed) if contact else [],
        may_write="light" not in viewer.roles,
        error=typed.error,
    )


class Typed(msgspec.Struct):
    """What an agent typed and why it was not taken: ``errors`` are codes by field, ``words`` sentences."""

    answers: dict[str, Any] = {}
    errors: dict[str, str] = {}
    words: dict[str, str] = {}
    error: str = ""


def _view(maker: Fields, one: c.TicketField, typed: Typed) -> FieldView:
    key = one.field.key
    view = maker.view(one.field, typed.answers.get(key, one.value), error=typed.errors.get(key, ""))
    view.required, view.missing = one.required, one.missing
    view.set_by = one.set_by if isinstance(one.set_by, str) else ""
    view.error = view.error or typed.words.get(key, "")
    return view


def _about(maker: Fields, about: list[c.CustomField], contact: c.Contact, typed: Typed) -> list[FieldView]:
    views = []
    for field in about:
        value = typed.answers.get(field.key, contact.fields.get(field.key))
        if field.active or value:
            views.append(maker.view(field, value, error=typed.errors.get(field.key, "")))
    return views


async def _contact(portal: Portal, viewer: Viewer, ticket: c.Ticket) -> c.Contact | None:
    try:
        return await portal.core.contact(ticket.requester.id, token=portal.token(viewer))
    except DeskError:
        return None


async def _show(
    portal: Portal,
    viewer: Viewer,
    number: int,
    typed: Typed | None = None,
    *,
    said: str = "",
    tone: str = "good",
) -> Response[Any]:
    """The section for htmx, a page of its own for who has no script."""
    if said and not viewer.htmx and typed is None:
        return portal.pages.go(viewer, f"/agent/tickets/{number}/details", said, tone=tone)
    view = await load(portal, viewer, number, typed)
    template = "agent/_details.html" if viewer.htmx else "agent/details.html"
    headers = toast_header(portal.pages.text(viewer, said), tone) if said else None
    status = 200 if viewer.htmx or typed is None else 422
    return portal.pages.page(viewer, template, details=view, headers=headers, status=status)


@get("/agent/tickets/{number:int}/details", include_in_schema=False)
async def details(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """The fields of a ticket."""
    return await _show(portal, agent(viewer), number)


@post("/agent/tickets/{number:int}/details", status_code=200, include_in_schema=False)
async def save(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """Save what changed. A value that somebody else set meanwhile is shown and not overwritten."""
    form = await read_form(request)
    now = await portal.core.ticket_form(number, token=portal.token(agent(viewer)))
    changed = changes(form, now)
    strangers = _overtaken(portal, viewer, form, now, changed)
    if strangers:
        typed = Typed(changed, words=strangers, error=portal.pages.text(viewer, NOT_TAKEN))
        return await _show(portal, viewer, number, typed)
    try:
        if changed:
            body = c.TicketChanges(version=now.version, fields={k: v or None for k, v in changed.items()})
            await portal.core.update_ticket(number, body, token=portal.token(viewer))
    except (Invalid, Conflict) as error:
        return await _show(portal, viewer, number, _refused(portal, viewer, changed, error))
    return await _show(portal, viewer, number, said=SAVED)


def changes(form: Form, now: c.TicketForm) -> dict[str, Any]:
    """The answers that differ from what the page showed."""
    typed = answers_of(form, [one.field for one in now.fields])
    return {key: value for key, value in typed.items() if plain(value) != form.whole(f"was_{key}")}


def _overtaken(
    portal: Portal, viewer: Viewer, form: Form, now: c.TicketForm, changed: dict[str, Any]
) -> dict[str, str]:
    maker = Fields(portal.pages, viewer)
    return {
        one.field.key: portal.pages.text(viewer, MEANWHILE, value=maker.shown(one.field, one.value) or "–")
        for one in now.fields
        if one.field.key in changed
        and plain(one.value) not in {form.whole(f"was_{one.field.key}"), plain(changed[one.field.key])}
    }


def _refused(portal: Portal, viewer: Viewer, changed: dict[str, Any], error: DeskError) -> Typed:
    codes = {e.field.removeprefix("fields."): e.code for e in error.errors}
    return Typed(changed, codes, error=portal.pages.text(viewer, NOT_TAKEN))


@post("/agent/tickets/{number:int}/details/question", status_code=200, include_in_schema=False)
async def ask(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """Ask the customer for everything that lacks."""
    try:
        await portal.core.ask_for_fields(number, c.NewQuestion(), token=portal.token(agent(viewer)))
    except Conflict:
        return await _show(portal, viewer, number, said=NOTHING, tone="danger")
    return await _show(portal, viewer, number, said=ASKED)


@post("/agent/tickets/{number:int}/details/customer", status_code=200, include_in_schema=False)
async def save_customer(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """Save what the desk keeps about the customer."""
    form, token = await read_form(request), portal.token(agent(viewer))
    ticket, names = await asyncio.gather(
        portal.core.ticket(number, token=token), portal.taxonomies.names(viewer.locale)
    )
    about = [one for one in names.fields.values() if one.target == "contact"]
    typed = answers_of(form, about)
    changed = {key: value for key, value in typed.items() if plain(value) != form.whole(f"was_{key}")}
    try:
        body = c.ContactChanges(
            version=form.number("version"), fields={k: v or None for k, v in changed.items()}
        )
        if changed:
            await portal.core.update_contact(ticket.requester.id, body, token=token)
    except (Invalid, Conflict) as error:
        return await _show(portal, viewer, number, _refused(portal, viewer, changed, error))
    return await _show(portal, viewer, number, said=SAVED)


ROUTES = [details, save, ask, save_customer]
