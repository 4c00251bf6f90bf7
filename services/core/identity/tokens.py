"""API tokens: opaque, scoped, revocable; shown once, stored as SHA-256."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import FieldError, Invalid, NotFound, Unauthorized
from services.common.http import Actor
from services.common.ids import new_secret, uuid7
from services.common.text import single_line
from services.core.audit import note
from services.core.contract import SCOPES, ApiToken, Author, Change, IssuedApiToken, NewApiToken
from services.core.identity.people import token_scopes
from services.core.identity.sessions import digest
from services.core.models import api_token

PREFIX = "trj_"
_SEEN_EVERY = timedelta(minutes=10)  # how exact "last used" is; exacter would be a write a request


class TokenNotFound(NotFound):
    code, title = "core.token_not_found", "There is no such token"


def issue(conn: sa.Connection, given: NewApiToken, author: Author, at: datetime) -> IssuedApiToken:
    """Make a token; raises :class:`Invalid` for scopes that do not exist."""
    name = single_line(given.name, 200)
    wrong = sorted(set(given.scopes) - set(SCOPES))
    if not name or wrong or not given.scopes:
        problems = [FieldError("scopes", f"There is no scope {one[:40]!r}.", "unknown") for one in wrong]
        problems += [] if name else [FieldError("name", "The name is empty.", "empty")]
        raise Invalid(errors=problems or [FieldError("scopes", "A token needs a scope.", "empty")])
    if given.days is not None and not 1 <= given.days <= 3650:
        raise Invalid(errors=[FieldError("days", "Between 1 and 3650 days.")])
    secret = new_secret(PREFIX)
    row: dict[str, Any] = {
        "id": uuid7(),
        "name": name,
        "hash": digest(secret),
        "hint": secret[-4:],
        "scopes": sorted(set(given.scopes)),
        "created_by": author.id or author.name,
        "created_at": at,
        "expires_at": at + timedelta(days=given.days) if given.days else None,
        "revoked_at": None,
        "last_used_at": None,
    }
    conn.execute(api_token.insert(), row)
    changes = [Change(field="scopes", old=None, new=row["scopes"], set_by="person")]
    note(conn, at=at, subject="token", subject_id=row["id"], action="created", author=author, changes=changes)
    return IssuedApiToken(secret=secret, token=_view(row))


def introspect(conn: sa.Connection, secret: str, now: datetime) -> tuple[Actor, bool] | None:
    """The actor behind a token and whether its use should be noted; None for what is not good now."""
    if not secret.startswith(PREFIX):
        return None
    row = conn.execute(sa.select(api_token).where(api_token.c.hash == digest(secret))).first()
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    actor = Actor(id=str(row.id), kind="token", roles=(), scopes=token_scopes(row.scopes), name=row.name)
    return actor, row.last_used_at is None or row.last_used_at < now - _SEEN_EVERY


def seen(conn: sa.Connection, token_id: str, now: datetime) -> None:
    """Remember that a token was used."""
    conn.execute(api_token.update().where(api_token.c.id == UUID(token_id)).values(last_used_at=now))


def revoke(conn: sa.Connection, token_id: UUID, author: Author, at: datetime) -> ApiToken:
    """Revoke a token; services that remember it forget within thirty seconds."""
    query = sa.select(api_token).where(api_token.c.id == token_id).with_for_update()
    row = conn.execute(query).mappings().first()
    if row is None:
        raise TokenNotFound
    if row["revoked_at"] is None:
        conn.execute(api_token.update().where(api_token.c.id == token_id).values(revoked_at=at))
        note(conn, at=at, subject="token", subject_id=token_id, action="revoked", author=author)
    return _view({**row, "revoked_at": row["revoked_at"] or at})


def listed(conn: sa.Connection) -> list[ApiToken]:
    """All tokens, newest first, without their secrets."""
    rows = conn.execute(sa.select(api_token).order_by(api_token.c.id.desc()).limit(500)).mappings()
    return [_view(dict(row)) for row in rows]


def _view(row: dict[str, Any]) -> ApiToken:
    return ApiToken(**{name: row[name] for name in ApiToken.__struct_fields__})


class TokenInvalid(Unauthorized):
    code, title = "core.token_invalid", "The token is not valid"
