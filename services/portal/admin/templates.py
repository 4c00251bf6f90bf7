"""``/admin/forms/template``: what a new ticket begins with."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import Conflict, DeskError
from services.core.contract import TYPES, TicketTemplate, TicketTemplateInput
from services.portal.admin.fields import DELETED, SAVED, STALE, explained
from services.portal.admin.naming import key_of
from services.portal.agent.opening import TYPE_WORDS, categories, template_answers
from services.portal.requests.questions import Questions, questions
from services.portal.web.forms import Form, read_form
from services.portal.web.labels import PRIORITY
from services.portal.web.people import lead
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer


@get("/admin/forms/template", include_in_schema=False)
async def template(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], key: FromQuery[str] = ""
) -> Response[Any]:
    """A template to change, or an empty one."""
    known = await portal.core.templates(token=portal.token(lead(viewer)))
    found = next((one for one in known if one.key == key), None)
    if key and found is None:
        return portal.pages.go(viewer, "/admin/forms")
    asked = await questions(portal, viewer, template_answers(found))
    return await _page(portal, viewer, found or blank(), asked)


def blank() -> TicketTemplate:
    """What the editor begins with."""
    return TicketTemplate(
        key="", name="", subject="", body="", form=None, fields={}, category=None, priority=None, team=None,
        type=None, tags=[], active=True, version=0,
    )  # fmt: skip


async def _page(
    portal: Portal,
    viewer: Viewer,
    shown: TicketTemplate,
    asked: Questions,
    *,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    names = await portal.taxonomies.names(viewer.locale)

    def say(text: str) -> str:
        return portal.pages.text(viewer, text)

    return portal.pages.page(
        viewer,
        "admin/template.html",
        status=status,
        edit=shown,
        asked=asked,
        priorities=[("", "–"), *((key, say(text)) for key, text in PRIORITY.items())],
        types=[("", "–"), *((key, say(TYPE_WORDS[key])) for key in TYPES)],
        teams=[("", "–"), *((key, names.team(key)) for key in names.teams)],
        categories=categories(names, viewer),
        errors=errors or {},
        section="forms",
    )


@post("/admin/forms/template", status_code=200, include_in_schema=False)
async def save(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Keep a template, or remove it."""
    form, token = await read_form(request), portal.token(lead(viewer))
    asked = await questions(portal, viewer, form)
    wanted, key = template_from(form, asked), form.text("key", 60)
    shown = TicketTemplate(key=key, **{n: getattr(wanted, n) for n in TicketTemplateInput.__struct_fields__})
    if form.flag("ask"):
        return await _page(portal, viewer, shown, asked)
    try:
        if form.flag("delete") and key:
            await portal.core.drop(f"/api/v1/ticket-templates/{key}", token=token)
            return portal.pages.go(viewer, "/admin/forms", DELETED)
        await portal.core.keep_template(key or key_of({"": wanted.name}, "template"), wanted, token=token)
    except Conflict:
        errors = {"form": portal.pages.text(viewer, STALE)}
        return await _page(portal, viewer, shown, asked, errors=errors, status=409)
    except DeskError as error:
        return await _page(portal, viewer, shown, asked, errors=explained(error), status=422)
    return portal.pages.go(viewer, "/admin/forms", SAVED)


def template_from(form: Form, asked: Questions) -> TicketTemplateInput:
    """The template that the editor's page describes."""
    return TicketTemplateInput(
        name=form.text("name", 200),
        subject=form.text("subject", 300),
        body=form.whole("body"),
        form=asked.key or None,
        fields=asked.values,
        tags=[one.strip().lower() for one in form.text("tags", 2000).split(",") if one.strip()],
        active=form.flag("active"),
        version=form.number("version"),
        **{name: form.text(name, 80) or None for name in ("category", "priority", "team", "type")},
    )


ROUTES = [template, save]
