"""Tickets through the API: by customers for themselves, by agents, clients and the portal for others."""

from typing import Any

import sqlalchemy as sa

from services.common.errors import FieldError, Forbidden, Invalid, Unauthorized
from services.common.http import Actor, require
from services.common.ids import parse_uuid
from services.common.text import detect_language, normalise_email, single_line
from services.core.actors import author_of, setter_of
from services.core.contract import CHANNELS, NewTicket, Ticket
from services.core.desk import Core
from services.core.fields.standing import answers_of, presets_of
from services.core.intake.inbound import Inbound, Sender
from services.core.tickets.anatomy import ticket_view
from services.core.tickets.edit import Values, not_empty
from services.core.tickets.errors import FieldNotAllowed

_CUSTOMER_CHANNELS = frozenset({"portal", "form", "chat"})
_INSIDE = ("priority", "category", "team", "type", "tags", "external_id")


def inbound_of(data: NewTicket, actor: Actor) -> Inbound:
    """What the request hands over, checked as far as that goes without the database."""
    require(actor, "tickets:write")
    if actor.kind == "anonymous":
        raise Unauthorized
    if actor.is_staff and not actor.is_agent:
        raise Forbidden("Agents open tickets for others.")
    subject, body = not_empty(data.subject, data.body)
    return Inbound(
        channel=_channel(data, actor),
        sender=_own(data, actor) if actor.kind == "contact" else _sender(data, actor),
        subject=subject,
        text=body,
        language=data.language or detect_language(f"{subject}\n{body}"),
        external_id=single_line(data.external_id, 200) or None if data.external_id else None,
        uploads=data.attachments,
        uploader=actor.id,
        suggestion_session=single_line(data.suggestion_session, 100) if data.suggestion_session else None,
        setter=setter_of(actor),
        author=None if actor.kind == "contact" or actor.is_service else author_of(actor),
    )


def _channel(data: NewTicket, actor: Actor) -> str:
    default = {"contact": "portal", "service": "form"}.get(actor.kind, "api")
    channel = data.channel or default
    allowed = _CUSTOMER_CHANNELS if actor.kind == "contact" else CHANNELS
    if channel not in allowed:
        raise Invalid(errors=[FieldError("channel", f"{channel[:40]!r} is no channel for this.", "unknown")])
    return channel


def _own(data: NewTicket, actor: Actor) -> Sender:
    """A customer writes for themselves and sets nothing that is the desk's."""
    if wrong := [name for name in _INSIDE if getattr(data, name)]:
        raise FieldNotAllowed(
            errors=[FieldError(name, "Only the desk sets this.", "forbidden") for name in wrong]
        )
    if data.requester is not None and normalise_email(data.requester.email) != actor.email.lower():
        raise FieldNotAllowed(errors=[FieldError("requester", "You write for yourself.", "forbidden")])
    return Sender(contact_id=parse_uuid(actor.id))


def _sender(data: NewTicket, actor: Actor) -> Sender:
    email = normalise_email(data.requester.email) if data.requester else None
    if data.requester is None or email is None:
        field = "requester" if data.requester is None else "requester.email"
        raise Invalid(
            errors=[FieldError(field, "An e-mail address is needed, like ana@example.com.", "invalid")]
        )
    return Sender(value=email, name=single_line(data.requester.name, 200), verified=not actor.is_service)


def create(conn: sa.Connection, core: Core, data: NewTicket, inbound: Inbound, actor: Actor) -> Ticket:
    """Commit the ticket and show it. One with an external id that is known is shown as it stands."""
    _check_values(conn, core, data, inbound, actor)
    accepted = core.intake.accept(conn, inbound, core.now())
    return ticket_view(accepted.row, core.lookups.get(conn), actor)


def _check_values(conn: sa.Connection, core: Core, data: NewTicket, inbound: Inbound, actor: Actor) -> None:
    given: dict[str, Any] = {
        name: value
        for name in ("priority", "category", "team", "type", "tags")
        if (value := getattr(data, name))
    }
    if not given and not data.fields and not data.language and not data.form:
        return
    taxonomy = core.lookups.knowing(
        conn, data.tags, priority=data.priority, category=data.category, team=data.team
    )
    values = Values(conn, taxonomy, actor)
    inbound.values = {name: values.check(name, value) for name, value in given.items()}
    inbound.fields, problems = answers_of(taxonomy, data.form, data.fields, actor)
    values.problems += problems
    inbound.fields = values.check("fields", inbound.fields)
    if data.form and not problems:
        inbound.form = data.form
        inbound.presets = presets_of(taxonomy, data.form)
    inbound.language = values.check("language", inbound.language)
    values.finish()
