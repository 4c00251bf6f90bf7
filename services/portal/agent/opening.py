"""``/agent/tickets/new``: an agent writes down a call, or anything else, with or without a template."""

from typing import Any
from uuid import uuid4

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import DeskError, Forbidden
from services.core.contract import CHANNELS, TYPES, NewTicket, Requester, Ticket, TicketTemplate
from services.portal.agent.pickers import Choice, Group
from services.portal.forms.views import PREFIX, plain
from services.portal.requests.questions import Questions, questions
from services.portal.web.forms import Form, read_form
from services.portal.web.i18n import pick
from services.portal.web.labels import N_, PRIORITY
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.taxonomy import Names
from services.portal.web.viewer import Viewer

OPENED = N_("The ticket is open.")
PROBLEMS = {
    "subject": N_("Write in a few words what this is about."),
    "body": N_("Write what happened."),
    "email": N_("An e-mail address is needed, like ana@example.com."),
}
TYPE_WORDS = {
    "question": N_("Question"),
    "incident": N_("Incident"),
    "problem": N_("Problem"),
    "task": N_("Task"),
}


class Sheet(msgspec.Struct, kw_only=True):
    """What an agent has written so far, and what was wrong with it."""

    email: str = ""
    name: str = ""
    channel: str = "phone"
    subject: str = ""
    body: str = ""
    category: str = ""
    priority: str = ""
    team: str = ""
    type: str = ""
    tags: str = ""
    template: str = ""
    once: str = ""
    errors: dict[str, str] = {}


@get("/agent/tickets/new", include_in_schema=False)
async def new(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    template: FromQuery[str] = "",
    email: FromQuery[str] = "",
) -> Response[str]:
    """An empty sheet, or one that a template has begun."""
    _writer(viewer)
    templates = await portal.core.templates(token=portal.token(viewer))
    chosen = next((one for one in templates if one.key == template and one.active), None)
    sheet = begun(chosen) if chosen else Sheet(once=uuid4().hex)
    sheet.email = email.strip()[:254]
    asked = await questions(portal, viewer, template_answers(chosen))
    return await _page(portal, viewer, sheet, asked, templates)


def begun(template: TicketTemplate) -> Sheet:
    """What a template puts on the sheet; everything of it can be changed."""
    return Sheet(
        subject=template.subject, body=template.body, category=template.category or "",
        priority=template.priority or "", team=template.team or "", type=template.type or "",
        tags=", ".join(template.tags), template=template.key, once=uuid4().hex,
    )  # fmt: skip


def template_answers(template: TicketTemplate | None) -> Form:
    """A template's answers as a page would send them."""
    if template is None:
        return Form({}, {}, [])
    lists = {
        PREFIX + key: [str(one) for one in value] if isinstance(value, list) else [plain(value)]
        for key, value in template.fields.items()
    }
    lists["form"] = [template.form or ""]
    return Form({name: values[0] for name, values in lists.items() if values}, lists, [])


async def _page(
    portal: Portal,
    viewer: Viewer,
    sheet: Sheet,
    asked: Questions,
    templates: list[TicketTemplate],
    status: int = 200,
) -> Response[str]:
    names = await portal.taxonomies.names(viewer.locale)

    def say(text: str) -> str:
        return portal.pages.text(viewer, text)

    return portal.pages.page(
        viewer,
        "agent/new.html",
        status=status,
        sheet=sheet,
        asked=asked,
        templates=[(one.key, one.name) for one in templates if one.active],
        channels=CHANNELS,
        priorities=[("", "–"), *((key, say(text)) for key, text in PRIORITY.items())],
        types=[("", "–"), *((key, say(TYPE_WORDS[key])) for key in TYPES)],
        categories=categories(names, viewer),
        teams=[("", "–"), *((key, names.team(key)) for key, team in names.teams.items() if team.active)],
    )


def categories(names: Names, viewer: Viewer) -> list[Group]:
    """Every active category under those above it."""
    groups: dict[str, list[Choice]] = {}
    for one in names.categories.values():
        if one.active:
            above = " › ".join(names.category(key) for key in one.path[:-1])
            groups.setdefault(above, []).append(Choice(one.key, pick(one.name, viewer.locale)))
    return [Group(label, sorted(found, key=lambda c: c.label)) for label, found in sorted(groups.items())]


@post("/agent/tickets/new", status_code=200, include_in_schema=False)
async def create(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Open the ticket. What is wrong is said in its place, and nothing typed is lost."""
    form = await read_form(request)
    _writer(viewer)
    sheet = _sheet(form)
    asked = await questions(portal, viewer, form, sent=not form.flag("ask"))
    if not form.flag("ask"):
        sheet.errors = _check(portal, viewer, sheet)
        if not sheet.errors and not _misfits(asked):
            try:
                ticket = await _open(portal, viewer, form, sheet, asked)
            except DeskError as error:
                sheet.errors = _explain(error)
            else:
                return portal.pages.go(viewer, f"/agent/tickets/{ticket.number}", OPENED)
    templates = await portal.core.templates(token=portal.token(viewer))
    return await _page(portal, viewer, sheet, asked, templates, status=200 if form.flag("ask") else 422)


def _writer(viewer: Viewer) -> Viewer:
    if "light" in agent(viewer).roles:
        raise Forbidden("Agents open tickets.")
    return viewer


def _misfits(asked: Questions) -> bool:
    """Whether an answer does not fit. That one lacks is no obstacle: agents write down what they have."""
    return any(view.error and (view.value or view.values) for view in asked.views)


async def _open(portal: Portal, viewer: Viewer, form: Form, sheet: Sheet, asked: Questions) -> Ticket:
    token = portal.token(viewer)
    files = [
        await portal.core.upload(f.filename, await f.read(), f.content_type or "", token=token)
        for f in form.files
    ]
    body = NewTicket(
        subject=sheet.subject,
        body=sheet.body,
        requester=Requester(email=sheet.email, name=sheet.name),
        channel=sheet.channel,
        category=sheet.category or None,
        priority=sheet.priority or None,
        team=sheet.team or None,
        type=sheet.type or None,
        tags=[one.strip() for one in sheet.tags.split(",") if one.strip()],
        form=asked.key or None,
        fields=asked.values,
        attachments=[file.id for file in files],
    )
    return await portal.core.create_ticket(
        body, token=token, idempotency_key=f"{viewer.visitor}:{sheet.once}"
    )


def _sheet(form: Form) -> Sheet:
    short: dict[str, Any] = {
        name: form.text(name, 200) for name in ("name", "category", "priority", "team", "type", "template")
    }
    return Sheet(
        email=form.text("email", 254), channel=form.text("channel", 20) or "phone", body=form.whole("body"),
        subject=form.text("subject", 1000).replace("\n", " "), tags=form.text("tags", 2000),
        once=form.text("once", 64) or uuid4().hex, **short,
    )  # fmt: skip


def _check(portal: Portal, viewer: Viewer, sheet: Sheet) -> dict[str, str]:
    wrong = [name for name in ("subject", "body") if not getattr(sheet, name)]
    if "@" not in sheet.email.strip("@") or " " in sheet.email:
        wrong.append("email")
    return {name: portal.pages.text(viewer, PROBLEMS[name]) for name in wrong}


def _explain(error: DeskError) -> dict[str, str]:
    """Core's refusal beside the fields that it is about, or above all of them."""
    known = {"subject", "body", "category", "priority", "team", "type", "tags"}
    found = {e.field: e.message for e in error.errors if e.field in known}
    if any(e.field.startswith("requester") for e in error.errors):
        found["email"] = next(e.message for e in error.errors if e.field.startswith("requester"))
    return found or {"form": " ".join(e.message for e in error.errors) or error.detail or error.title}


ROUTES = [new, create]
