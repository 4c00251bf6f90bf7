"""What people may put into a ticket's fields, checked value by value."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from msgspec import UNSET

from services.common.errors import FieldError, Forbidden, Invalid
from services.common.http import Actor
from services.common.ids import parse_uuid, uuid7
from services.common.text import single_line, strip_control
from services.core.contract import TYPES, TicketChanges
from services.core.fields.kinds import Wrong, problem, stored
from services.core.fields.standing import needed_for
from services.core.models import staff, tag
from services.core.settings import MAX_FIELD_BYTES, MAX_FIELDS, MAX_TAGS, MAX_TEXT
from services.core.taxonomy.lookups import Lookups, Taxonomy
from services.core.tickets.anatomy import Row
from services.core.tickets.errors import (
    FieldNotAllowed,
    FieldsMissing,
    IllegalTransition,
    ResolutionNeeded,
    UnknownValue,
)
from services.core.tickets.status import CUSTOMER_MAY, may_move

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,79}")
CUSTOMER_FIELDS = frozenset({"status"})


class Values:
    """Checks new field values against one state of the taxonomy and gathers everything that is wrong.

    ``coming`` are the values that change together: a status may need what is set with it.
    """

    def __init__(
        self, conn: sa.Connection, taxonomy: Taxonomy, actor: Actor, coming: dict[str, Any] | None = None
    ) -> None:
        self._conn, self._taxonomy, self._actor = conn, taxonomy, actor
        self._coming = coming or {}
        self.problems: list[FieldError] = []

    def check(self, field: str, value: Any, row: Row | None = None) -> Any:
        """``value`` in its stored form; a wrong one is noted and given back as it is."""
        checker: Callable[[Any, Row | None], Any] = getattr(self, f"_{field}")
        return checker(value, row)

    def finish(self) -> None:
        """Raise :class:`UnknownValue` with all that was wrong."""
        if self.problems:
            raise UnknownValue(errors=self.problems)

    def _wrong(self, field: str, message: str) -> None:
        self.problems.append(FieldError(field, message, "unknown"))

    def _subject(self, value: str, row: Row | None) -> str:
        subject = single_line(value)
        if not subject:
            self._wrong("subject", "The subject is empty.")
        return subject

    def _status(self, value: str, row: Row | None) -> str:
        if value not in self._taxonomy.statuses:
            self._wrong("status", f"There is no status {value[:80]!r}.")
        elif row is not None:
            _refuse_illegal_move(row, value, self._taxonomy, self._actor)
            if self._actor.kind != "contact" and value != row["status"]:
                self._refuse_what_lacks(row, value)
        return value

    def need_resolution(self, row: Row, found: dict[str, Any]) -> None:
        """Refuse a move to a status that wants a word on what solved it, where there is none.

        Only people who work here owe it: a customer says that it is solved, and a rule does not know why.
        """
        entry = self._taxonomy.statuses.get(found.get("status", ""))
        if entry is None or not entry.needs_resolution or entry.key == row["status"]:
            return
        if self._actor.kind in {"staff", "token"} and not found.get("resolution", row["resolution"]):
            raise ResolutionNeeded(errors=[FieldError("resolution", "Say what solved it.", "needed")])

    def _refuse_what_lacks(self, row: Row, status: str) -> None:
        coming = {
            "form": row["form"],
            "category": self._coming.get("category", row["category"]),
            "fields": {**row["fields"], **self._coming.get("fields", {})},
        }
        if lacking := needed_for(self._taxonomy, coming, self._taxonomy.statuses[status].category):
            raise FieldsMissing(errors=[problem(key, "required") for key in lacking])

    def _priority(self, value: str, row: Row | None) -> str:
        if value not in self._taxonomy.priorities:
            self._wrong("priority", f"There is no priority {value[:80]!r}.")
        return value

    def _category(self, value: str | None, row: Row | None) -> str | None:
        key = self._taxonomy.category_key(value) if value else None
        if value and key is None:
            self._wrong("category", f"There is no category {value[:80]!r}.")
        return key

    def _team(self, value: str | None, row: Row | None) -> str | None:
        key = self._taxonomy.team_key(value) if value else None
        if value and key is None:
            self._wrong("team", f"There is no team {value[:80]!r}.")
        return key

    def _type(self, value: str, row: Row | None) -> str:
        if value not in TYPES:
            self._wrong("type", "A ticket is a question, an incident, a problem or a task.")
        return value

    def _language(self, value: str, row: Row | None) -> str:
        if not _LANGUAGE.fullmatch(value):
            self._wrong("language", "A language is a code of two letters.")
        return value

    def _resolution(self, value: str, row: Row | None) -> str:
        return strip_control(value)[:MAX_TEXT].strip()

    def _tags(self, value: list[str], row: Row | None) -> list[str]:
        tags = sorted({one.strip().lower() for one in value})
        if len(tags) > MAX_TAGS:
            self._wrong("tags", f"A ticket has at most {MAX_TAGS} tags.")
        for one in tags:
            if not _KEY.fullmatch(one):
                self._wrong("tags", f"{one[:80]!r} is no tag: use letters, digits, _ and -.")
        if not self.problems:
            add_tags(self._conn, [one for one in tags if one not in self._taxonomy.tags])
        return tags

    def _assignee(self, value: str | None, row: Row | None) -> UUID | None:
        if not value:
            return None
        if value == "me":
            value = self._actor.id
        who = parse_uuid(value)
        match = staff.c.id == who if who else staff.c.email == value.strip().lower()
        found = self._conn.execute(
            sa.select(staff.c.id, staff.c.roles).where(match, staff.c.active.is_(True))
        ).first()
        if found is None or set(found.roles) <= {"light"}:
            self._wrong("assignee", f"There is no agent {value[:80]!r}.")
            return None
        return found.id

    def _fields(self, value: dict[str, Any], row: Row | None) -> dict[str, Any]:
        merged = {**(row["fields"] if row else {}), **self._own(value)}
        merged = {key: item for key, item in merged.items() if item is not None}
        if any(not _KEY.fullmatch(key) for key in value):
            self._wrong("fields", "Names of fields have lower-case letters, digits, _ and -.")
        if len(merged) > MAX_FIELDS or len(msgspec.json.encode(merged)) > MAX_FIELD_BYTES:
            self._wrong("fields", "That is too much for one ticket.")
        return merged

    def _own(self, value: dict[str, Any]) -> dict[str, Any]:
        """What the desk defines in its stored form; what it does not define is the client's own and stays."""
        result: dict[str, Any] = {}
        for key, given in value.items():
            field = self._taxonomy.fields.get(key)
            try:
                result[key] = stored(field, given) if field and field.target == "ticket" else given
            except Wrong as wrong:
                self.problems.append(problem(key, wrong.code))
        return result


def add_tags(conn: sa.Connection, keys: list[str]) -> None:
    """Make tags that agents and clients use for the first time."""
    for key in keys:
        if conn.execute(sa.select(tag.c.id).where(tag.c.key == key)).first() is None:
            conn.execute(tag.insert(), {"id": uuid7(), "key": key, "name": {}, "active": True})


def checked(
    conn: sa.Connection, row: Row, data: TicketChanges, lookups: Lookups, actor: Actor
) -> dict[str, Any]:
    """The new values in ``data`` that change ``row`` or who stands behind its values, checked and allowed."""
    given = {
        name: value
        for name in TicketChanges.__struct_fields__
        if name not in {"version", "reason", "macro"} and (value := getattr(data, name)) is not UNSET
    }
    refuse_fields(given, actor)
    taxonomy = lookups.knowing(
        conn,
        given.get("tags", ()),
        status=given.get("status"),
        priority=given.get("priority"),
        category=given.get("category"),
        team=given.get("team"),
    )
    values = Values(conn, taxonomy, actor, given)
    result = {field: values.check(field, value, row) for field, value in given.items()}
    values.finish()
    values.need_resolution(row, result)
    return result


def refuse_fields(given: dict[str, Any], actor: Actor) -> None:
    """Raise where ``actor`` may not set one of the fields, whatever its value."""
    if actor.kind == "contact" and (wrong := sorted(given.keys() - CUSTOMER_FIELDS)):
        raise FieldNotAllowed(
            errors=[FieldError(field, "Only the desk sets this.", "forbidden") for field in wrong]
        )
    if actor.is_staff and not actor.is_agent:
        raise Forbidden("What is shared with you can be read and noted on.")


def _refuse_illegal_move(row: Row, new: str, taxonomy: Taxonomy, actor: Actor) -> None:
    if actor.kind == "contact":
        allowed: list[str] = list(CUSTOMER_MAY.get(row["status_category"], ()))
    else:
        allowed = taxonomy.moves(row["status"])
    if not may_move({row["status"]: allowed}, row["status"], new):
        where = ", ".join(allowed) or "nowhere"
        raise IllegalTransition(f"From {row['status']} a ticket goes to {where}.", allowed=allowed)


def not_empty(subject: str, body: str) -> tuple[str, str]:
    """Subject and body, cleaned; raises :class:`Invalid` for what is empty, white or too long."""
    clean_subject, clean_body = single_line(subject), strip_control(body).strip()
    problems = []
    if not clean_subject:
        problems.append(FieldError("subject", "The subject is empty.", "empty"))
    if not clean_body:
        problems.append(FieldError("body", "The message is empty.", "empty"))
    if len(clean_body) > MAX_TEXT:
        problems.append(FieldError("body", f"A message has at most {MAX_TEXT} characters.", "too_long"))
    if problems:
        raise Invalid(errors=problems)
    return clean_subject, clean_body
