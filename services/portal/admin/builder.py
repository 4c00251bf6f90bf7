"""``/admin/forms/form``: the builder. Order by dragging or by buttons, conditions by choosing, previews.

Every act is a button of the one form, so that nothing is lost without script; script only moves rows by itself.
"""

import asyncio
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import Conflict, DeskError
from services.core.contract import TYPES, CustomField, FormCondition, FormItem, RequestForm, RequestFormInput
from services.portal.admin.fields import SAVED, STALE, explained, texts
from services.portal.admin.naming import key_of
from services.portal.agent.opening import TYPE_WORDS, categories
from services.portal.forms.views import Fields, FieldView
from services.portal.web.forms import Form, read_form
from services.portal.web.i18n import pick
from services.portal.web.labels import N_
from services.portal.web.people import admin
from services.portal.web.portal import Portal
from services.portal.web.viewer import LOCALES, Viewer

IS, FILLED, EMPTY = N_("%(field)s is %(value)s"), N_("%(field)s is answered"), N_("%(field)s is not answered")
OTHER = N_("%(field)s: %(op)s %(value)s")
ASKABLE = {"choice", "choices", "yes_no"}
MOST = 60


class Row(msgspec.Struct):
    """A field in its place. ``when`` are chosen conditions, ``choices`` what could be one, as (value, words)."""

    field: CustomField
    required: bool
    when: list[str]
    choices: list[tuple[str, str]]


class Shown(msgspec.Struct):
    """The form in one language, with the conditions in words."""

    language: str
    title: str
    description: str
    fields: list[tuple[FieldView, list[str]]]


class Built(msgspec.Struct, kw_only=True):
    """A form as the builder holds it."""

    key: str
    data: RequestFormInput


@get("/admin/forms/form", include_in_schema=False)
async def builder(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], key: FromQuery[str] = ""
) -> Response[Any]:
    """A form to change, or an empty one."""
    forms = await portal.core.forms(token=portal.token(admin(viewer)))
    found = next((one for one in forms if one.key == key), None)
    if key and found is None:
        return portal.pages.go(viewer, "/admin/forms")
    built = Built(key=key, data=_data(found) if found else RequestFormInput(name={}))
    return await _page(portal, viewer, built)


def _data(form: RequestForm) -> RequestFormInput:
    names = [name for name in RequestFormInput.__struct_fields__ if hasattr(form, name)]
    return RequestFormInput(**{name: getattr(form, name) for name in names})


async def _page(
    portal: Portal, viewer: Viewer, built: Built, *, errors: dict[str, str] | None = None, status: int = 200
) -> Response[str]:
    token = portal.token(viewer)
    known, names = await asyncio.gather(
        portal.core.fields(token=token), portal.taxonomies.names(viewer.locale)
    )
    fields = {one.key: one for one in known if one.target == "ticket"}
    items = [item for item in built.data.items if item.field in fields]
    there = {item.field for item in items}
    return portal.pages.page(
        viewer,
        "admin/form.html",
        status=status,
        built=built,
        edit=built.data,
        rows=_rows(portal, viewer, items, fields),
        addable=[one for one in fields.values() if one.active and one.key not in there],
        previews=[_preview(portal, viewer, built, items, fields, locale) for locale in LOCALES],
        categories=categories(names, viewer),
        types=[("", "–"), *((key, portal.pages.text(viewer, TYPE_WORDS[key])) for key in TYPES)],
        errors=errors or {},
        section="forms",
    )


def _rows(portal: Portal, viewer: Viewer, items: list[FormItem], fields: dict[str, CustomField]) -> list[Row]:
    rows, choices = [], list[tuple[str, str]]()
    for item in items:
        when = [coded for condition in item.when for coded in coded_of(condition)]
        strange = [one for one in when if one not in dict(choices)]
        words = [(one, words_of(portal, viewer, condition_of(one), fields)) for one in strange]
        rows.append(Row(fields[item.field], item.required, when, choices + words))
        choices = choices + _choices(portal, viewer, fields[item.field])
    return rows


def _choices(portal: Portal, viewer: Viewer, field: CustomField) -> list[tuple[str, str]]:
    """What can be asked of a field: each of its answers, and whether there is one."""
    values = [option.key for option in field.options] if field.options else []
    if field.kind == "yes_no":
        values = ["yes", "no"]
    conditions = [FormCondition(field=field.key, op="is", value=[value]) for value in values]
    conditions += [FormCondition(field=field.key, op="filled"), FormCondition(field=field.key, op="empty")]
    known = {field.key: field}
    return [(coded_of(one)[0], words_of(portal, viewer, one, known)) for one in conditions]


def words_of(portal: Portal, viewer: Viewer, condition: FormCondition, fields: dict[str, CustomField]) -> str:
    """A condition in words."""
    field = fields.get(condition.field)
    name = pick(field.name, viewer.locale) if field else condition.field
    maker = Fields(portal.pages, viewer)
    shown = ", ".join(
        maker.shown(field, one) if field and field.kind in ASKABLE else one for one in condition.value
    )
    text = {"is": IS, "filled": FILLED, "empty": EMPTY}.get(condition.op, OTHER)
    return portal.pages.text(viewer, text, field=name, value=shown, op=condition.op.replace("_", " "))


def coded_of(condition: FormCondition) -> list[str]:
    """A condition as values of a select, one an alternative."""
    return [f"{condition.field}|{condition.op}|{value}" for value in condition.value or [""]]


def condition_of(coded: str) -> FormCondition:
    """What :func:`coded_of` made."""
    field, _, rest = coded.partition("|")
    op, _, value = rest.partition("|")
    known: Any = op if op in {"is", "is_not", "filled", "empty", "at_least", "at_most"} else "is"
    return FormCondition(field=field[:80], op=known, value=[value] if value else [])


def conditions_of(coded: list[str]) -> list[FormCondition]:
    """Answers of the same field are alternatives; conditions on different fields all have to hold."""
    found: list[FormCondition] = []
    for one in (condition_of(text) for text in coded if text):
        same = next((c for c in found if (c.field, c.op) == (one.field, one.op)), None)
        if same is None:
            found.append(one)
        elif one.value and one.value[0] not in same.value:
            same.value.append(one.value[0])
    return found


def _preview(
    portal: Portal,
    viewer: Viewer,
    built: Built,
    items: list[FormItem],
    fields: dict[str, CustomField],
    locale: str,
) -> Shown:
    reader = msgspec.structs.replace(viewer, locale=locale)
    maker = Fields(portal.pages, reader)
    shown = []
    for item in items:
        view = maker.view(fields[item.field], None, required=item.required)
        shown.append((view, [words_of(portal, reader, condition, fields) for condition in item.when]))
    return Shown(locale, pick(built.data.name, locale), pick(built.data.description, locale), shown)


@post("/admin/forms/form", status_code=200, include_in_schema=False)
async def save(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Keep the form, or show it after a move: one field up or down, added or taken out."""
    form, token = await read_form(request), portal.token(admin(viewer))
    built = built_from(form)
    if not form.flag("save"):
        return await _page(portal, viewer, built)
    if not built.key:
        built.key = key_of(built.data.name, "form")
    try:
        await portal.core.keep_form(built.key, built.data, token=token)
    except Conflict:
        errors = {"form": portal.pages.text(viewer, STALE)}
        return await _page(portal, viewer, _unnamed(built), errors=errors, status=409)
    except DeskError as error:
        return await _page(portal, viewer, _unnamed(built), errors=explained(error), status=422)
    return portal.pages.go(viewer, "/admin/forms", SAVED)


def _unnamed(built: Built) -> Built:
    """A new form that was not taken has no key yet."""
    return built if built.data.version else Built(key="", data=built.data)


def built_from(form: Form) -> Built:
    """The form that the builder's page describes, after the act that was asked for."""
    keys = [key for key in dict.fromkeys(form.lists.get("item", [])) if key][:MOST]
    items = [
        FormItem(
            field=key,
            required=form.flag(f"required_{key}"),
            when=conditions_of(form.lists.get(f"when_{key}", [])),
        )
        for key in moved(keys, form.text("move", 90))
    ]
    if (added := form.text("add", 80)) and form.flag("do_add"):
        items.append(FormItem(field=added))
    data = RequestFormInput(
        name=texts(form, "name"),
        description=texts(form, "description"),
        items=items,
        audience="staff" if form.text("audience", 10) == "staff" else "customer",
        category=form.text("category", 80) or None,
        type=form.text("type", 20) or None,
        tags=[one.strip().lower() for one in form.text("tags", 2000).split(",") if one.strip()],
        position=form.number("position", 100),
        active=form.flag("active"),
        version=form.number("version"),
    )
    return Built(key=form.text("key", 80), data=data)


def moved(keys: list[str], act: str) -> list[str]:
    """``keys`` after ``up:KEY``, ``down:KEY`` or ``out:KEY``."""
    do, _, key = act.partition(":")
    if key not in keys:
        return keys
    place = keys.index(key)
    rest = keys[:place] + keys[place + 1 :]
    if do == "out":
        return rest
    to = {"up": max(0, place - 1), "down": place + 1}.get(do, place)
    return [*rest[:to], key, *rest[to:]]


ROUTES = [builder, save]
