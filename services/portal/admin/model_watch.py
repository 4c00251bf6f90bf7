"""``/admin/models/watch``, ``/rules`` and ``/what-if``: what triage noticed, how it learns, what would have been."""

import asyncio
from datetime import timedelta
from typing import Any, Literal, cast

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import BadRequest, DeskError, NotFound, Unavailable
from services.core.contract import NewProblem, Staff
from services.portal.admin.routes import maybe
from services.portal.web.forms import read_form
from services.portal.web.i18n import pick
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import admin, lead
from services.portal.web.portal import Portal
from services.portal.web.taxonomy import Names
from services.portal.web.viewer import Viewer
from services.triage.contract import LogCheck, PeriodReplay, RulesChange

PATH = "/admin/models"
KEPT = N_("Saved.")
DISMISSED = N_("Dismissed.")
MADE = N_("This is the problem. Its incidents are linked: one answer reaches them all.")
PROBLEM = N_(
    "%(count)s similar tickets came within an hour or little more; usual are %(usual).1f.\n\nIncidents: %(numbers)s"
)
PERIODS = (7, 30, 90)
PROMOTE, ASSIGN, ORDER = ("click", "better"), ("off", "suggest", "apply"), ("load", "turn")


class Moved(msgspec.Struct):
    """A ticket that would change, in words."""

    number: str
    before: str
    after: str


@get(f"{PATH}/watch", include_in_schema=False)
async def watch(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """Incidents, drift, and the decision log."""
    token = portal.token(lead(viewer))
    try:
        incidents, drift = await asyncio.gather(
            portal.triage.incidents(token=token), portal.triage.drift(token=token)
        )
    except Unavailable:
        return portal.pages.page(viewer, "admin/models_away.html", section="models", status=503)
    log: LogCheck | None = await maybe(portal.triage.check_log(token=token)) if viewer.is_admin else None
    return portal.pages.page(
        viewer, "admin/models_watch.html", incidents=incidents, drift=drift, log=log, section="models"
    )


@post(f"{PATH}/incidents/dismiss", status_code=200, include_in_schema=False)
async def dismiss(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Say that an incident is none, or is dealt with."""
    form = await read_form(request)
    token = portal.token(admin(viewer))
    await portal.triage.dismiss_incident(uuid_of(form.text("incident", 40)), token=token)
    return portal.pages.go(viewer, f"{PATH}/watch", DISMISSED)


@post(f"{PATH}/incidents/problem", status_code=200, include_in_schema=False)
async def make_problem(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Make the problem ticket of an incident, with its tickets linked, or link those that came since."""
    form = await read_form(request)
    token, id_ = portal.token(lead(viewer)), uuid_of(form.text("incident", 40))
    found = next((one for one in await portal.triage.incidents(token=token) if one.id == id_), None)
    if found is None:
        raise NotFound
    title = pick(found.name, viewer.locale) or found.title
    numbers = ", ".join(f"#{number}" for number in found.tickets[:200])
    body = portal.pages.text(viewer, PROBLEM, usual=found.usual, numbers=numbers, count=len(found.tickets))
    problem = await portal.core.make_problem(
        NewProblem(
            subject=title,
            body=body,
            incidents=found.tickets[:200],
            category=found.label or None,
            external_id=f"incident:{found.id}",
        ),
        token=token,
    )
    await portal.triage.incident_problem(found.id, problem.number, token=token)
    return portal.pages.go(viewer, f"/agent/tickets/{problem.number}", MADE)


@get(f"{PATH}/rules", include_in_schema=False)
async def rules(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """When it retrains, who promotes, whether tickets are given to people."""
    token = portal.token(lead(viewer))
    try:
        found = await portal.triage.rules(token=token)
    except Unavailable:
        return portal.pages.page(viewer, "admin/models_away.html", section="models", status=503)
    staff: list[Staff] = await maybe(portal.core.staff(token=token)) or []
    people = [person for person in staff if person.active and "light" not in person.roles]
    return portal.pages.page(viewer, "admin/models_rules.html", rules=found, people=people, section="models")


@post(f"{PATH}/rules", status_code=200, include_in_schema=False)
async def keep_rules(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Keep what the form says."""
    form = await read_form(request)
    promote, assign, order = form.text("promote", 10), form.text("assign", 10), form.text("order", 10)
    if promote not in PROMOTE or assign not in ASSIGN or order not in ORDER:
        raise BadRequest
    change = RulesChange(
        promote=cast(Literal["click", "better"], promote),
        every_days=min(form.number("every_days"), 365),
        on_drift=form.flag("on_drift"),
        assign=cast(Literal["off", "suggest", "apply"], assign),
        order=cast(Literal["load", "turn"], order),
        away=[uuid_of(key) for key in form.lists.get("away", [])[:500]],
    )
    await portal.triage.set_rules(change, token=portal.token(admin(viewer)))
    return portal.pages.go(viewer, f"{PATH}/rules", KEPT)


@get(f"{PATH}/what-if", include_in_schema=False)
async def what_if(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    days: FromQuery[int | None] = None,
    model: FromQuery[str] = "",
    precision: FromQuery[float] = 0.95,
    old: FromQuery[str] = "",
    new: FromQuery[str] = "",
) -> Response[str]:
    """A past period under another model or promise, or with categories merged; asked for by a plain link."""
    token = portal.token(admin(viewer))
    try:
        models = await portal.triage.models(token=token)
    except Unavailable:
        return portal.pages.page(viewer, "admin/models_away.html", section="models", status=503)
    names = await maybe(portal.taxonomies.names(viewer.locale))
    categories = sorted((await maybe(portal.core.categories(token=token))) or [], key=lambda c: c.path)
    found, problem = None, ""
    if days in PERIODS and 0.5 <= precision <= 0.999:
        since = portal.clock.now() - timedelta(days=days)
        merge = {old: new} if old and new and old != new else {}
        try:
            found = await portal.triage.replay_period(
                model[:40], since, precision=precision, merge=merge, token=token
            )
        except DeskError as error:
            problem = error.detail or error.title
    return portal.pages.page(
        viewer,
        "admin/models_what_if.html",
        section="models",
        versions=[(m.version, m.version) for m in models.items if m.loadable],
        champion=next((m.version for m in models.items if m.state == "champion"), ""),
        categories=[
            (c.key, names.category(c.key) if names else c.key) for c in categories if c.leaf and c.active
        ],
        asked={"days": days or 30, "model": model, "precision": precision, "old": old, "new": new},
        periods=PERIODS,
        found=found,
        problem=problem,
        shares=_shares(found) if found else [],
        moved=_moved(found, names) if found else [],
        teams=_teams(found, names) if found else [],
    )


def _shares(found: PeriodReplay) -> list[tuple[float, float]]:
    """The curve as shares of the tickets that were asked again."""
    return [(step, count / found.decisions if found.decisions else 0.0) for step, count in found.curve]


def _moved(found: PeriodReplay, names: Names | None) -> list[Moved]:
    look = names.category if names else str
    return [
        Moved(e["number"], look(e["before"]) if e["before"] else "–", look(e["after"]) if e["after"] else "–")
        for e in found.examples
    ]


def _teams(found: PeriodReplay, names: Names | None) -> list[tuple[str, int, int]]:
    look = names.team if names else str
    return [
        (look(team) if team else "–", work["before"], work["after"]) for team, work in found.workload.items()
    ]


ROUTES = [make_problem, watch, dismiss, rules, keep_rules, what_if]
