"""The fields beside one ticket: shown, asked for when they lack, filled in by the customer."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.common.errors import Conflict, FieldError, Forbidden, Invalid
from services.common.http import Actor, require
from services.core.actors import RULE, author_of, setter_of
from services.core.contract import FormAnswers, NewMessage, NewQuestion, TicketField, TicketForm
from services.core.desk import Core
from services.core.fields.kinds import is_empty, problem
from services.core.fields.missing import askable, asked_at, letter, remember
from services.core.fields.rules import evaluate
from services.core.fields.standing import (
    general_and_own,
    governing,
    is_outside,
    lacking,
    public,
    standing,
    visible_to,
)
from services.core.messages.service import post
from services.core.messages.write import behind
from services.core.relations.family import refuse_merged
from services.core.taxonomy.lookups import Taxonomy
from services.core.tickets import repository
from services.core.tickets.anatomy import Row, set_by
from services.core.tickets.changes import Edit, apply
from services.core.tickets.status import DONE, after_customer_reply


class NothingMissing(Conflict):
    code, title = "core.nothing_missing", "There is nothing to ask the customer for"


def read(conn: sa.Connection, core: Core, number: int, actor: Actor) -> TicketForm:
    """The fields of a ticket as ``actor`` may see them."""
    require(actor, "tickets:read")
    return shown(conn, core.lookups.get(conn), repository.by_number(conn, number, actor), actor)


def shown(conn: sa.Connection, taxonomy: Taxonomy, row: Row, actor: Actor) -> TicketForm:
    """What applies to the ticket, and what it still has of fields that no longer do."""
    outcome, form = standing(taxonomy, row), governing(taxonomy, row)
    applying = [field.key for field in general_and_own(taxonomy, row)]
    left = [
        key
        for key, field in taxonomy.fields.items()
        if key not in applying and field.target == "ticket" and not is_empty(row["fields"].get(key))
    ]
    visible, outside = visible_to(taxonomy, actor), is_outside(actor)
    missing = [key for key in lacking(taxonomy, row) if key in visible]
    marks = {} if outside else set_by(row)
    keys = [key for key in [*applying, *left] if key in visible]
    if outside:  # what is general is not asked of customers, unless they answered it
        keys = [key for key in keys if key in outcome.shown or not is_empty(row["fields"].get(key))]
    return TicketForm(
        number=row["number"],
        version=row["version"],
        form=form.key if form else None,
        form_name=form.name if form else {},
        fields=[
            TicketField(
                field=public(taxonomy.fields[key]) if outside else taxonomy.fields[key],
                value=row["fields"].get(key),
                required=key in outcome.required,
                missing=key in missing,
                **({"set_by": marks[f"fields.{key}"]} if f"fields.{key}" in marks else {}),
            )
            for key in keys
        ],
        missing=missing,
        may_ask=[key for key in missing if taxonomy.fields[key].visibility == "customer"],
        asked_at=asked_at(conn, row),
    )


def ask(
    conn: sa.Connection, core: Core, number: int, data: NewQuestion, actor: Actor, at: datetime
) -> TicketForm:
    """Ask the customer, in their language, for what the ticket lacks; the ticket then waits for them."""
    require(actor, "tickets:write")
    row = repository.by_number(conn, number, actor, lock=True)
    if not actor.is_agent:
        raise Forbidden("Agents ask customers.")
    refuse_merged(conn, row)
    taxonomy = core.lookups.get(conn)
    may = askable(taxonomy, row)
    if data.fields is not None and (strange := [key for key in data.fields if key not in may]):
        raise Invalid(
            errors=[FieldError("fields", f"{strange[0][:80]} is not missing, or not theirs.", "unknown")]
        )
    keys = may if data.fields is None else [key for key in may if key in data.fields]
    if not keys:
        raise NothingMissing
    text = letter(core, taxonomy, row, keys)
    post(conn, core, number, NewMessage(kind="reply", body=text), actor, at)
    remember(conn, row, keys, author_of(actor), at)
    return shown(conn, taxonomy, repository.by_id(conn, row["id"], actor), actor)


def answer(
    conn: sa.Connection, core: Core, number: int, data: FormAnswers, actor: Actor, at: datetime
) -> TicketForm:
    """Fill in what a request asks for. One that waited for its customer is open again when they answered.

    Agents write down what they were told; only the answers that are given change, so no version is needed.
    """
    require(actor, "tickets:write")
    row = repository.by_number(conn, number, actor, lock=True)
    refuse_merged(conn, row)
    if actor.is_staff and not actor.is_agent:
        raise Forbidden("What is shared with you can be read and noted on.")
    taxonomy = core.lookups.get(conn)
    visible, form = visible_to(taxonomy, actor), governing(taxonomy, row)
    known = {key: value for key, value in row["fields"].items() if key in taxonomy.fields}
    inside = {key: value for key, value in known.items() if key not in visible}
    theirs = {key: value for key, value in known.items() if key in visible} | data.fields
    if secret := [key for key in data.fields if key not in visible]:
        raise Invalid(errors=[problem(key, "forbidden") for key in secret])
    everything = frozenset(taxonomy.fields)
    outcome = evaluate(form.items if form else [], taxonomy.fields, {**inside, **theirs}, visible=everything)
    wrong = [e for e in outcome.problems if e.field.removeprefix("fields.") in data.fields]
    if wrong:
        raise Invalid(errors=wrong)
    asked = [key for key in data.fields if key in outcome.shown]
    fields = {**row["fields"], **{key: outcome.values.get(key) for key in asked}}
    fields = {key: value for key, value in fields.items() if value is not None}
    if fields != row["fields"]:
        _keep(conn, row, taxonomy, fields, actor, at)
    return shown(conn, taxonomy, repository.by_id(conn, row["id"], actor), actor)


def _keep(
    conn: sa.Connection, row: Row, taxonomy: Taxonomy, fields: dict[str, Any], actor: Actor, at: datetime
) -> None:
    """Write the answers; a customer's are their word, after which the desk has the turn."""
    spoke = {"customer_at": behind(at, row["staff_at"])} if actor.kind == "contact" else {}
    edits = [Edit(values={"fields": fields}, by=setter_of(actor), author=author_of(actor), silent=spoke)]
    if (
        spoke
        and row["status_category"] not in DONE
        and (status := after_customer_reply(row["status_category"]))
    ):
        edits.append(Edit(values={"status": status}, by="rule", author=RULE))
    apply(conn, row, edits, taxonomy, at)
