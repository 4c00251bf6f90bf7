"""``/admin/statuses``: the desk's own statuses, where a ticket goes from each, and what customers are told."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import Conflict, Invalid
from services.core.contract import STATUSES, NewStatus, Status, StatusChanges
from services.portal.web.forms import Form, read_form
from services.portal.web.labels import N_
from services.portal.web.people import admin
from services.portal.web.portal import Portal
from services.portal.web.viewer import LOCALES, Viewer

SAVED = N_("Saved.")
STALE = N_("Somebody changed it meanwhile. Look at it again before you save.")
VARIABLES = (
    "contact.first_name", "contact.name", "ticket.number", "ticket.subject", "ticket.status", "ticket.resolution",
    "ticket.link", "agent.name", "rating.link",
)  # fmt: skip
NEW = Status(
    key="",
    category="in_progress",
    name={},
    next=[],
    message={},
    tells=False,
    needs_resolution=False,
    version=0,
)


@get("/admin/statuses", include_in_schema=False)
async def statuses(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], status: FromQuery[str] = ""
) -> Response[str]:
    """Every status; one opens for changing, ``new`` an empty one."""
    admin(viewer)
    return await _page(portal, viewer, wanted=status)


async def _page(
    portal: Portal,
    viewer: Viewer,
    *,
    wanted: str = "",
    edit: Status | None = None,
    errors: dict[str, str] | None = None,
    error: str = "",
    code: int = 200,
) -> Response[str]:
    found = await portal.core.statuses(token=portal.token(viewer))
    if edit is None:
        edit = NEW if wanted == "new" else next((one for one in found if one.key == wanted), None)
    return portal.pages.page(
        viewer,
        "admin/statuses.html",
        status=code,
        statuses=found,
        edit=edit,
        names={one.key: one.name for one in found},
        categories=STATUSES,
        variables=VARIABLES,
        errors=errors or {},
        error=error,
        section="statuses",
    )


@post("/admin/statuses", status_code=200, include_in_schema=False)
async def save(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Keep a status, or add one. What was typed stays on the page where it is not taken."""
    form = await read_form(request)
    token = portal.token(admin(viewer))
    typed, version = typed_from(form), form.number("version")
    try:
        if version:
            await portal.core.update_status(typed.key, _changes(typed, version), token=token)
        else:
            await portal.core.create_status(_new(typed, form), token=token)
    except Invalid as wrong:
        errors = {one.field.partition(".")[0]: one.message for one in wrong.errors}
        error = "" if errors else wrong.detail or wrong.title
        return await _page(portal, viewer, edit=typed, errors=errors, error=error, code=422)
    except Conflict as wrong:
        error = portal.pages.text(viewer, STALE) if version else wrong.title
        return await _page(portal, viewer, edit=typed, error=error, code=409)
    portal.taxonomies.forget()
    return portal.pages.go(viewer, "/admin/statuses", SAVED)


def typed_from(form: Form) -> Status:
    """The status as the admin wrote it."""
    return Status(
        key=form.text("key", 80).lower(),
        category=form.text("category", 20),
        name=_texts(form, "name", 200),
        next=form.lists.get("next", []),
        active=form.flag("active"),
        position=form.number("position"),
        message=_texts(form, "message", 20_000),
        tells=form.flag("tells"),
        needs_resolution=form.flag("needs_resolution"),
        version=form.number("version"),
    )


def _texts(form: Form, name: str, most: int) -> dict[str, str]:
    return {lang: text for lang in LOCALES if (text := form.whole(f"{name}_{lang}")[:most])}


def _changes(typed: Status, version: int) -> StatusChanges:
    return StatusChanges(
        version=version,
        name=typed.name,
        next=typed.next,
        position=typed.position,
        active=typed.active,
        message=typed.message,
        tells=typed.tells,
        needs_resolution=typed.needs_resolution,
    )


def _new(typed: Status, form: Form) -> NewStatus:
    """The body of a new status; raises :class:`Invalid` for a key that is none."""
    values = {
        "key": typed.key,
        "category": typed.category,
        "name": typed.name,
        "next": typed.next or None,
        "reached_from": form.lists.get("reached_from") or None,
        "position": typed.position or None,
        "message": typed.message,
        "tells": typed.tells,
        "needs_resolution": typed.needs_resolution,
    }
    try:
        return msgspec.convert(values, NewStatus)
    except msgspec.ValidationError as error:
        raise Invalid(str(error)) from error


ROUTES = [statuses, save]
