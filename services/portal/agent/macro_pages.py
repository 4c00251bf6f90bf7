"""``/agent/macros``: macros made, changed, tried on a ticket, bound to a key, and what they do to tickets."""

import asyncio
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from services.common.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from services.core.contract import (
    Macro,
    MacroChanges,
    MacroDraft,
    MacroEffect,
    MacroKey,
    MacroPreview,
    NewMacro,
)
from services.portal.agent.macro_form import MacroForm, form_of, from_macro, lists_for
from services.portal.web.forms import read_form
from services.portal.web.labels import N_
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

PATH = "/agent/macros"
DAYS = (7, 30, 90, 365)
SAVED, BOUND = N_("Saved."), N_("Your keys are changed.")
OFF, ON = N_("It is out of use. What it was used for stays counted."), N_("It is in use again.")
MOVED_ON = N_("Somebody changed this macro meanwhile. Your text stands below; save again to keep it.")
NOT_YOURS = N_("You may not change this macro.")
NO_TICKET = N_("There is no such ticket.")
WRONG = {
    "title": N_("It needs a name, in one language at least."),
    "body": N_("A macro says something or does something."),
    "team": N_("Choose the team."),
    "ticket": NO_TICKET,
}
GONE = N_("This is not known here any more. Choose again.")


class Line(msgspec.Struct):
    """A macro in the list with what became of its tickets; ``effect`` is None where it was not used."""

    macro: Macro
    effect: MacroEffect | None


@get(PATH, include_in_schema=False)
async def macros(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], days: FromQuery[int] = 30
) -> Response[str]:
    """Every macro that the viewer may use, with its key and its effect in a period."""
    token = portal.token(answering(viewer))
    days = days if days in DAYS else 30
    found, effects, names = await asyncio.gather(
        portal.core.macros(retired=True, token=token),
        portal.core.macro_effects(days=days, token=token),
        portal.taxonomies.names(viewer.locale),
    )
    by_macro = {one.macro: one for one in effects.items}
    lines = [Line(one, by_macro.get(one.id)) for one in found]
    lines.sort(key=lambda line: (not line.macro.active, -(line.effect.uses if line.effect else 0)))
    return portal.pages.page(
        viewer,
        "agent/macros.html",
        lines=lines,
        names=names,
        days=days,
        periods=DAYS,
        everything=effects.everything,
        keys={one.hotkey for one in found if one.hotkey},
    )


@get(f"{PATH}/new", include_in_schema=False)
async def new(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """An empty form."""
    return await _editor(portal, answering(viewer), MacroForm())


@get(PATH + "/{macro:str}/edit", include_in_schema=False)
async def edit(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], macro: FromPath[str]
) -> Response[str]:
    """A macro's form."""
    found = await _one(portal, answering(viewer), macro)
    if not found.yours:
        raise NotFound
    return await _editor(portal, viewer, from_macro(found))


@post(PATH, status_code=200, include_in_schema=False)
async def save(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Try a macro on a ticket, or keep it."""
    form = await read_form(request)
    given, token = form_of(form), portal.token(answering(viewer))
    try:
        if form.text("do", 10) == "preview":
            draft = MacroDraft(body=given.body, ticket=given.ticket)
            return await _editor(portal, viewer, given, await portal.core.preview_macro(draft, token=token))
        if given.id:
            await portal.core.update_macro(
                given.id, msgspec.convert(given.changes(), MacroChanges), token=token
            )
        else:
            await portal.core.create_macro(msgspec.convert(given.new(), NewMacro), token=token)
    except NotFound:
        return await _again(portal, viewer, given, [FieldError("ticket", NO_TICKET, "unknown")], "")
    except Forbidden:
        return await _again(portal, viewer, given, [], NOT_YOURS)
    except Conflict:
        given.version = (await _one(portal, viewer, given.id)).version
        return await _again(portal, viewer, given, [], MOVED_ON, status=409)
    except Invalid as error:
        return await _again(portal, viewer, given, error.errors, error.detail or error.title)
    return portal.pages.go(viewer, PATH, SAVED)


@post(PATH + "/{macro:str}/use", status_code=200, include_in_schema=False)
async def switch(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    macro: FromPath[str],
) -> Response[Any]:
    """Take a macro out of use, or into use again."""
    form = await read_form(request)
    on = form.text("do", 3) == "on"
    changes = MacroChanges(version=form.number("version"), active=on)
    try:
        await portal.core.update_macro(macro, changes, token=portal.token(answering(viewer)))
    except (Conflict, Forbidden) as error:
        said = NOT_YOURS if isinstance(error, Forbidden) else MOVED_ON
        return portal.pages.go(viewer, PATH, said, tone="danger")
    return portal.pages.go(viewer, PATH, ON if on else OFF)


@post(PATH + "/{macro:str}/key", status_code=200, include_in_schema=False)
async def bind(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    macro: FromPath[str],
) -> Response[Any]:
    """Bind a macro to a digit of the viewer's."""
    form = await read_form(request)
    key = form.number("key")
    wanted = MacroKey(key=key if 1 <= key <= 9 else None)
    await portal.core.bind_macro(macro, wanted, token=portal.token(answering(viewer)))
    return portal.pages.go(viewer, f"{PATH}?days={form.number('days', 30)}", BOUND)


def answering(viewer: Viewer) -> Viewer:
    """Staff that answers customers; light agents have no macros."""
    if "light" in agent(viewer).roles:
        raise NotFound
    return viewer


async def _one(portal: Portal, viewer: Viewer, key: str) -> Macro:
    found = await portal.core.macros(retired=True, token=portal.token(viewer))
    one = next((one for one in found if key in {str(one.id), one.key}), None)
    if one is None:
        raise NotFound
    return one


async def _editor(
    portal: Portal,
    viewer: Viewer,
    form: MacroForm,
    shown: MacroPreview | None = None,
    *,
    errors: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response[str]:
    names = await portal.taxonomies.names(viewer.locale)
    return portal.pages.page(
        viewer,
        "agent/macro_edit.html",
        status=status,
        form=form,
        lists=lists_for(portal, viewer, names),
        shown=shown,
        errors=errors or {},
        problem=problem,
    )


async def _again(
    portal: Portal, viewer: Viewer, form: MacroForm, errors: list[FieldError], problem: str, status: int = 422
) -> Response[str]:
    """The form with what was written, and each problem beside its field."""
    fields = {one.field.removeprefix("actions.").partition(".")[0]: one for one in errors}
    beside = {name: portal.pages.text(viewer, WRONG.get(name, GONE)) for name in fields}
    problem = "" if beside or not problem else portal.pages.text(viewer, problem)
    return await _editor(portal, viewer, form, errors=beside, problem=problem, status=status)


ROUTES = [macros, new, edit, save, switch, bind]
