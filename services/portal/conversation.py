"""A timeline as pages show it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from markupsafe import Markup

from services.core.contract import Change, TimelineEntry, TimelinePage
from services.portal.forms.views import Fields
from services.portal.web import labels
from services.portal.web.i18n import pick
from services.portal.web.labels import N_
from services.portal.web.pages import Pages, paragraphs, safe
from services.portal.web.taxonomy import Names
from services.portal.web.viewer import Viewer

EVENTS = {
    "closed": N_("Closed"),
    "reopened": N_("Reopened"),
    "shared": N_("Shared"),
    "merged": N_("Merged"),
    "rule_ran": N_("Rule"),
    "acknowledged": N_("Acknowledged"),
    "nudged": N_("Reminded the customer"),
    "answered": N_("Answered by an article"),
    "asked": N_("Asked whether it is solved"),
    "confirmed": N_("Confirmed as solved"),
    "session_began": N_("Remote session"),
    "session_ended": N_("Remote session ended"),
    "team_joined": N_("A team joined"),
    "team_left": N_("A team is done"),
    "told": N_("Told the customer"),
    "surveyed": N_("Asked for a rating"),
    "rated": N_("Rated"),
    "sla_warning": N_("Time is running out"),
    "sla_breached": N_("The time is up"),
    "failed": N_("The mail could not be delivered"),
    "bounced": N_("The mail came back"),
    "unmerged": N_("Taken out again"),
    "split": N_("Split off"),
    "linked": N_("Linked"),
    "unlinked": N_("Link removed"),
    "undone": N_("Taken back"),
    "followed": N_("Follows now"),
    "unfollowed": N_("Follows no longer"),
    "links_revoked": N_("Made the mailed links worthless"),
    "asked_for_fields": N_("Asked the customer for"),
}
RELATIONS = {
    "number": "",
    "duplicate_of": N_("duplicate of"),
    "duplicated_by": N_("duplicated by"),
    "child_of": N_("part of"),
    "parent_of": N_("has the part"),
    "incident_of": N_("incident of"),
    "problem_of": N_("problem behind"),
    "related": N_("related to"),
}
SOMEBODY = {"rule": N_("a rule"), "model": N_("Triaje"), "system": N_("the desk"), "service": N_("the desk")}


class FileView(msgspec.Struct):
    name: str
    size: int
    href: str


class EntryView(msgspec.Struct, kw_only=True):
    """One entry; ``kind`` is reply, note or event. ``body`` is safe HTML."""

    id: UUID
    kind: str
    author: str
    at: datetime
    body: Markup = Markup("")
    quoted: Markup = Markup("")
    channel: str = ""
    staff: bool = False
    mine: bool = False
    delivery: str = ""
    undelivered: bool = False
    delivery_detail: str = ""
    text: str = ""
    why: bool = False
    attachments: list[FileView] = []
    number: int = 0
    """The ticket that it was written on, where that was merged into this one."""
    may_split: bool = False


class Teller:
    """Turns core's timeline entries into views, in one viewer's language."""

    def __init__(
        self,
        pages: Pages,
        viewer: Viewer,
        names: Names | None = None,
        *,
        splits: bool = False,
        files: str = "/attachments/",
    ) -> None:
        self._pages, self._viewer, self._names, self._splits, self._files = (
            pages,
            viewer,
            names,
            splits,
            files,
        )

    def _(self, text: str, **values: Any) -> str:
        return self._pages.text(self._viewer, text, **values)

    def entries(self, items: list[TimelineEntry]) -> list[EntryView]:
        """Messages and the events worth reading, in their order."""
        views = [self.message(e) if e.entry == "message" else self.event(e) for e in items]
        return [view for view in views if view is not None]

    def page(self, found: TimelinePage) -> list[EntryView]:
        """A page of the newest or of what was before them; the first message of all is the ticket itself, and stays."""
        entries = self.entries(found.items)
        if found.next_cursor is None and (said := [e for e in entries if e.kind != "event"]):
            said[0].may_split = False
        return entries

    def message(self, entry: TimelineEntry) -> EntryView:
        me = self._viewer.person.id if self._viewer.person else ""
        body = safe(entry.body_html) if entry.body_html else paragraphs(entry.body_text)
        state = entry.delivery.state if entry.delivery is not None else "none"
        return EntryView(
            id=entry.id,
            kind=entry.kind,
            author=entry.author.name or self._("Customer"),
            at=entry.at,
            body=body,
            quoted=paragraphs(entry.quoted_text) if entry.quoted_text else Markup(""),
            channel=entry.channel,
            staff=entry.author.kind == "staff",
            mine=entry.author.id == me,
            delivery=labels.label(labels.DELIVERY, state, self._) if state in labels.DELIVERY else "",
            undelivered=state in {"failed", "bounced"},
            delivery_detail=entry.delivery.detail if entry.delivery is not None else "",
            number=entry.number or 0,
            may_split=self._splits and entry.author.kind == "contact",
            attachments=[FileView(a.name, a.size, f"{self._files}{a.id}") for a in entry.attachments],
        )

    def event(self, entry: TimelineEntry) -> EntryView | None:
        text = self._event_text(entry)
        if not text:
            return None
        why = entry.author.kind == "model"
        return EntryView(id=entry.id, kind="event", author=entry.author.name, at=entry.at, text=text, why=why)

    def _event_text(self, entry: TimelineEntry) -> str:
        changes = " · ".join(filter(None, (self._change(change) for change in entry.changes)))
        who = self._who(entry)
        if entry.kind == "created":
            return ""  # the first message says so
        if entry.kind in EVENTS:
            said = self._(EVENTS[entry.kind])
            return " · ".join(filter(None, [said, who, changes]))
        return f"{changes} · {who}" if changes and who else changes

    def _who(self, entry: TimelineEntry) -> str:
        if entry.author.kind in SOMEBODY:
            return self._(SOMEBODY[entry.author.kind])
        return entry.author.name

    def _change(self, change: Change) -> str:
        if change.field in RELATIONS:
            said = RELATIONS[change.field]
            number = f"#{change.new or change.old}"
            return f"{self._(said)} {number}" if said else number
        if change.field == "rule" and isinstance(change.new, dict):
            why = ", ".join(str(one) for one in change.new.get("why", ()))
            return f"{change.new.get('name', '')} ({why})" if why else str(change.new.get("name", ""))
        if change.field == "asked":
            return ", ".join(self._own(str(key)) for key in change.new or ())
        if change.field.startswith("fields."):
            return self._own_change(change)
        if change.field == "sla":
            return labels.label(labels.METRIC, str(change.new), self._)
        if change.field not in labels.FIELD or change.field in {"fields", "resolution", "language", "type"}:
            return ""
        if change.field in {"followers", "remote_session"}:
            return str(change.new or change.old or "")
        field = labels.label(labels.FIELD, change.field, self._)
        new = self._value(change.field, change.new)
        return self._("%(field)s: %(value)s", field=field, value=new or self._("none"))

    def _own(self, key: str) -> str:
        """The name of one of the desk's own fields."""
        found = self._names.fields.get(key) if self._names else None
        return pick(found.name, self._viewer.locale) if found else key

    def _own_change(self, change: Change) -> str:
        key = change.field.removeprefix("fields.")
        found = self._names.fields.get(key) if self._names else None
        if found is None:
            return ""  # a client's own fact
        new = Fields(self._pages, self._viewer).shown(found, change.new)
        name, new = self._own(key), new or self._("none")
        return (
            f"{name} {new}" if name.endswith("?") else self._("%(field)s: %(value)s", field=name, value=new)
        )

    def _value(self, field: str, value: Any) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, list):
            return ", ".join(self._value(field, item) for item in value)
        if field == "rating":
            return labels.label(labels.SCORE, str(value), self._)
        if field == "status":
            return self._pages.status(self._viewer, str(value))
        if field == "priority":
            return labels.label(labels.PRIORITY, str(value), self._)
        if isinstance(value, dict):
            return str(value.get("name") or "")
        if self._names is None:
            return str(value)
        if field == "category":
            return self._names.category(str(value))
        if field in {"team", "assignee", "tags"}:
            look = {"team": self._names.team, "assignee": self._names.person, "tags": self._names.tag}[field]
            return look(str(value))
        return str(value)
