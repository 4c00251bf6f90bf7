"""What can go wrong with a ticket."""

from services.common.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class TicketNotFound(NotFound):
    code, title = "core.ticket_not_found", "There is no such ticket"


class StaleVersion(Conflict):
    """Carries the current state under ``current``."""

    code, title = "core.stale_version", "The ticket changed meanwhile"


class IllegalTransition(Conflict):
    """Carries the allowed statuses under ``allowed``."""

    code, title = "core.illegal_transition", "A ticket cannot go from this status to that one"


class AlreadyClosed(Conflict):
    code, title = "core.ticket_already_closed", "The ticket is closed already"


class Merged(Conflict):
    """Carries the number of the ticket that goes on under ``number``."""

    code, title = "core.ticket_merged", "The ticket was merged into another one"


class FieldNotAllowed(Forbidden):
    code, title = "core.field_not_allowed", "You may not set this field"


class UnknownValue(Invalid):
    code, title = "core.unknown_value", "A value is not one that this desk knows"


class ResolutionNeeded(Invalid):
    code, title = "core.resolution_needed", "Say first what solved it"


class FieldsMissing(Invalid):
    code, title = "core.fields_missing", "Something is missing before the ticket can have this status"


class UnknownFilter(Invalid):
    code, title = "core.unknown_filter", "The list cannot be filtered or sorted by this"


class TriageUnavailable(Unavailable):
    code, title = "core.triage_unavailable", "Triage is away for a moment"
