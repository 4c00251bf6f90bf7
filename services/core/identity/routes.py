"""Identity over HTTP: sessions, links and introspection for other services, tokens and one's own account."""

import asyncio
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from services.common.errors import FieldError, Forbidden, Invalid, Unauthorized
from services.common.http import Actor, require
from services.common.ids import parse_uuid
from services.common.text import single_line
from services.core.actors import author_of
from services.core.audit import note
from services.core.contract import (
    ApiToken,
    Change,
    Credentials,
    Introspect,
    Introspected,
    IssuedApiToken,
    MagicLinkRedeem,
    MagicLinkRequest,
    MagicLinkSent,
    NewApiToken,
    OpenSession,
    Person,
    PersonChanges,
    SessionToken,
)
from services.core.desk import Core
from services.core.identity import magic, people, sessions, tokens
from services.core.identity.passwords import check_strength, hash_password, matches
from services.core.models import contact, staff


@get("/.well-known/jwks.json", tags=["identity"])
async def jwks(core: NamedDependency[Core]) -> dict[str, Any]:
    """The public keys that people's tokens are signed with."""
    return core.signer.jwks


@post("/internal/sessions", include_in_schema=False)
async def open_session(core: NamedDependency[Core], data: JSONBody[Credentials]) -> OpenSession:
    """Sign in by password."""
    return await sessions.sign_in(core, data)


@post("/internal/sessions/{handle:str}/token", status_code=200, include_in_schema=False)
async def renew_session(core: NamedDependency[Core], handle: FromPath[str]) -> SessionToken:
    """A fresh token of one minute."""
    return await sessions.renew(core, handle)


@delete("/internal/sessions/{handle:str}", include_in_schema=False)
async def end_session(core: NamedDependency[Core], handle: FromPath[str]) -> None:
    """Sign out."""
    await sessions.end(core, handle)


@post("/internal/magic-links", status_code=202, include_in_schema=False)
async def send_link(core: NamedDependency[Core], data: JSONBody[MagicLinkRequest]) -> MagicLinkSent:
    """Send a link, if there is somebody to send it to."""
    return await magic.request(core, data)


@post("/internal/magic-links/redeem", include_in_schema=False)
async def redeem_link(core: NamedDependency[Core], data: JSONBody[MagicLinkRedeem]) -> OpenSession:
    """Sign in by link."""
    return await magic.redeem(core, data)


@post("/internal/tokens/introspect", status_code=200, include_in_schema=False)
async def introspect(core: NamedDependency[Core], data: JSONBody[Introspect]) -> Introspected:
    """Who is behind an API token."""
    actor = await introspected(core, data.token)
    return Introspected(active=actor is not None, actor=actor)


async def introspected(core: Core, secret: str) -> Actor | None:
    """The actor behind an API token, noting now and then that it is in use."""
    now = core.now()
    found = await core.db.read(lambda conn: tokens.introspect(conn, secret, now))
    if found is None:
        return None
    actor, note_use = found
    if note_use:
        await core.db.write(lambda conn: tokens.seen(conn, actor.id, now))
    return actor


@get("/api/v1/tokens", tags=["identity"])
async def list_tokens(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> list[ApiToken]:
    """API tokens, without their secrets. Admins only."""
    require(actor, "admin")
    return await core.db.read(tokens.listed)


@post("/api/v1/tokens", tags=["identity"])
async def create_token(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[NewApiToken]
) -> IssuedApiToken:
    """Make an API token; its secret is in this answer only. Admins only."""
    require(actor, "admin")
    return await core.db.write(lambda conn: tokens.issue(conn, data, author_of(actor), core.now()))


@delete("/api/v1/tokens/{token_id:uuid}", status_code=200, tags=["identity"])
async def revoke_token(
    core: NamedDependency[Core], actor: NamedDependency[Actor], token_id: FromPath[UUID]
) -> ApiToken:
    """Revoke an API token. Admins only."""
    require(actor, "admin")
    return await core.db.write(lambda conn: tokens.revoke(conn, token_id, author_of(actor), core.now()))


@get("/api/v1/me", tags=["identity"])
async def me(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> Person:
    """Who you are and what you may do."""
    if actor.kind == "anonymous":
        raise Unauthorized
    account = await core.db.read(lambda conn: _own_account(conn, actor))
    if account is not None:
        return account.person
    return Person(
        id=actor.id,
        kind="service" if actor.is_service else "token",
        name=actor.name,
        email=None,
        roles=list(actor.roles),
        scopes=list(actor.scopes),
        locale=actor.locale or "en",
    )


def _own_account(conn: sa.Connection, actor: Actor) -> people.Account | None:
    person_id = parse_uuid(actor.id)
    if actor.kind not in {"staff", "contact"} or person_id is None:
        return None
    return people.by_id(conn, actor.kind, person_id)


@patch("/api/v1/me", tags=["identity"])
async def change_me(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[PersonChanges]
) -> Person:
    """Change your name, language or password. A new password ends your other sessions."""
    account = await core.db.read(lambda conn: _own_account(conn, actor))
    if account is None:
        raise Unauthorized if actor.kind == "anonymous" else Forbidden("A client of the API has no account.")
    values: dict[str, Any] = {}
    if data.name is not UNSET:
        values["name"] = single_line(str(data.name), 200)
        if not values["name"]:
            raise Invalid(errors=[FieldError("name", "The name is empty.", "empty")])
    if data.locale is not UNSET:
        values["locale"] = data.locale
    if data.password is not UNSET:
        values |= await _new_password(account, data)
    at, table = core.now(), staff if account.kind == "staff" else contact

    def unit(conn: sa.Connection) -> Person:
        if values:
            conn.execute(table.update().where(table.c.id == account.id).values(values))
            shown = [
                Change(field=f, old=None, new=None if f == "password_hash" else v, set_by="person")
                for f, v in values.items()
            ]
            note(
                conn,
                at=at,
                subject=account.kind,
                subject_id=account.id,
                action="changed",
                author=author_of(actor),
                changes=shown,
            )
        changed = people.by_id(conn, account.kind, account.id)
        assert changed is not None
        return changed.person

    return await core.db.write(unit)


async def _new_password(account: people.Account, data: PersonChanges) -> dict[str, Any]:
    given = data.current_password if isinstance(data.current_password, str) else ""
    if account.password_hash and not await matches(given, account.password_hash):
        raise Invalid(errors=[FieldError("current_password", "That is not your password.", "wrong")])
    check_strength(str(data.password))
    hashed = await asyncio.to_thread(hash_password, str(data.password))
    return {"password_hash": hashed, "epoch": account.epoch + 1}


routes = [
    jwks,
    open_session,
    renew_session,
    end_session,
    send_link,
    redeem_link,
    introspect,
    list_tokens,
    create_token,
    revoke_token,
    me,
    change_me,
]
