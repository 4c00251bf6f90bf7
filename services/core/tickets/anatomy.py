"""From rows to what a reader may see. What a customer must not see is left out here, in one place."""

from typing import Any

from msgspec import UNSET

from services.common.http import Actor
from services.common.text import excerpt
from services.core.contract import ContactRef, OrganizationRef, StaffRef, Ticket, TicketRow
from services.core.taxonomy.lookups import Taxonomy
from services.core.tickets.status import CUSTOMER_MAY

Row = dict[str, Any]
"""The columns of ``ticket`` and of the people beside it, as the repository selects them."""


def ticket_view(
    row: Row, taxonomy: Taxonomy, actor: Actor, shared_with: list[StaffRef] | None = None
) -> Ticket:
    """The ticket as ``actor`` may see it."""
    inside = actor.is_staff
    if inside:
        allowed = taxonomy.moves(row["status"])
    else:
        allowed = list(CUSTOMER_MAY.get(row["status_category"], ()))
    ticket = Ticket(
        id=row["id"],
        number=row["number"],
        subject=row["subject"],
        description=row["description"],
        status=row["status"],
        status_category=row["status_category"],
        working_label=row["working_label"],
        type=row["type"],
        language=row["language"],
        channel=row["channel"],
        requester=_requester(row, inside),
        organization=_organization(row),
        assignee=_assignee(row, inside),
        fields=row["fields"] if inside else theirs(row["fields"], taxonomy),
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        closed_at=row["closed_at"],
        allowed_statuses=allowed,
    )
    return _with_inside(ticket, row, taxonomy, shared_with) if inside else ticket


def theirs(fields: dict[str, Any], taxonomy: Taxonomy) -> dict[str, Any]:
    """Of a ticket's fields, what customers may see: a field that nobody defined is the desk's own."""
    return {
        key: value
        for key, value in fields.items()
        if (field := taxonomy.fields.get(key)) is not None
        and field.target == "ticket"
        and field.visibility == "customer"
    }


def _with_inside(ticket: Ticket, row: Row, taxonomy: Taxonomy, shared_with: list[StaffRef] | None) -> Ticket:
    """The staff's half of the ticket."""
    category = taxonomy.categories.get(row["category"] or "")
    team = taxonomy.teams.get(row["team"] or "")
    ticket.category, ticket.form = row["category"], row["form"]
    ticket.category_name = category.name if category else UNSET
    ticket.priority = row["priority"]
    ticket.tags = row["tags"]
    ticket.team = row["team"]
    ticket.team_name = team.name if team else UNSET
    ticket.sla = {name: value for name, value in (row["sla"] or {}).items() if name != "told"}
    ticket.set_by = set_by(row)
    ticket.resolution = row["resolution"]
    ticket.reopens = row["reopens"]
    ticket.triage = row["triage"]
    ticket.external_id = row["external_id"]
    ticket.suggestion_session = row["suggestion_session"]
    if shared_with is not None:
        ticket.shared_with = shared_with
    return ticket


def row_view(row: Row, actor: Actor) -> TicketRow:
    """The ticket as a line in ``actor``'s list."""
    inside = actor.is_staff
    line = TicketRow(
        id=row["id"],
        number=row["number"],
        subject=row["subject"],
        excerpt=excerpt(row["description"], length=160),
        status=row["status"],
        status_category=row["status_category"],
        working_label=row["working_label"],
        language=row["language"],
        channel=row["channel"],
        requester=_requester(row, inside),
        assignee=_assignee(row, inside),
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
    if inside:
        line.priority, line.category, line.tags = row["priority"], row["category"], row["tags"]
        line.team, line.set_by, line.triage = row["team"], set_by(row), row["triage"]
        line.breach_at = row["breach_at"]
    return line


def set_by(row: Row) -> dict[str, Any]:
    """Who set each field last."""
    return {field: mark["by"] for field, mark in row["provenance"].items()}


def _requester(row: Row, inside: bool) -> ContactRef:
    ref = ContactRef(id=row["requester_id"], name=row["requester_name"], email=row["requester_email"])
    if inside:
        ref.tier = row["requester_tier"]
    return ref


def _assignee(row: Row, inside: bool) -> StaffRef | None:
    """Customers see who answers for them by name; the address is the staff's own."""
    if row["assignee_id"] is None:
        return None
    ref = StaffRef(id=row["assignee_id"], name=row["assignee_name"] or "")
    if inside:
        ref.email = row["assignee_email"] or ""
    return ref


def _organization(row: Row) -> OrganizationRef | None:
    if row["organization_id"] is None:
        return None
    return OrganizationRef(id=row["organization_id"], name=row["organization_name"] or "")
