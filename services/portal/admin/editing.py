"""Changing categories and people: rename, move, describe, switch off; invite, give roles and teams."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency

from services.common.errors import Conflict, DeskError, Forbidden, Invalid, Unavailable
from services.core.contract import CategoryChanges, NewCategory, NewStaff, StaffChanges
from services.portal.web.forms import Form, read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import admin
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer
from services.triage.contract import RulesChange

SAVED, INVITED = N_("Saved"), N_("Invited. They sign in with a link to their address.")
MOVED_ON = N_(
    "Somebody changed this meanwhile. The page shows the newest state; change it again if you still want to."
)
NOT_SO = N_("That was not taken: %(why)s")
NO_TRIAGE = N_("Triage is away. Everything but who is away was kept; say that again later.")
ROLES = ("light", "agent", "lead", "admin")


@post("/admin/categories", status_code=200, include_in_schema=False)
async def category(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Add a category, or change one."""
    form, token = await read_form(request), portal.token(admin(viewer))
    given = {
        "name": _texts(form, "name"),
        "definition": _texts(form, "definition"),
        "parent": form.text("parent", 80) or None,
        "team": form.text("team", 80) or None,
    }
    key = form.text("key", 80)

    async def save() -> None:
        if form.text("do", 10) == "add":
            await portal.core.create_category(_body({"key": key, **given}, NewCategory), token=token)
        else:
            changes = {"version": form.number("version"), "active": form.flag("active"), **given}
            await portal.core.update_category(key, _body(changes, CategoryChanges), token=token)

    return await _saved(portal, viewer, "/admin/categories", save, SAVED)


@post("/admin/people", status_code=200, include_in_schema=False)
async def person(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Invite a colleague, or change one."""
    form, token = await read_form(request), portal.token(admin(viewer))
    given: dict[str, Any] = {
        "name": form.text("name", 200),
        "roles": [role for role in form.lists.get("roles", []) if role in ROLES],
        "teams": form.lists.get("teams", []),
    }
    invites = form.text("do", 10) == "invite"

    async def save() -> None:
        if invites:
            await portal.core.create_staff(
                _body({"email": form.text("email", 320), **given}, NewStaff), token=token
            )
            return
        given["capacity"] = form.number("capacity", 20)
        given["skills"], given["languages"] = _words(form, "skills"), _words(form, "languages")
        changes = {"version": form.number("version"), "active": form.flag("active"), **given}
        await portal.core.update_staff(
            uuid_of(form.text("id", 40)), _body(changes, StaffChanges), token=token
        )
        if form.flag("asked"):
            await _presence(portal, uuid_of(form.text("id", 40)), form.flag("away"), token)

    return await _saved(portal, viewer, "/admin/people", save, INVITED if invites else SAVED)


def _words(form: Form, name: str) -> list[str]:
    """Words between commas."""
    return sorted({word.strip().lower() for word in form.text(name, 4000).split(",")} - {""})


async def _presence(portal: Portal, person: UUID, away: bool, token: str | None) -> None:
    """Say to triage whether somebody is given tickets for now; nothing is written where that is so already."""
    rules = await portal.triage.rules(token=token)
    if (person in rules.away) != away:
        others = [one for one in rules.away if one != person]
        changed = [*others, person] if away else others
        await portal.triage.set_rules(RulesChange(away=changed), token=token)


def _texts(form: Form, name: str) -> dict[str, str]:
    return {lang: text for lang in ("en", "es") if (text := form.text(f"{name}_{lang}", 4000))}


def _body(values: dict[str, Any], type_: Any) -> Any:
    try:
        return msgspec.convert(values, type_)
    except msgspec.ValidationError as error:
        raise Invalid(str(error)) from error


async def _saved(portal: Portal, viewer: Viewer, path: str, save: Any, said: str) -> Response[Any]:
    """Save, and say on the page what became of it."""
    try:
        await save()
    except Unavailable:
        return portal.pages.go(viewer, path, NO_TRIAGE, tone="danger")
    except (Invalid, Conflict, Forbidden) as error:
        if isinstance(error, Conflict) and "version" in error.extra:
            return portal.pages.go(viewer, path, MOVED_ON, tone="danger")
        return portal.pages.go(viewer, path, NOT_SO, tone="danger", why=_why(error))
    portal.taxonomies.forget()
    return portal.pages.go(viewer, path, said)


def _why(error: DeskError) -> str:
    return " ".join(one.message for one in error.errors) or error.detail or error.title


ROUTES = [category, person]
