"""``/admin/forms``: the desk's own fields, forms and templates; changing a field."""

import asyncio
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import Conflict, DeskError
from services.core.contract import STATUSES, CustomField, CustomFieldInput, FieldOption
from services.portal.admin.naming import key_of
from services.portal.forms.views import KINDS, Fields
from services.portal.web.forms import Form, read_form
from services.portal.web.labels import N_
from services.portal.web.people import admin
from services.portal.web.portal import Portal
from services.portal.web.viewer import LOCALES, Viewer

SAVED, DELETED = N_("Saved."), N_("Deleted.")
KEPT = N_("It holds data or is part of a form, so it was switched off. What it holds stays.")
STALE = N_("Somebody changed it meanwhile. Look at it again before you save.")
SPARE = 3
"""Empty rows for options beside those that are filled."""
ROWS = 200


@get("/admin/forms", include_in_schema=False)
async def overview(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """Forms and fields in their order, and the templates."""
    token = portal.token(admin(viewer))
    forms, fields, templates = await asyncio.gather(
        portal.core.forms(token=token), portal.core.fields(token=token), portal.core.templates(token=token)
    )
    used = {item.field: [] for form in forms for item in form.items}  # type: dict[str, list[Any]]
    for form in forms:
        for item in form.items:
            used[item.field].append(form)
    return portal.pages.page(
        viewer,
        "admin/forms.html",
        forms=forms,
        fields=fields,
        used=used,
        templates=templates,
        kinds=KINDS,
        section="forms",
    )


@get("/admin/forms/field", include_in_schema=False)
async def field(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], key: FromQuery[str] = ""
) -> Response[Any]:
    """A field to change, or an empty one."""
    known = await portal.core.fields(token=portal.token(admin(viewer)))
    found = next((one for one in known if one.key == key), None)
    if key and found is None:
        return portal.pages.go(viewer, "/admin/forms")
    return _page(portal, viewer, found or blank(), known)


def blank() -> CustomField:
    """What the editor begins with."""
    return CustomField(
        key="", target="ticket", kind="text", name={}, help={}, options=[], visibility="customer", required=False,
        required_for=[], minimum="", maximum="", pattern="", source="", position=100, active=True, version=0,
    )  # fmt: skip


def _page(
    portal: Portal,
    viewer: Viewer,
    shown: CustomField,
    known: list[CustomField],
    *,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    sources = [one for one in known if one.target == "contact" and one.visibility == "customer"]
    return portal.pages.page(
        viewer,
        "admin/field.html",
        status=status,
        edit=shown,
        kinds=KINDS,
        statuses=STATUSES,
        sources=sources,
        rows=len(shown.options) + SPARE,
        preview=Fields(portal.pages, viewer).view(shown, None) if shown.name else None,
        errors=errors or {},
        section="forms",
    )


@post("/admin/forms/field", status_code=200, include_in_schema=False)
async def save(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Keep a field, take it out of use, or only show more rows for options."""
    form, token = await read_form(request), portal.token(admin(viewer))
    shown = field_from(form)
    known = await portal.core.fields(token=token)
    if form.flag("more"):
        shown.options += [FieldOption(key="", name={})] * SPARE
        return _page(portal, viewer, shown, known)
    try:
        if form.flag("delete"):
            gone = await portal.core.retire_field(shown.key, token=token)
            said = DELETED if gone.deleted else KEPT
        else:
            await portal.core.keep_field(shown.key, _input(shown), token=token)
            said = SAVED
    except Conflict:
        errors = {"form": portal.pages.text(viewer, STALE)}
        return _page(portal, viewer, shown, known, errors=errors, status=409)
    except DeskError as error:
        return _page(portal, viewer, shown, known, errors=explained(error), status=422)
    portal.taxonomies.forget()
    return portal.pages.go(viewer, "/admin/forms", said)


def explained(error: DeskError) -> dict[str, str]:
    """What core says, by the first word of the place that it is about; without a place, under ``form``."""
    found: dict[str, str] = {}
    for one in error.errors:
        found.setdefault(one.field.split(".")[0], one.message)
    return found or {"form": error.detail or error.title}


def texts(form: Form, name: str) -> dict[str, str]:
    """A text in the desk's languages."""
    return {lang: text for lang in LOCALES if (text := form.whole(f"{name}_{lang}")[:2_000])}


def field_from(form: Form) -> CustomField:
    """The field that the editor's page describes."""
    name = texts(form, "name")
    kind = form.text("kind", 20)
    options = [one for place in range(ROWS) if (one := _option(form, place))]
    required_for = [one for one in form.lists.get("required_for", []) if one in STATUSES]
    values: dict[str, Any] = {
        "key": form.text("key", 60) or key_of(name),
        "target": "contact" if form.text("target", 10) == "contact" else "ticket",
        "kind": kind if kind in KINDS else "text",
        "name": name,
        "help": texts(form, "help"),
        "options": options if kind in {"choice", "choices"} else [],
        "visibility": "staff" if form.text("visibility", 10) == "staff" else "customer",
        "required": form.flag("required"),
        "required_for": required_for,
        "source": form.text("source", 80),
        "position": form.number("position", 100),
        "active": form.flag("active"),
        "version": form.number("version"),
        **{part: form.text(part, 300) for part in ("minimum", "maximum", "pattern")},
    }
    return CustomField(**values)


def _option(form: Form, place: int) -> FieldOption | None:
    name = texts(form, f"o{place}")
    key = form.text(f"o{place}_key", 60) or key_of(name)
    return FieldOption(key=key, name=name) if name or form.text(f"o{place}_key", 60) else None


def _input(shown: CustomField) -> CustomFieldInput:
    """The body for core; keys that are none come back as an error beside them."""
    given = msgspec.to_builtins(shown)
    del given["key"]
    return CustomFieldInput(**{**given, "options": shown.options})


ROUTES = [overview, field, save]
