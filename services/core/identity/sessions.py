"""Sessions: opened by password or link, renewed a minute at a time, ended for good."""

from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from services.common.errors import TooMany, Unauthorized
from services.common.ids import new_secret
from services.common.text import normalise_email
from services.core import settings
from services.core.actors import author_of
from services.core.audit import note
from services.core.contract import Credentials, OpenSession, SessionToken
from services.core.desk import Core
from services.core.identity import people
from services.core.identity.passwords import matches
from services.core.identity.people import Account
from services.core.models import session


class SignInFailed(Unauthorized):
    """One answer for every reason, so that it tells nothing about who has an account."""

    code, title = "core.sign_in_failed", "The address or the password is not right"


class SignInLimited(TooMany):
    code, title = "core.sign_in_limited", "Too many attempts; wait a few minutes"


class SessionEnded(Unauthorized):
    code, title = "core.session_ended", "The session has ended"


def digest(secret: str) -> bytes:
    """What is stored of a random secret."""
    return sha256(secret.encode()).digest()


async def sign_in(core: Core, given: Credentials) -> OpenSession:
    """Open a session for the right password; raises :class:`SignInFailed` or :class:`SignInLimited`."""
    email = normalise_email(given.email) or ""
    await _count_attempt(core, email, given.address)
    account = await core.db.read(lambda conn: people.by_email(conn, email)) if email else None
    right = await matches(given.password, account.password_hash if account else None)
    if (
        not right
        or account is None
        or not account.active
        or not _second_factor(account, given.totp, core.now())
    ):
        raise SignInFailed
    await core.limits.clear(settings.SIGN_IN_PAIR, "pair", email, given.address)
    await core.limits.hit(settings.SIGN_IN_KNOWN, "known", email, given.address)
    return await open_session(core, account, "password")


async def _count_attempt(core: Core, email: str, address: str) -> None:
    """Count before looking, so that a burst does not slip through; the same for accounts that do not exist.

    The limit on the account as a whole spares addresses from which it signed in before: strangers cannot lock
    its owner out.
    """
    known = await core.limits.used(settings.SIGN_IN_KNOWN, "known", email, address)
    rooms = [
        await core.limits.hit(settings.SIGN_IN_GLOBAL, "global"),
        await core.limits.hit(settings.SIGN_IN_PAIR, "pair", email, address),
        await core.limits.hit(settings.SIGN_IN_ADDRESS, "address", address),
        known or await core.limits.hit(settings.SIGN_IN_ACCOUNT, "account", email),
    ]
    if not all(rooms):
        raise SignInLimited(retry_after=300)


def _second_factor(account: Account, code: str | None, now: datetime) -> bool:
    if not account.totp_secret:
        return True
    totp = TOTP(bytes.fromhex(account.totp_secret), 6, SHA1(), 30)  # noqa: S303  what authenticator apps speak
    for drift in (0, -30, 30):
        try:
            totp.verify((code or "").encode(), int(now.timestamp()) + drift)
        except InvalidToken:
            continue
        return True
    return False


async def open_session(core: Core, account: Account, way: str) -> OpenSession:
    """A new session with a handle of its own: none is ever taken from outside, so none can be fixed."""
    handle, now = new_secret("ses_"), core.now()
    expires = now + settings.SESSION_LIFE

    def unit(conn: sa.Connection) -> None:
        conn.execute(
            session.insert(),
            {
                "hash": digest(handle),
                "person_kind": account.kind,
                "person_id": account.id,
                "epoch": account.epoch,
                "created_at": now,
                "expires_at": expires,
                "ended_at": None,
            },
        )
        note(
            conn,
            at=now,
            subject=account.kind,
            subject_id=account.id,
            action=f"signed_in_by_{way}",
            author=author_of(account.actor),
        )

    await core.db.write(unit)
    return OpenSession(
        handle=handle, token=core.signer.sign(account.actor), actor=account.person, expires_at=expires
    )


async def renew(core: Core, handle: str) -> SessionToken:
    """A fresh token for a session that still stands; raises :class:`SessionEnded`."""
    account = await core.db.read(lambda conn: _standing(conn, handle, core.now()))
    if account is None:
        raise SessionEnded
    return SessionToken(token=core.signer.sign(account.actor), actor=account.person)


def _standing(conn: sa.Connection, handle: str, now: datetime) -> Account | None:
    """The account of a session: not ended, not expired, and its person not revoked since."""
    row: Any = conn.execute(sa.select(session).where(session.c.hash == digest(handle))).first()
    if row is None or row.ended_at is not None or row.expires_at <= now:
        return None
    account = people.by_id(conn, row.person_kind, row.person_id)
    if account is None or not account.active or account.epoch != row.epoch:
        return None
    return account


async def end(core: Core, handle: str) -> None:
    """End a session; one that is not there is ended already."""
    now = core.now()
    await core.db.write(
        lambda conn: (
            conn.execute(
                session.update()
                .where(session.c.hash == digest(handle), session.c.ended_at.is_(None))
                .values(ended_at=now)
            )
            and None
        )
    )
