"""Who else works on a ticket: shares, followers, drafts, who is there, remote sessions."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from services.core.contract.people import StaffRef
from services.core.contract.vocabulary import Input


class RemoteSession(Struct, kw_only=True):
    """A link under which an agent looks at the customer's screen; ``by`` is who attached it."""

    id: UUID
    url: str
    label: str
    by: str
    at: datetime
    ended_at: datetime | None


class NewRemoteSession(Input):
    url: str
    label: str = ""


class NewShare(Input):
    staff: str
    """Id or e-mail address of the staff member the ticket is shared with."""


class Draft(Struct, kw_only=True):
    """A person's own unsent text on a ticket."""

    kind: Literal["reply", "note"]
    body: str
    recommendation: str | None = None
    updated_at: datetime | None = None


class DraftChanges(Input):
    kind: Literal["reply", "note"]
    body: str
    recommendation: str | None = None


class Here(Input):
    """Body of ``PUT /tickets/{number}/presence``."""

    state: Literal["looking", "writing", "gone"]


class Presence(Struct, kw_only=True):
    """Who else has a ticket open. ``changed``: what the asker said is news for them."""

    looking: list[StaffRef]
    writing: list[StaffRef]
    changed: bool = False


class NewFollower(Input):
    staff: str = "me"
    """Id or e-mail address; oneself unless said."""
