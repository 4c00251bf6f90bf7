"""``/admin/notices``: what the desk tells its customers of its own accord, and to whom."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import Conflict, Invalid
from services.core.contract import Announcement, AnnouncementInput, AudienceKind, Severity
from services.portal.web.forms import Form, read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import lead
from services.portal.web.portal import Portal
from services.portal.web.viewer import LOCALES, Viewer

SAVED = N_("Saved. Customers see it within a few seconds.")
ENDED = N_("Ended.")
DELETED = N_("Deleted.")
STALE = N_("Somebody changed this meanwhile. Look at the newest state before you save again.")
WRONG = {
    "title": N_("Give it a title in each language that it has a text in."),
    "body": N_("At most 2,000 characters."),
    "starts_at": N_("Say from when it is shown."),
    "ends_at": N_("It ends after it begins."),
    "happens_at": N_("Tell people before it happens: show it earlier than that."),
    "audience_value": N_("There is nobody like that on this desk."),
    "problem": N_("There is no such ticket."),
    "mail": N_("Mail goes to whom it concerns: choose who that is."),
    "severity": N_("There is no such severity."),
}
SEVERITIES: dict[str, Severity] = {"info": "info", "caution": "caution", "danger": "danger"}
AUDIENCES: dict[str, AudienceKind] = {
    "everybody": "everybody",
    "organization": "organization",
    "category": "category",
    "tag": "tag",
    "problem": "problem",
}


@get("/admin/notices", include_in_schema=False)
async def notices(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    edit: FromQuery[str] = "",
    problem: FromQuery[int] = 0,
) -> Response[str]:
    """All of them, and a form: empty, for one of them, or about a problem."""
    lead(viewer)
    if edit and edit != "new":
        one = await portal.core.announcement(uuid_of(edit), token=portal.token(viewer))
        return await _page(portal, viewer, one)
    draft = await _about(portal, viewer, problem) if problem else None
    return await _page(portal, viewer, draft or (_empty(portal) if edit else None))


def _empty(portal: Portal, problem: int | None = None, title: str = "", lang: str = "en") -> Announcement:
    now = portal.clock.now()
    return Announcement(
        id=uuid_of("0" * 32), title={lang: title} if title else {}, body={}, severity="caution" if problem else "info",
        starts_at=now, ends_at=None, happens_at=None, audience="everybody", audience_value="", problem=problem,
        mail=False, mailed=0, affected=0, version=0, created_at=now, updated_at=now,
    )  # fmt: skip


async def _about(portal: Portal, viewer: Viewer, number: int) -> Announcement:
    """A notice to be about a problem, with its subject as the first title."""
    ticket = await portal.core.ticket(number, token=portal.token(viewer))
    lang = ticket.language if ticket.language in LOCALES else viewer.locale
    return _empty(portal, number, ticket.subject, lang)


async def _page(
    portal: Portal,
    viewer: Viewer,
    draft: Announcement | None,
    *,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    found, names = await asyncio.gather(
        portal.core.announcements(token=portal.token(viewer)), portal.taxonomies.names(viewer.locale)
    )
    now = portal.clock.now()
    over = [n for n in found if n.ends_at is not None and n.ends_at <= now]
    shown = [n for n in found if n not in over and n.starts_at <= now]
    return portal.pages.page(
        viewer,
        "admin/notices.html",
        status=status,
        groups=[("shown", shown), ("planned", [n for n in found if n.starts_at > now]), ("over", over)],
        draft=draft,
        errors={key: portal.pages.text(viewer, WRONG.get(key, text)) for key, text in (errors or {}).items()},
        names=names,
        local=lambda at: at.astimezone(viewer.tz).strftime("%Y-%m-%dT%H:%M") if at else "",
        section="notices",
    )


@post("/admin/notices", status_code=200, include_in_schema=False)
async def keep(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Keep, end or delete one."""
    form, token = await read_form(request), portal.token(lead(viewer))
    given = uuid_of(form.text("id", 40)) if form.number("version") else None
    act = form.text("act", 10)
    if act == "delete" and given is not None:
        await portal.core.drop(f"/api/v1/announcements/{given}", token=token)
        portal.notices.forget()
        return portal.pages.go(viewer, "/admin/notices", DELETED)
    data, errors = _read(form, viewer, portal.clock.now())
    if act == "end":
        data.ends_at = portal.clock.now()
        data.happens_at = None if data.happens_at and data.happens_at > data.ends_at else data.happens_at
    status = 422
    if not errors:
        try:
            kept = await portal.core.keep_announcement(given, data, token=token)
        except Invalid as wrong:
            errors = {error.field: error.message for error in wrong.errors}
        except Conflict:
            errors, status = {"form": STALE}, 409
        else:
            portal.notices.forget()
            return portal.pages.go(viewer, f"/admin/notices?edit={kept.id}", ENDED if act == "end" else SAVED)
    draft = _empty(portal)
    for name in AnnouncementInput.__struct_fields__:
        setattr(draft, name, getattr(data, name))
    draft.id = given or draft.id
    return await _page(portal, viewer, draft, errors=errors, status=status)


def _read(form: Form, viewer: Viewer, now: datetime) -> tuple[AnnouncementInput, dict[str, str]]:
    """What was written, and what could not be read of it."""
    errors: dict[str, str] = {}

    def moment(name: str) -> datetime | None:
        text = form.text(name, 20)
        try:
            return datetime.fromisoformat(text).replace(tzinfo=viewer.tz).astimezone(UTC) if text else None
        except ValueError:
            errors[name] = WRONG[name]
            return None

    starts = moment("starts_at")
    if starts is None:
        errors["starts_at"] = WRONG["starts_at"]
    kind = AUDIENCES.get(form.text("audience", 20), "everybody")
    data = AnnouncementInput(
        title={lang: text for lang in LOCALES if (text := form.text(f"title_{lang}", 200))},
        body={lang: text for lang in LOCALES if (text := form.whole(f"body_{lang}"))},
        severity=SEVERITIES.get(form.text("severity", 20), "info"),
        starts_at=starts or now,
        ends_at=moment("ends_at"),
        happens_at=moment("happens_at"),
        audience=kind,
        audience_value=form.text("audience_value", 200),
        problem=form.number("problem") or None,
        mail=form.flag("mail"),
        version=form.number("version"),
    )
    return data, errors


ROUTES = [notices, keep]
