"""``/admin/sections``: the tree of the help centre, by drag, by keyboard and without script."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from msgspec import UNSET

from services.common.errors import Conflict, DeskError, Invalid
from services.kb.contract import SectionInput, SectionMove, SectionPatch
from services.portal.web.forms import Form, read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import LOCALES, Viewer

HERE = "/admin/sections"
SAVED, REMOVED, MOVED = N_("Saved."), N_("The section is gone."), N_("Moved.")
NOT_SO = N_(
    "That was not taken. A section needs a name, a free key of small letters, and at most six levels."
)
NOT_EMPTY = N_("There are articles or sections in it still.")


@get(HERE, include_in_schema=False)
async def sections(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """The tree."""
    found = await portal.kb.sections(token=portal.token(agent(viewer)))
    return portal.pages.page(viewer, "admin/sections.html", sections=found, section="articles")


@post(HERE, status_code=200, include_in_schema=False)
async def save(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Add a section, change one, or remove an empty one."""
    form, token = await read_form(request), portal.token(agent(viewer))
    name, act = _texts(form, "name"), form.text("do", 10)
    try:
        if act == "add":
            await portal.kb.create_section(
                SectionInput(key=form.text("key", 100), name=name, position=999), token=token
            )
        elif act == "remove":
            await portal.kb.delete_section(uuid_of(form.text("section", 40)), token=token)
        else:
            patch = SectionPatch(name=name or UNSET, description=_texts(form, "description"))
            await portal.kb.update_section(uuid_of(form.text("section", 40)), patch, token=token)
    except (Invalid, Conflict) as error:
        return portal.pages.go(viewer, HERE, _why(error), "danger")
    return portal.pages.go(viewer, HERE, REMOVED if act == "remove" else SAVED)


@post(HERE + "/move", status_code=200, include_in_schema=False)
async def move(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Put a section at a place among those of a parent."""
    form, token = await read_form(request), portal.token(agent(viewer))
    parent = uuid_of(form.text("parent", 40)) if form.text("parent", 40) else None
    to = SectionMove(parent=parent, place=form.number("place"))
    try:
        await portal.kb.move_section(uuid_of(form.text("section", 40)), to, token=token)
    except Invalid as error:
        return portal.pages.go(viewer, HERE, _why(error), "danger")
    return portal.pages.go(viewer, HERE, MOVED)


def _texts(form: Form, name: str) -> dict[str, str]:
    return {lang: text for lang in LOCALES if (text := form.text(f"{name}_{lang}", 500))}


def _why(error: DeskError) -> str:
    return NOT_EMPTY if isinstance(error, Conflict) else NOT_SO


ROUTES = [sections, save, move]
