"""Core's tables, as SQLAlchemy Core: the ledger is written with few, plain statements."""

from services.core.models.announcements import (
    announcement,
    announcement_affected,
    announcement_mail,
    announcement_optout,
)
from services.core.models.base import metadata
from services.core.models.care import (
    auto_answer,
    item,
    product,
    rating,
    remote_session,
    ticket_product,
    ticket_team,
)
from services.core.models.conversation import draft, mention, presence, status_link, ticket_follower
from services.core.models.forms import custom_field, form, ticket_template
from services.core.models.identity import api_token, magic_link, session
from services.core.models.intake import attachment, quarantine
from services.core.models.outgoing import outgoing_mail
from services.core.models.people import (
    contact,
    contact_identity,
    contact_merge,
    organization,
    staff,
    team,
    team_member,
)
from services.core.models.push import push_subscription
from services.core.models.relations import batch, batch_item, duplicate_hint, ticket_link, ticket_merge
from services.core.models.search import search_state
from services.core.models.taxonomy import (
    category,
    desk,
    macro,
    macro_key,
    macro_use,
    priority,
    status,
    tag,
    view,
)
from services.core.models.tickets import audit, message, proposal, ticket, ticket_share, ticket_tag
from services.core.models.time import (
    calendar,
    followed,
    notification,
    notification_choice,
    rule,
    rule_run,
    sla_policy,
    ticket_timer,
)

__all__ = [
    "announcement",
    "announcement_affected",
    "announcement_mail",
    "announcement_optout",
    "api_token",
    "attachment",
    "audit",
    "auto_answer",
    "batch",
    "batch_item",
    "calendar",
    "category",
    "contact",
    "contact_identity",
    "contact_merge",
    "custom_field",
    "desk",
    "draft",
    "duplicate_hint",
    "followed",
    "form",
    "item",
    "macro",
    "macro_key",
    "macro_use",
    "magic_link",
    "mention",
    "message",
    "metadata",
    "notification",
    "notification_choice",
    "organization",
    "outgoing_mail",
    "presence",
    "priority",
    "product",
    "proposal",
    "push_subscription",
    "quarantine",
    "rating",
    "remote_session",
    "rule",
    "rule_run",
    "search_state",
    "session",
    "sla_policy",
    "staff",
    "status",
    "status_link",
    "tag",
    "team",
    "team_member",
    "ticket",
    "ticket_follower",
    "ticket_link",
    "ticket_merge",
    "ticket_product",
    "ticket_share",
    "ticket_tag",
    "ticket_team",
    "ticket_template",
    "ticket_timer",
    "view",
]
