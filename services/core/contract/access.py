"""API tokens, sessions and who is behind them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from services.common.http.actor import Actor
from services.core.contract.people import Person
from services.core.contract.vocabulary import Input


class ApiToken(Struct, kw_only=True):
    """An API token without its secret; ``hint`` is its last four characters."""

    id: UUID
    name: str
    scopes: list[str]
    hint: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class NewApiToken(Input):
    name: str
    scopes: list[str]
    days: int | None = None


class IssuedApiToken(Struct, kw_only=True):
    """``secret`` is shown once, here."""

    secret: str
    token: ApiToken


class Credentials(Input):
    """``address`` is the visitor's network address, for limits only."""

    email: str
    password: str
    totp: str | None = None
    address: str = ""


class OpenSession(Struct, kw_only=True):
    """``handle`` is the secret of the session (the portal keeps it), ``token`` a one-minute signed token."""

    handle: str
    token: str
    actor: Person
    expires_at: datetime


class SessionToken(Struct, kw_only=True):
    token: str
    actor: Person


class MagicLinkRequest(Input):
    """The answer never tells whether the address is known."""

    email: str
    locale: Literal["en", "es"] = "en"
    address: str = ""


class MagicLinkSent(Struct, kw_only=True):
    sent: bool = True


class MagicLinkRedeem(Input):
    token: str
    address: str = ""


class Introspect(Input):
    token: str


class Introspected(Struct, kw_only=True):
    active: bool
    actor: Actor | None = None
