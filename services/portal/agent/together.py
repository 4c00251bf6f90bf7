"""Merging, splitting, linking from the ticket's page; acting on many from the queue."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.common.errors import Conflict, DeskError, Invalid, NotFound
from services.core import contract as c
from services.portal.agent.routes import show
from services.portal.agent.stage import load_stage
from services.portal.web.forms import Form, read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.pages import toast_header
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

DONE = {
    "merge": N_("Merged. Both conversations stand here."),
    "unmerge": N_("Taken apart again."),
    "split": N_("This is the new ticket."),
    "dismiss": N_("It will not be asked again."),
}
SAVED = N_("Saved")
OTHERS = N_("They are of different customers. Link them instead.")
NO_TICKET = N_("There is no such ticket.")
NOT_SO = N_("That cannot be done with these two tickets.")
ALL_SENT = N_("The answer is on its way to every incident.")
WRITE_FIRST = N_("Write something first.")


@post("/agent/tickets/{number:int}/together", status_code=200, include_in_schema=False)
async def together(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """One act on a ticket and another; the page that follows is the ticket where work goes on."""
    form = await read_form(request)
    agent(viewer)
    do, view = form.text("do", 20), form.text("view", 80)
    try:
        here = await _act(portal, viewer, number, do, form)
    except (Invalid, NotFound, Conflict) as error:
        said = NO_TICKET if isinstance(error, NotFound) else NOT_SO
        said = OTHERS if error.code == "core.cannot_merge" else said
        return await _shown(portal, viewer, number, view, said, "danger")
    return await _shown(portal, viewer, here, view, DONE.get(do, SAVED), "good")


async def _act(portal: Portal, viewer: Viewer, number: int, do: str, form: Form) -> int:
    """Do it; returns the number of the ticket to show."""
    token, core = portal.token(viewer), portal.core
    raw = form.text("to", 16).lstrip("#")
    to = int(raw) if raw.isdecimal() else 0
    if do == "merge":
        return (await core.merge(number, c.NewMerge(into=to), token=token)).number
    if do == "unmerge":
        return (await core.unmerge(to, token=token)).number
    if do == "split":
        wanted = c.NewSplit(message=uuid_of(form.text("message", 40)))
        return (await core.split(number, wanted, token=token)).number
    if do == "dismiss":
        await core.dismiss_duplicate(number, to, token=token)
    elif do == "unlink":
        await core.unlink(number, to, form.text("kind", 20), token=token)
    elif do in c.LINK_KINDS:
        await core.link(number, c.NewLink(to=to, kind=do), token=token)
    else:
        raise Invalid
    return number


async def _shown(
    portal: Portal, viewer: Viewer, number: int, view: str, said: str, tone: str
) -> Response[Any]:
    path = f"/agent/tickets/{number}?view={view}"
    if not viewer.htmx:
        return portal.pages.go(viewer, path, said, tone=tone)
    stage = await load_stage(portal, viewer, number)
    headers = {**toast_header(portal.pages.text(viewer, said), tone), "HX-Push-Url": path}
    return show(portal, viewer, stage, view, headers=headers)


@post("/agent/tickets/{number:int}/incident-replies", status_code=200, include_in_schema=False)
async def answer_all(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """One answer to every incident of a problem."""
    form = await read_form(request)
    body = {lang: text for lang in ("en", "es") if (text := form.whole(lang))}
    path = f"/agent/tickets/{number}?view={form.text('view', 80)}"
    if not body:
        return portal.pages.go(viewer, path, WRITE_FIRST, tone="danger")
    wanted = c.NewIncidentReply(body=body, status=form.text("status", 40) or None)
    await portal.core.answer_incidents(number, wanted, token=portal.token(agent(viewer)))
    return portal.pages.go(viewer, path, ALL_SENT)


# ---- many at once


@post("/agent/batch", status_code=200, include_in_schema=False)
async def many(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """One act on the tickets that are selected in the queue."""
    form = await read_form(request)
    token = portal.token(agent(viewer))
    numbers = [int(raw) for raw in form.lists.get("numbers", []) if raw.isdecimal() and len(raw) < 16]
    field, _, value = form.text("act", 200).partition("=")
    if not numbers or not field:
        return _result(portal, viewer, form, None, [], "")
    if field == "merge":
        return await _merge_all(portal, viewer, form, sorted(set(numbers)))
    if field == "tags":
        changes = c.BatchChanges(add_tags=[value])
    elif field in {"status", "priority", "type"}:
        changes = c.BatchChanges(**{field: value})  # type: ignore[arg-type]
    elif field in {"category", "team", "assignee"}:
        changes = c.BatchChanges(**{field: value or None})  # type: ignore[arg-type]
    else:
        raise Invalid
    made = await portal.core.create_batch(c.NewBatch(numbers=numbers, changes=changes), token=token)
    return _result(portal, viewer, form, made, [], "")


async def _merge_all(portal: Portal, viewer: Viewer, form: Form, numbers: list[int]) -> Response[Any]:
    """All into the oldest of them, one after the other."""
    oldest, merged, trouble = numbers[0], [], ""
    for number in numbers[1:]:
        try:
            await portal.core.merge(number, c.NewMerge(into=oldest), token=portal.token(viewer))
            merged.append(number)
        except DeskError as error:
            trouble = OTHERS if error.code == "core.cannot_merge" else NOT_SO
    return _result(portal, viewer, form, None, merged, portal.pages.text(viewer, trouble) if trouble else "")


@get("/agent/batches/{batch:str}", include_in_schema=False)
async def progress(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], batch: FromPath[str]
) -> Response[Any]:
    """How far an act on many is."""
    found = await portal.core.batch(uuid_of(batch), token=portal.token(agent(viewer)))
    headers = {"HX-Trigger": "desk:tickets"} if found.state in {"done", "undone"} else {}
    return portal.pages.page(viewer, "agent/_batch.html", batch=found, merged=[], trouble="", headers=headers)


@post("/agent/batches/undo", status_code=200, include_in_schema=False)
async def undo(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Take the last act on many back."""
    form = await read_form(request)
    token = portal.token(agent(viewer))
    if batch := form.text("batch", 40):
        undone = await portal.core.undo_batch(uuid_of(batch), token=token)
        return _result(portal, viewer, form, undone, [], "")
    for raw in form.lists.get("merged", []):
        if raw.isdecimal() and len(raw) < 16:
            await portal.core.unmerge(int(raw), token=token)
    return _result(portal, viewer, form, None, [], portal.pages.text(viewer, DONE["unmerge"]))


def _result(
    portal: Portal, viewer: Viewer, form: Form, batch: c.Batch | None, merged: list[int], trouble: str
) -> Response[Any]:
    """What became of it, with the way back; the queue fetches itself anew."""
    if not viewer.htmx:
        query = f"&batch={batch.id}" if batch else ""
        return portal.pages.go(viewer, f"/agent?view={form.text('view', 80)}{query}", trouble)
    return portal.pages.page(
        viewer,
        "agent/_batch.html",
        batch=batch,
        merged=merged,
        trouble=trouble,
        headers={"HX-Trigger": "desk:tickets"},
    )


ROUTES = [together, answer_all, many, progress, undo]
