"""What staff are told, and how."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from services.core.contract.vocabulary import Input


class Notification(Struct, kw_only=True):
    """Something that concerns a colleague. ``kind``: mention, assigned, replied, new_ticket, warning, breach, rule."""

    id: UUID
    number: int
    kind: str
    subject: str
    actor: str
    detail: str
    at: datetime
    read_at: datetime | None


class NotificationPage(Struct, kw_only=True):
    items: list[Notification]
    unread: int
    next_cursor: str | None = None


class MarkRead(Input):
    """Some, those of one ticket, or all where neither is given."""

    ids: list[UUID] | None = None
    number: int | None = None


class NotificationChoice(Struct, kw_only=True):
    """How a person wants to hear of one kind of thing."""

    kind: str
    page: bool
    mail: bool
    push: bool = False


class NewPushSubscription(Input):
    """A browser's subscription, as its push API gives it."""

    endpoint: Annotated[str, Meta(min_length=8, max_length=2000)]
    p256dh: Annotated[str, Meta(max_length=120)]
    auth: Annotated[str, Meta(max_length=40)]
    device: Annotated[str, Meta(max_length=200)] = ""


class PushSubscription(Struct, kw_only=True):
    """A browser that is told; ``mark`` is the SHA-256 of its endpoint, by which it knows itself."""

    id: UUID
    device: str
    service: str
    mark: str
    created_at: datetime


class PushState(Struct, kw_only=True):
    """The public key that a browser subscribes with, and the caller's browsers."""

    key: str
    subscriptions: list[PushSubscription]
