"""What triage proposes, put to the policy. Core decides; triage never writes."""

from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.common.http import Actor
from services.common.ids import parse_uuid
from services.core.actors import model_author
from services.core.contract import Proposal, ProposalOutcome
from services.core.conversation.service import being_edited
from services.core.desk import Core
from services.core.models import proposal, staff, ticket
from services.core.relations.duplicates import look
from services.core.taxonomy.lookups import Taxonomy
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.changes import COLUMN_OF, Edit, apply
from services.core.tickets.policy import PROPOSABLE, Standing, verdict


def decide(conn: sa.Connection, core: Core, ticket_id: UUID, data: Proposal, actor: Actor) -> ProposalOutcome:
    """Apply what passes; the same decision twice answers what it did the first time."""
    row = repository.by_id(conn, ticket_id, actor, lock=True)
    stored = conn.execute(
        sa.select(proposal.c.outcome).where(proposal.c.decision_id == data.decision)
    ).scalar()
    if stored is not None:
        return msgspec.convert(stored, ProposalOutcome)
    at, taxonomy = core.now(), core.lookups.get(conn)
    standing = Standing(
        status_category=row["status_category"],
        provenance=row["provenance"],
        values={field: row[COLUMN_OF.get(field, field)] for field in PROPOSABLE},
    )
    edited = being_edited(conn, row["id"], at)
    applied: dict[str, Any] = {}
    skipped: dict[str, str] = {}
    for field, one in data.fields.items():
        value, known = _value(conn, taxonomy, field, one.value)
        outcome = verdict(standing, field, value, apply=one.apply, read_version=data.version, known=known)
        if outcome == "apply" and edited:
            skipped[field] = "editing"
        elif outcome == "apply":
            applied[field] = value
        else:
            skipped[field] = outcome
    row = _write(conn, row, data, applied, taxonomy, at)
    look(conn, row)
    result = ProposalOutcome(applied=msgspec.to_builtins(applied), skipped=skipped, version=row["version"])
    conn.execute(
        proposal.insert(), {"decision_id": data.decision, "ticket_id": ticket_id, "at": at, "outcome": result}
    )
    return result


def _write(
    conn: sa.Connection, row: Row, data: Proposal, applied: dict[str, Any], taxonomy: Taxonomy, at: Any
) -> Row:
    """The fields that passed, and how far triage has come; an older decision does not turn that back."""
    newest = data.version >= row["triage_version"]
    state = (
        {"triage": "abstained" if data.abstained else "decided", "triage_version": data.version}
        if newest
        else {}
    )
    if applied:
        edit = Edit(
            values=applied, by="model", author=model_author(data.model), silent=state, action="triaged"
        )
        return apply(conn, row, [edit], taxonomy, at)
    if state:
        conn.execute(ticket.update().where(ticket.c.id == row["id"]).values(state))
    return row


def _value(conn: sa.Connection, taxonomy: Taxonomy, field: str, value: Any) -> tuple[Any, bool]:
    """The proposed value in its stored form, and whether this desk knows it."""
    if field == "tags":
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            return value, False
        return sorted(set(value)), all(taxonomy.tags.get(one) for one in value)
    if not isinstance(value, str):
        return value, False
    if field == "category":
        key = taxonomy.category_key(value)
    elif field == "team":
        key = taxonomy.team_key(value)
    elif field == "priority":
        key = value if value in taxonomy.priorities else None
    elif field == "language":
        key = value if value.isalpha() and value.islower() and len(value) in {2, 3} else None
    elif field == "assignee":
        return _agent(conn, value)
    else:
        key = None
    return key, key is not None


def _agent(conn: sa.Connection, value: str) -> tuple[UUID | None, bool]:
    who = parse_uuid(value)
    row = conn.execute(sa.select(staff.c.roles).where(staff.c.id == who, staff.c.active.is_(True))).first()
    return who, row is not None and not set(row.roles) <= {"light"}
