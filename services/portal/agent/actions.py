"""What an agent does to a ticket: write, set a field, accept or correct what Triaje predicted."""

from typing import Any, Literal

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.common.errors import BadRequest, Conflict, DeskError, Invalid, Unavailable
from services.core.contract import NewMessage, Ticket, TicketChanges
from services.portal.agent.macros import macro_actions, macro_status
from services.portal.agent.pickers import value_of
from services.portal.agent.queue import HUMAN_TRIAGE, Wish, load_queue
from services.portal.agent.resolution import NEEDED, ask
from services.portal.agent.routes import show
from services.portal.agent.stage import load_stage
from services.portal.web.forms import Form, read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.pages import toast_header
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer
from services.triage.contract import TASKS, OutcomeRequest, RecommendationOutcomeRequest, Task, Verdict

FIELDS = {"status", "priority", "category", "team", "assignee", "tags"}
ADVISED: tuple[Task | Literal["assignee"], ...] = (*TASKS, "assignee")
EMPTY = N_("Write something first.")
AWAY = N_("The message could not be sent just now. Your text is still here.")
MOVED = N_("The conversation moved on while you were writing. Read what is new above, then send again.")
CHANGED = N_(
    "Somebody changed this field meanwhile. It now shows the newest value; choose again if you still want to."
)
SENT, NOTED, SAVED, ACCEPTED = N_("Reply sent"), N_("Note added"), N_("Saved"), N_("Accepted")
REFUSED = N_("Noted: it does not fit.")
NO_MORE = N_("That was the last one. Nothing waits for human triage.")


@post("/agent/tickets/{number:int}/messages", status_code=200, include_in_schema=False)
async def write(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """A reply or a note."""
    form = await read_form(request)
    agent(viewer)
    kind: Literal["reply", "note"] = "note" if form.text("kind") == "note" else "reply"
    text, draft = form.whole("body"), form.text("draft", 40)
    if not text:
        return await _again(portal, viewer, number, form, error=EMPTY)
    message = NewMessage(
        kind=kind,
        body=text,
        macro=form.text("macro", 80) or None,
        recommendation=draft or None if kind == "reply" else None,
        status=form.text("status", 40) or None if kind == "reply" else None,
        version=form.number("version") or None if kind == "reply" else None,
    )
    if message.macro and not message.status:
        message.status = await macro_status(portal, viewer, number, message)
    try:
        await _post(portal, viewer, number, form, message)
    except Conflict:
        return await _again(portal, viewer, number, form, conflict=MOVED)
    except Unavailable:
        return await _again(portal, viewer, number, form, error=AWAY)
    if message.macro:
        await macro_actions(portal, viewer, number, message.macro.split(","))
    if draft and kind == "reply":
        await _draft_outcome(portal, viewer, draft, "edited", text)
    events = {"desk:sent": {"key": f"ticket:{number}", "once": form.text("once", 64)}}
    return await _after(portal, viewer, number, form, SENT if kind == "reply" else NOTED, **events)


async def _post(portal: Portal, viewer: Viewer, number: int, form: Form, message: NewMessage) -> None:
    """Send a message. A version that moved on without a new message (Triaje set a field) is no conflict."""
    token, key = portal.token(viewer), form.text("once", 64)
    try:
        await portal.core.post_message(number, message, token=token, idempotency_key=key or None)
    except Conflict:
        stage = await load_stage(portal, viewer, number)
        if stage.last != form.text("last", 40):
            raise
        message.version = stage.ticket.version
        again = f"{key}:{message.version}" if key else None  # another body, so another key
        await portal.core.post_message(number, message, token=token, idempotency_key=again)


@post("/agent/tickets/{number:int}/fields", status_code=200, include_in_schema=False)
async def set_field(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """Set one field. A field that somebody else changed meanwhile is not overwritten."""
    form = await read_form(request)
    agent(viewer)
    field, value = form.text("field", 20), form.text("value", 200)
    if field not in FIELDS:
        raise BadRequest
    try:
        ticket = await _change(portal, viewer, number, form, field, value)
    except Conflict:
        return await _again(portal, viewer, number, form, conflict=CHANGED)
    except Invalid as error:
        if error.code != NEEDED:
            raise
        return await ask(portal, viewer, number, value, form.text("view", 80))
    await _task_outcome(portal, viewer, form, field, value_of(ticket, field))
    return await _after(portal, viewer, number, form, SAVED)


@post("/agent/tickets/{number:int}/prediction", status_code=200, include_in_schema=False)
async def take(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """Take one of the labels that Triaje offers; in the view for human triage the next ticket follows."""
    form = await read_form(request)
    agent(viewer)
    task = form.text("task", 20)
    if task not in TASKS:
        raise BadRequest
    try:
        await _change(portal, viewer, number, form, task, form.text("value", 200))
    except Conflict:
        return await _again(portal, viewer, number, form, conflict=CHANGED)
    await _task_outcome(portal, viewer, form, task, form.text("value", 200))
    if form.text("view", 80) == HUMAN_TRIAGE:
        return await _next(portal, viewer, number, form.text("view", 80))
    return await _after(portal, viewer, number, form, ACCEPTED)


@post("/agent/tickets/{number:int}/advice/refusal", status_code=200, include_in_schema=False)
async def refuse_advice(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """The advised colleague is not the right one; the next one is shown."""
    form = await read_form(request)
    refused = OutcomeRequest(task="assignee", outcome="refused")
    try:
        await portal.triage.decision_outcome(
            uuid_of(form.text("decision", 40)), refused, token=portal.token(agent(viewer))
        )
    except Unavailable:
        return await _after(portal, viewer, number, form, "")
    return await _after(portal, viewer, number, form, REFUSED)


@post("/agent/drafts/{draft:str}/refusal", status_code=200, include_in_schema=False)
async def refuse_draft(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], draft: FromPath[str]
) -> Response[str]:
    """The agent does not want this draft."""
    await _draft_outcome(portal, agent(viewer), draft, "refused", None)
    return Response("", media_type="text/html", status_code=200)


async def _change(portal: Portal, viewer: Viewer, number: int, form: Form, field: str, value: str) -> Ticket:
    """Write a field against the version that the page showed; where only other fields moved on, once more."""
    token, version = portal.token(viewer), form.number("version")
    ticket = await portal.core.ticket(number, token=token)
    if ticket.version != version:
        if form.values.get("seen") is not None and form.text("seen", 2000) != value_of(ticket, field):
            raise Conflict
        version = ticket.version
    wanted: Any = value or None
    if field == "tags":
        now = set(ticket.tags) if isinstance(ticket.tags, list) else set()
        wanted = sorted(now ^ {value})
    reason = form.text("reason", 500) if field in {"assignee", "team"} else ""
    changes = TicketChanges(version=version, reason=reason, **{field: wanted})
    return await portal.core.update_ticket(number, changes, token=token)


async def _task_outcome(portal: Portal, viewer: Viewer, form: Form, field: str, value: str) -> None:
    """Tell triage what became of its prediction; the agent's work does not depend on it."""
    decision = form.text("decision", 40)
    if not decision or field not in ADVISED:
        return
    verdict: Verdict = "accepted" if form.text("predicted", 200) in ("", value) else "edited"
    kept: str | list[str] = value.split(",") if field == "tags" else value
    body = OutcomeRequest(task=field, outcome=verdict, value=kept)
    try:
        await portal.triage.decision_outcome(uuid_of(decision), body, token=portal.token(viewer))
    except DeskError:
        return


async def _draft_outcome(
    portal: Portal, viewer: Viewer, draft: str, verdict: Verdict, text: str | None
) -> None:
    body = RecommendationOutcomeRequest(outcome=verdict, text=text)
    try:
        await portal.triage.recommendation_outcome(uuid_of(draft), body, token=portal.token(viewer))
    except DeskError:
        return


async def _after(
    portal: Portal, viewer: Viewer, number: int, form: Form, message: str, **events: Any
) -> Response[Any]:
    """The ticket as it is now."""
    view = form.text("view", 80)
    if not viewer.htmx:
        return portal.pages.go(viewer, f"/agent/tickets/{number}?view={view}", message)
    stage = await load_stage(portal, viewer, number)
    return show(
        portal, viewer, stage, view, headers=toast_header(portal.pages.text(viewer, message), **events)
    )


async def _again(
    portal: Portal, viewer: Viewer, number: int, form: Form, *, error: str = "", conflict: str = ""
) -> Response[Any]:
    """The ticket as it is now, with what the agent wrote and why it was not taken."""
    view = form.text("view", 80)
    stage = await load_stage(portal, viewer, number)
    stage.text, stage.kind = form.whole("body"), form.text("kind", 10) or "reply"
    stage.error = portal.pages.text(viewer, error) if error else ""
    stage.conflict = portal.pages.text(viewer, conflict) if conflict else ""
    if viewer.htmx:
        return show(portal, viewer, stage, view)
    queue = await load_queue(portal, viewer, Wish(view=view))
    status = 409 if conflict else 422
    return portal.pages.page(
        viewer, "agent/workspace.html", status=status, queue=queue, stage=stage, batch=None
    )


async def _next(portal: Portal, viewer: Viewer, number: int, view: str) -> Response[Any]:
    """The next ticket of a view after ``number`` has been dealt with."""
    queue = await load_queue(portal, viewer, Wish(view=view))
    following = next((row.number for row in queue.rows if row.number != number), None)
    if following is None:
        return portal.pages.go(viewer, f"/agent?view={view}", NO_MORE)
    path = f"/agent/tickets/{following}?view={view}"
    if not viewer.htmx:
        return portal.pages.go(viewer, path, SAVED)
    stage = await load_stage(portal, viewer, following)
    headers = {**toast_header(portal.pages.text(viewer, SAVED)), "HX-Push-Url": path}
    return show(portal, viewer, stage, view, headers=headers)


ROUTES = [write, set_field, take, refuse_advice, refuse_draft]
