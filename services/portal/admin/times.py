"""``/admin/time``: business calendars and service level agreements."""

import asyncio
import re
from typing import Any
from zoneinfo import available_timezones

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import Conflict, DeskError, Invalid
from services.core.contract import (
    CHANNELS,
    PRIORITIES,
    STATUSES,
    CalendarInput,
    DeskCalendar,
    SlaPolicy,
    SlaPolicyInput,
)
from services.portal.web.forms import Form, read_form
from services.portal.web.labels import N_
from services.portal.web.people import admin
from services.portal.web.portal import Portal
from services.portal.web.viewer import LOCALES, Viewer

SAVED = N_("Saved.")
DELETED = N_("Deleted.")
STALE = N_("Somebody changed it meanwhile. Look at it again before you save.")
UNREADABLE = N_("“%(text)s” is no time that can be read.")
METRICS = ("first_response", "next_response", "resolution")
TIERS = ("standard", "premium", "vip")
ZONES = sorted(zone for zone in available_timezones() if zone == "UTC" or ("/" in zone and zone[:3] != "Etc"))
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_LENGTH = re.compile(r"\s*(?:(\d{1,4})\s*d)?\s*(?:(\d{1,4})\s*h)?\s*(?:(\d{1,6})\s*(?:m|min)?)?\s*")


class Unreadable(Exception):
    """A field that a person wrote cannot be read; ``args`` has it."""


def spans_of(text: str) -> list[tuple[int, int]]:
    """``9:00-13:00, 14:00-18:00`` in minutes; raises :class:`Unreadable`."""
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        hit = _SPAN.fullmatch(part)
        if hit is None:
            raise Unreadable(part)
        start, end = int(hit[1]) * 60 + int(hit[2]), int(hit[3]) * 60 + int(hit[4])
        if not 0 <= start < end <= 1440:
            raise Unreadable(part)
        found.append((start, end))
    return found


def shown_spans(spans: list[list[int]]) -> str:
    """Minutes as people write them."""
    return ", ".join(f"{s // 60:02}:{s % 60:02}-{e // 60:02}:{e % 60:02}" for s, e in spans)


def minutes_of(text: str) -> int:
    """``2h 30m``, ``1d``, ``45``: minutes, a day being 24 hours of working time; raises :class:`Unreadable`."""
    hit = _LENGTH.fullmatch(text.lower())
    if hit is None:
        raise Unreadable(text)
    days, hours, minutes = (int(part or 0) for part in hit.groups())
    return days * 1440 + hours * 60 + minutes


def shown_minutes(minutes: int) -> str:
    """Minutes as people write them; empty for none."""
    hours, rest = divmod(minutes, 60)
    return " ".join(filter(None, (f"{hours}h" if hours else "", f"{rest}m" if rest else "")))


@get("/admin/time", include_in_schema=False)
async def times(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    calendar: FromQuery[str] = "",
    policy: FromQuery[str] = "",
) -> Response[str]:
    """What there is; one calendar or agreement opens for changing, ``new`` an empty one."""
    admin(viewer)
    return await _page(portal, viewer, calendar=calendar, policy=policy)


async def _page(
    portal: Portal,
    viewer: Viewer,
    *,
    calendar: str = "",
    policy: str = "",
    error: str = "",
    status: int = 200,
) -> Response[str]:
    token = portal.token(viewer)
    calendars, policies, names = await asyncio.gather(
        portal.core.calendars(token=token),
        portal.core.sla_policies(token=token),
        portal.taxonomies.names(viewer.locale),
    )
    return portal.pages.page(
        viewer,
        "admin/time.html",
        status=status,
        calendars=calendars,
        policies=policies,
        calendar=_chosen(calendars, calendar, EMPTY_CALENDAR),
        policy=_chosen(policies, policy, EMPTY_POLICY),
        teams=[(key, names.team(key)) for key in names.teams],
        error=error,
        zones=ZONES,
        channels=CHANNELS,
        tiers=TIERS,
        metrics=METRICS,
        priorities=PRIORITIES[::-1],
        statuses=STATUSES,
        shown_spans=shown_spans,
        shown_minutes=shown_minutes,
        shown_shares=lambda shares: ", ".join(f"{share * 100:g}" for share in shares),
        section="time",
    )


EMPTY_CALENDAR = DeskCalendar(
    key="", name={}, zone="Europe/Madrid", week=[[[540, 1080]]] * 5 + [[], []], country="", region="", extra=[],
    version=0,
)  # fmt: skip
EMPTY_POLICY = SlaPolicy(
    key="", name={}, position=1, active=True, channels=[], tiers=[], calendar="", targets={}, pauses=["pending"],
    warn=[0.75], on_breach=[{"do": "notify", "value": "leads"}], version=0,
)  # fmt: skip


def _chosen(items: list[Any], key: str, empty: Any) -> Any:
    return empty if key == "new" else next((one for one in items if one.key == key), None)


@post("/admin/time/calendar", status_code=200, include_in_schema=False)
async def save_calendar(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Keep or delete a calendar."""
    form = await read_form(request)
    admin(viewer)
    return await _saved(portal, viewer, form, "calendar")


@post("/admin/time/policy", status_code=200, include_in_schema=False)
async def save_policy(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Keep or delete an agreement."""
    form = await read_form(request)
    admin(viewer)
    return await _saved(portal, viewer, form, "policy")


async def _saved(portal: Portal, viewer: Viewer, form: Form, kind: str) -> Response[Any]:
    key, token = form.text("key", 80).lower(), portal.token(viewer)
    where = {kind: key if form.number("version") else "new"}
    try:
        if form.flag("delete"):
            path = "calendars" if kind == "calendar" else "sla-policies"
            await portal.core.drop(f"/api/v1/{path}/{key}", token=token)
            return portal.pages.go(viewer, "/admin/time", DELETED)
        if kind == "calendar":
            await portal.core.keep_calendar(key, calendar_from(form), token=token)
        else:
            await portal.core.keep_sla_policy(key, policy_from(form), token=token)
    except Unreadable as wrong:
        error = portal.pages.text(viewer, UNREADABLE, text=wrong.args[0])
        return await _page(portal, viewer, **where, error=error, status=422)
    except Invalid as wrong:
        error = " ".join(one.message for one in wrong.errors) or wrong.detail
        return await _page(portal, viewer, **where, error=error, status=422)
    except Conflict as wrong:
        error = portal.pages.text(viewer, STALE) if wrong.code == "core.stale_entry" else wrong.title
        return await _page(portal, viewer, **where, error=error, status=409)
    except DeskError as wrong:
        return await _page(portal, viewer, **where, error=wrong.detail or wrong.title, status=wrong.status)
    return portal.pages.go(viewer, "/admin/time", SAVED)


def _names(form: Form) -> dict[str, str]:
    return {locale: name for locale in LOCALES if (name := form.text(f"name_{locale}", 200))}


def calendar_from(form: Form) -> CalendarInput:
    """What the admin wrote; raises :class:`Unreadable`."""
    return CalendarInput(
        name=_names(form),
        zone=form.text("zone", 64),
        week=[spans_of(form.text(f"day_{day}", 200)) for day in range(7)],
        country=form.text("country", 2),
        region=form.text("region", 10),
        extra=form.text("extra", 4000).replace(",", " ").split(),
        version=form.number("version"),
    )


def policy_from(form: Form) -> SlaPolicyInput:
    """What the admin wrote; raises :class:`Unreadable`."""
    targets: dict[str, dict[str, int]] = {}
    for priority in PRIORITIES:
        written = {metric: form.text(f"target_{priority}_{metric}", 20) for metric in METRICS}
        lengths = {metric: minutes_of(text) for metric, text in written.items() if text}
        if lengths:
            targets[priority] = lengths
    steps: list[dict[str, Any]] = []
    if form.flag("breach_leads"):
        steps.append({"do": "notify", "value": "leads"})
    if form.flag("breach_assignee"):
        steps.append({"do": "notify", "value": "assignee_or_team"})
    if form.flag("breach_raise"):
        steps.append({"do": "raise_priority"})
    if team := form.text("breach_team", 80):
        steps.append({"do": "set", "field": "team", "value": team})
    shares = [part.strip(" %") for part in form.text("warn", 40).replace(";", ",").split(",") if part.strip()]
    if any(not share.isdecimal() for share in shares):
        raise Unreadable(form.text("warn", 40))
    return SlaPolicyInput(
        name=_names(form),
        calendar=form.text("calendar", 80),
        targets=targets,
        position=form.number("position", 1),
        active=form.flag("active"),
        channels=form.lists.get("channels", []),
        tiers=form.lists.get("tiers", []),
        pauses=form.lists.get("pauses", []),
        warn=[int(share) / 100 for share in shares],
        on_breach=steps,
        version=form.number("version"),
    )


ROUTES = [times, save_calendar, save_policy]
