"""A macro as a form: what it says in each language, and what it sets on the ticket."""

from typing import Any

import msgspec

from services.core.contract import TYPES, Macro
from services.portal.web import labels
from services.portal.web.forms import Form
from services.portal.web.labels import N_
from services.portal.web.portal import Portal
from services.portal.web.taxonomy import Names
from services.portal.web.viewer import Viewer

LANGUAGES = ("en", "es")
ONE_OF = ("status", "priority", "category", "team", "assignee", "type")
VARIABLES = (
    ("ticket.requester.first_name", N_("the customer's first name")),
    ("ticket.requester.name", N_("the customer's whole name")),
    ("ticket.requester.email", N_("the customer's address")),
    ("ticket.number", N_("the ticket's number")),
    ("ticket.subject", N_("the ticket's subject")),
    ("agent.first_name", N_("your first name")),
    ("agent.name", N_("your whole name")),
)


class MacroForm(msgspec.Struct, kw_only=True):
    """What stands in the form; ``id`` is empty for a new macro."""

    id: str = ""
    version: int = 0
    title: dict[str, str] = {}
    body: dict[str, str] = {}
    scope: str = "personal"
    team: str = ""
    category: str = ""
    actions: dict[str, Any] = {}
    ticket: int = 0

    def new(self) -> dict[str, Any]:
        """The body that makes it."""
        return {
            "title": self.title, "body": self.body, "scope": self.scope, "team": self.team or None,
            "category": self.category or None, "actions": self.actions,
        }  # fmt: skip

    def changes(self) -> dict[str, Any]:
        """The body that changes it; whose it is stays."""
        return {
            "version": self.version, "title": self.title, "body": self.body, "category": self.category or None,
            "actions": self.actions,
        }  # fmt: skip


class Lists(msgspec.Struct):
    """What can be chosen: pairs of value and label."""

    scopes: list[tuple[str, str]]
    teams: list[tuple[str, str]]
    categories: list[tuple[str, str]]
    tags: list[str]
    actions: list[tuple[str, str, list[tuple[str, str]]]]
    variables: list[tuple[str, str]]


def form_of(form: Form) -> MacroForm:
    """What was submitted."""
    tags = sorted({tag.strip().lower() for tag in form.text("tags", 2000).split(",")} - {""})
    actions: dict[str, Any] = {name: value for name in ONE_OF if (value := form.text(f"set_{name}", 80))}
    scope = form.text("scope", 10)
    return MacroForm(
        id=form.text("id", 40),
        version=form.number("version"),
        title={lang: text for lang in LANGUAGES if (text := form.text(f"title_{lang}", 400))},
        body={lang: text for lang in LANGUAGES if (text := form.whole(f"body_{lang}"))},
        scope=scope if scope in {"personal", "team", "global"} else "personal",
        team=form.text("team", 80),
        category=form.text("category", 80),
        actions=actions | ({"tags": tags} if tags else {}),
        ticket=form.number("ticket"),
    )


def from_macro(macro: Macro) -> MacroForm:
    """A macro that is there."""
    return MacroForm(
        id=str(macro.id),
        version=macro.version,
        title=macro.title,
        body=macro.body,
        scope=macro.scope,
        team=macro.team or "",
        category=macro.category or "",
        actions=macro.actions,
    )


def lists_for(portal: Portal, viewer: Viewer, names: Names) -> Lists:
    """What the viewer may choose: a lead their teams, an admin everything."""

    def say(text: str) -> str:
        return portal.pages.text(viewer, text)

    mine = set(viewer.person.teams) if viewer.person else set()
    teams = [(t.key, names.team(t.key)) for t in names.teams.values()]
    led = [pair for pair in teams if viewer.is_admin or pair[0] in mine]
    scopes = [("personal", say(N_("me alone")))]
    scopes += [("team", say(N_("a team")))] if viewer.is_lead and led else []
    scopes += [("global", say(N_("everyone")))] if viewer.is_admin else []
    staff = sorted((s.name, str(s.id)) for s in names.staff.values() if s.active and "light" not in s.roles)
    categories = sorted((names.path(c.key), c.key) for c in names.categories.values() if c.active)
    paths = [(key, path) for path, key in categories]
    actions: list[tuple[str, str, list[tuple[str, str]]]] = [
        ("status", say(N_("Status")), [(k, say(t)) for k, t in labels.STATUS.items()]),
        ("priority", say(N_("Priority")), [(k, say(t)) for k, t in labels.PRIORITY.items()]),
        ("category", say(N_("Category")), paths),
        ("team", say(N_("Team")), teams),
        ("assignee", say(N_("Assignee")), [("me", say(N_("whoever uses it"))), *((i, n) for n, i in staff)]),
        ("type", say(N_("Type")), [(k, say(labels.TYPE[k])) for k in TYPES]),
    ]
    tags = sorted(t.key for t in names.tags.values() if t.active)
    return Lists(scopes, led, paths, tags, actions, [(name, say(text)) for name, text in VARIABLES])
