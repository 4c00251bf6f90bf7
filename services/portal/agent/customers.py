"""``/agent/contacts``: customers with all that the desk knows of them."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import UNSET

from services.common.errors import Conflict, DeskError, Forbidden, Invalid
from services.core.contract import (
    Contact,
    ContactChanges,
    ContactOverview,
    Identity,
    ItemChanges,
    NewItem,
    TicketPage,
)
from services.portal.web.forms import Form, read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

PATH = "/agent/contacts"
SAVED = N_("Saved.")
STALE = N_("Somebody changed this meanwhile. What you wrote stands below; save again to keep it.")
UNREADABLE = N_("“%(text)s” is no date.")
MERGED = N_("Merged: everything of both is here.")
APART = N_("Taken apart again.")
LIKELY = 10  # of who may be the same person
TIERS = ("standard", "premium", "vip")
KINDS = ("email", "phone", "whatsapp", "telegram", "portal", "social", "external")


class Unreadable(Exception):
    """A date that cannot be read; ``args`` has it."""


def answering(viewer: Viewer) -> Viewer:
    """Whoever answers customers; light agents do not read their files."""
    if set(agent(viewer).roles) <= {"light"}:
        raise Forbidden
    return viewer


@get(PATH, include_in_schema=False)
async def contacts(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    q: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Response[str]:
    """Customers by name or address, the newest first."""
    token = portal.token(answering(viewer))
    found = await portal.core.contacts(q=q[:100], cursor=cursor, token=token)
    return portal.pages.page(viewer, "agent/contacts.html", found=found, q=q[:100])


@get(f"{PATH}/{{contact:str}}", include_in_schema=False)
async def contact(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    contact: FromPath[str],
    item: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
    same: FromQuery[str] = "",
    other: FromQuery[str] = "",
) -> Response[Any]:
    """One customer; one of their items, or ``new``, opens for changing.

    ``same`` looks for contacts who may be the same person, ``other`` is the one that was chosen of them.
    """
    answering(viewer)
    who, twins = uuid_of(contact), Twins(q=same[:100])
    if same or other:
        twins = await _twins(portal, viewer, who, same[:100], other)
    return await _page(portal, viewer, who, item=item, cursor=cursor, twins=twins)


class Twins(msgspec.Struct, kw_only=True):
    """Who may be the same person: what was looked for, who was found, who of them was chosen."""

    q: str = ""
    found: list[Contact] = []
    chosen: Contact | None = None


async def _twins(portal: Portal, viewer: Viewer, who: UUID, q: str, other: str) -> Twins:
    token = portal.token(viewer)
    if other:
        chosen = await portal.core.contact(uuid_of(other), token=token)
        return Twins(q=q, chosen=chosen if chosen.id != who and chosen.merged_into is UNSET else None)
    page = await portal.core.contacts(q=q, token=token)
    return Twins(q=q, found=[one for one in page.items if one.id != who][:LIKELY])


async def _page(
    portal: Portal,
    viewer: Viewer,
    contact: UUID,
    *,
    item: str = "",
    cursor: str | None = None,
    typed: Form | None = None,
    error: str = "",
    status: int = 200,
    twins: Twins | None = None,
) -> Response[Any]:
    token = portal.token(viewer)
    overview, tickets, products, _ = await asyncio.gather(
        portal.core.contact_overview(contact, token=token),
        portal.core.list_tickets(
            requester=str(contact), sort="created", limit=25, cursor=cursor, token=token
        ),
        portal.core.products(token=token),
        portal.taxonomies.names(viewer.locale),
    )
    if (into := overview.contact.merged_into) is not UNSET:
        return portal.pages.go(viewer, f"{PATH}/{into}")
    return portal.pages.page(
        viewer,
        "agent/contact.html",
        status=status,
        twins=twins or Twins(),
        **_shown(overview, tickets, item, typed),
        products=products,
        tiers=TIERS,
        kinds=KINDS,
        error=error,
    )


def _shown(overview: ContactOverview, tickets: TicketPage, item: str, typed: Form | None) -> dict[str, Any]:
    """What the page shows, with what was typed where that was not taken."""
    person, chosen = overview.contact, next((one for one in overview.items if str(one.id) == item), None)
    values: dict[str, Any] = {
        "name": person.name,
        "organization": person.organization.name if person.organization else "",
        "tier": person.tier,
        "locale": person.locale,
        "notes": person.notes,
    }
    about = msgspec.to_builtins(chosen) if chosen else {}
    if typed is not None:
        kept = {name: text for name, text in typed.values.items() if name != "version"}
        if typed.text("do", 10) == "item":
            about |= kept | {"active": typed.flag("active"), "shared": typed.flag("shared")}
        else:
            values |= kept
    return {
        "overview": overview,
        "tickets": tickets,
        "item": item if chosen or item == "new" else "",
        "values": values,
        "about": about,
    }


@post(f"{PATH}/{{contact:str}}/save", status_code=200, include_in_schema=False)
async def save(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    contact: FromPath[str],
) -> Response[Any]:
    """Keep the customer, or one of their items. What was typed stays on the page where it is not taken."""
    form = await read_form(request)
    token, who = portal.token(answering(viewer)), uuid_of(contact)
    item = form.text("item", 40)
    try:
        if form.text("do", 10) != "item":
            await portal.core.update_contact(who, changes_from(form), token=token)
        elif item == "new":
            await portal.core.create_item(who, item_from(form), token=token)
        else:
            await portal.core.update_item(uuid_of(item), item_changes_from(form), token=token)
    except (Invalid, Unreadable, Conflict) as wrong:
        error, status = _why(portal, viewer, wrong)
        return await _page(portal, viewer, who, item=item, typed=form, error=error, status=status)
    return portal.pages.go(viewer, f"{PATH}/{who}", SAVED)


@post(f"{PATH}/{{contact:str}}/merge", status_code=200, include_in_schema=False)
async def merge(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    contact: FromPath[str],
) -> Response[Any]:
    """Have another contact go into this one, or come out of it again."""
    form = await read_form(request)
    token, who, other = portal.token(answering(viewer)), uuid_of(contact), uuid_of(form.text("other", 40))
    try:
        if form.text("do", 10) == "unmerge":
            await portal.core.unmerge_contact(other, token=token)
            return portal.pages.go(viewer, f"{PATH}/{other}", APART)
        await portal.core.merge_contact(other, who, token=token)
    except (Invalid, Conflict) as wrong:
        return portal.pages.go(viewer, f"{PATH}/{who}", wrong.title, tone="danger")
    return portal.pages.go(viewer, f"{PATH}/{who}", MERGED)


def _why(portal: Portal, viewer: Viewer, wrong: Exception) -> tuple[str, int]:
    if isinstance(wrong, Unreadable):
        return portal.pages.text(viewer, UNREADABLE, text=wrong.args[0]), 422
    assert isinstance(wrong, DeskError)
    if isinstance(wrong, Conflict):
        return (portal.pages.text(viewer, STALE) if "version" in wrong.extra else wrong.title), 409
    return " ".join(one.message for one in wrong.errors) or wrong.detail or wrong.title, 422


def changes_from(form: Form) -> ContactChanges:
    """The customer as the agent wrote them."""
    kind, value = form.text("kind", 20), form.text("identity", 320)
    added = [Identity(kind=kind, value=value)] if kind in KINDS and value else UNSET  # type: ignore[arg-type]
    return ContactChanges(
        version=form.number("version"),
        name=form.text("name", 200),
        tier=form.text("tier", 20) if form.text("tier", 20) in TIERS else UNSET,  # type: ignore[arg-type]
        locale=form.text("locale", 2),
        notes=form.whole("notes"),
        organization=form.text("organization", 200) or None,
        add_identities=added,
    )


def item_from(form: Form) -> NewItem:
    """A new item as the agent wrote it; raises :class:`Unreadable`."""
    return NewItem(
        product=form.text("product", 80),
        name=form.text("item_name", 200),
        serial=form.text("serial", 120),
        plan=form.text("plan", 120),
        since=_day(form, "since"),
        until=_day(form, "until"),
        notes=form.whole("item_notes"),
        shared=form.flag("shared"),
    )


def item_changes_from(form: Form) -> ItemChanges:
    """Changes of an item; raises :class:`Unreadable`."""
    new = item_from(form)
    return ItemChanges(
        version=form.number("version"),
        product=new.product,
        name=new.name,
        serial=new.serial,
        plan=new.plan,
        since=new.since,
        until=new.until,
        notes=new.notes,
        active=form.flag("active"),
    )


def _day(form: Form, name: str) -> date | None:
    text = form.text(name, 10)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Unreadable(text) from None


ROUTES = [contacts, contact, save, merge]
