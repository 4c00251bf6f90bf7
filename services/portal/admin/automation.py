"""``/admin/automation``: rules with a builder and a trial, and what time does to a ticket."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import Conflict, DeskError, Invalid
from services.core.contract import CHANNELS, CustomField, DryRun, Lifecycle, Rule, RuleCondition, RuleInput
from services.portal.admin.automation_words import (
    ACTIONS,
    EVENTS,
    FIELDS,
    OPERATORS,
    SETTABLE,
    SINCE,
    WHOM,
)
from services.portal.web.forms import Form, read_form
from services.portal.web.i18n import pick
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import admin
from services.portal.web.portal import Portal
from services.portal.web.taxonomy import Names
from services.portal.web.viewer import Viewer

SAVED = N_("Saved.")
DELETED = N_("Deleted.")
STALE = N_("Somebody changed it meanwhile. Look at it again before you save.")
ROWS = 20
SPARE = 2
"""Empty rows that the builder offers beside those that are filled."""
NOBODY = UUID(int=0)


@get("/admin/automation", include_in_schema=False)
async def automation(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], rule: FromQuery[str] = ""
) -> Response[str]:
    """Every rule; one opens for changing, ``new`` and ``timed`` an empty one."""
    admin(viewer)
    return await _page(portal, viewer, wanted=rule)


async def _page(
    portal: Portal,
    viewer: Viewer,
    *,
    wanted: str = "",
    edit: Rule | None = None,
    tried: DryRun | None = None,
    error: str = "",
    status: int = 200,
) -> Response[str]:
    token = portal.token(viewer)
    rules, life, names, own, answers = await asyncio.gather(
        portal.core.rules(token=token),
        portal.core.lifecycle(token=token),
        portal.taxonomies.names(viewer.locale),
        portal.core.fields(token=token),
        portal.core.answers(token=token),
    )
    own = [one for one in own if one.target == "ticket"]
    if edit is None and wanted in {"new", "timed"}:
        edit = empty_rule("trigger" if wanted == "new" else "timed")
    elif edit is None and wanted:
        edit = next((one for one in rules if str(one.id) == wanted), None)
    return portal.pages.page(
        viewer,
        "admin/automation.html",
        status=status,
        rules=rules,
        life=life,
        edit=edit,
        is_new=edit is not None and edit.id == NOBODY,
        tried=tried,
        error=error,
        spare=SPARE,
        known=_known(names) + _answers(own, viewer.locale),
        events=EVENTS,
        since=SINCE,
        fields=FIELDS,
        own={f"field.{one.key}": pick(one.name, viewer.locale) for one in own},
        operators=OPERATORS,
        actions=ACTIONS,
        settable=SETTABLE,
        whom=WHOM,
        channels=CHANNELS,
        answers={one.category: one for one in answers},
        categories=sorted(((key, names.category(key)) for key in names.categories), key=lambda pair: pair[1]),
        section="automation",
    )


def _known(names: Names) -> list[tuple[str, str]]:
    """Keys to choose from, with their names, for every field at once."""
    found = [(key, names.team(key)) for key in names.teams]
    found += [(key, names.category(key)) for key in names.categories]
    found += [(key, names.tag(key)) for key in names.tags]
    return sorted(found, key=lambda pair: pair[1])[:400]


def _answers(own: list[CustomField], locale: str) -> list[tuple[str, str]]:
    """Keys of what can be chosen in the desk's own fields."""
    return [
        (option.key, f"{pick(one.name, locale)}: {pick(option.name, locale)}")
        for one in own
        for option in one.options
    ][:400]


def empty_rule(kind: str) -> Rule:
    """What the builder begins with."""
    return msgspec.convert(
        {
            "id": str(NOBODY), "kind": kind, "name": "", "position": 1, "active": True,
            "events": ["created"] if kind == "trigger" else [], "since": "customer", "hours": 24, "all": [],
            "any": [], "actions": [], "runs": 0, "last_run_at": None, "version": 0,
        },
        Rule,
    )  # fmt: skip


@post("/admin/automation/rule", status_code=200, include_in_schema=False)
async def save_rule(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Keep, delete or try a rule."""
    form = await read_form(request)
    token = portal.token(admin(viewer))
    wanted, rule_id = rule_from(form), form.text("id", 40)
    try:
        if form.flag("delete") and rule_id:
            await portal.core.drop(f"/api/v1/rules/{uuid_of(rule_id)}", token=token)
            return portal.pages.go(viewer, "/admin/automation", DELETED)
        if form.flag("try"):
            tried = await portal.core.try_rule(wanted, token=token)
            return await _page(portal, viewer, edit=shown(wanted, rule_id), tried=tried)
        await portal.core.keep_rule(uuid_of(rule_id) if rule_id else None, wanted, token=token)
    except Invalid as wrong:
        error = " ".join(one.message for one in wrong.errors) or wrong.detail or wrong.title
        return await _page(portal, viewer, edit=shown(wanted, rule_id), error=error, status=422)
    except Conflict:
        error = portal.pages.text(viewer, STALE)
        return await _page(portal, viewer, edit=shown(wanted, rule_id), error=error, status=409)
    except DeskError as wrong:
        error = wrong.detail or wrong.title
        return await _page(portal, viewer, edit=shown(wanted, rule_id), error=error, status=wrong.status)
    return portal.pages.go(viewer, "/admin/automation", SAVED)


@post("/admin/automation/lifecycle", status_code=200, include_in_schema=False)
async def save_lifecycle(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Keep what time does to a ticket."""
    form = await read_form(request)
    admin(viewer)
    wanted = Lifecycle(
        acknowledge=form.lists.get("acknowledge", []),
        answer=form.lists.get("answer", []),
        nudge_hours=form.number("nudge_hours"),
        close_hours=form.number("close_hours"),
        ask_hours=form.number("ask_hours"),
        rate_hours=form.number("rate_hours"),
    )
    try:
        await portal.core.keep_lifecycle(wanted, token=portal.token(viewer))
    except Invalid as wrong:
        return await _page(portal, viewer, error=" ".join(e.message for e in wrong.errors), status=422)
    return portal.pages.go(viewer, "/admin/automation", SAVED)


def shown(wanted: RuleInput, rule_id: str) -> Rule:
    """What the admin wrote, back in the builder."""
    values = msgspec.to_builtins(wanted) | {"id": rule_id or str(NOBODY), "runs": 0, "last_run_at": None}
    return msgspec.convert(values, Rule)


def rule_from(form: Form) -> RuleInput:
    """The rule that the builder's rows describe; empty rows are none."""
    groups: dict[str, list[RuleCondition]] = {"all": [], "any": []}
    for place in range(ROWS):
        field = form.text(f"c{place}_field", 120)
        if field:
            words = [part.strip() for part in form.text(f"c{place}_value", 4000).split(",") if part.strip()]
            group = "any" if form.text(f"c{place}_group", 5) == "any" else "all"
            groups[group].append(RuleCondition(field=field, op=form.text(f"c{place}_op", 20), value=words))
    actions = [action for place in range(ROWS) if (action := _action(form, place))]
    return RuleInput(
        name=form.text("name", 200),
        kind="timed" if form.text("kind", 10) == "timed" else "trigger",
        events=form.lists.get("events", []),
        since=form.text("since", 20) or "created",
        hours=form.number("hours"),
        all=groups["all"],
        any=groups["any"],
        actions=actions,
        position=form.number("position", 1),
        active=form.flag("active"),
        version=form.number("version"),
    )


def _action(form: Form, place: int) -> dict[str, Any]:
    do = form.text(f"a{place}_do", 30)
    value = form.text(f"a{place}_value", 1000)
    if not do:
        return {}
    if do.startswith("set_"):
        return {"do": "set", "field": do.removeprefix("set_"), "value": value}
    if do == "add_tags":
        return {"do": do, "value": [part.strip() for part in value.split(",") if part.strip()]}
    if do.startswith("notify_"):
        return {"do": "notify", "value": do.removeprefix("notify_")}
    if do in {"reply", "note"}:
        texts = {locale: form.whole(f"a{place}_{locale}")[:20_000] for locale in ("en", "es")}
        return {"do": do, "text": {locale: text for locale, text in texts.items() if text}}
    return {"do": do}


ROUTES = [automation, save_rule, save_lifecycle]
