"""Server-side sessions. The browser holds a random key; the store knows only its hash.

A session holds core's handle and a one-minute token, which is renewed at core while the person works: whoever
is revoked there is out of the portal within a minute.
"""

import hashlib
import secrets
from datetime import timedelta

import msgspec
from litestar.stores.base import Store

from services.common.clock import Clock
from services.common.errors import DeskError, Unavailable
from services.core.client import CoreClient
from services.core.contract import OpenSession
from services.portal.web.viewer import Session

RENEW_AFTER = 40.0  # seconds; core's tokens live for sixty
KEPT = timedelta(days=14)


class Sessions:
    """Opens, finds, renews and ends sessions."""

    def __init__(self, store: Store, core: CoreClient, clock: Clock) -> None:
        self._store, self._core, self._clock = store, core, clock

    async def open(self, opened: OpenSession, old_key: str = "") -> Session:
        """A new session under a new key, whatever key the browser came with; the old one ends."""
        if old_key:
            await self.end(old_key)
        session = Session(
            key=secrets.token_urlsafe(32),
            handle=opened.handle,
            person=opened.actor,
            token=opened.token,
            token_at=self._clock.now().timestamp(),
            expires_at=min(opened.expires_at, self._clock.now() + KEPT),
        )
        await self._keep(session)
        return session

    async def find(self, key: str) -> Session | None:
        """The session behind ``key`` with a fresh token; None where it has ended here or at core.

        While core is away the session stays, with an empty token.
        """
        if not 20 <= len(key) <= 100:
            return None
        raw = await self._store.get(_name(key))
        if raw is None:
            return None
        try:
            session = msgspec.msgpack.decode(raw, type=Session)
        except msgspec.MsgspecError:
            return None
        now = self._clock.now()
        if now >= session.expires_at:
            await self._store.delete(_name(key))
            return None
        if now.timestamp() - session.token_at > RENEW_AFTER:
            return await self._renew(session)
        return session

    async def _renew(self, session: Session) -> Session | None:
        try:
            fresh = await self._core.renew_session(session.handle)
        except Unavailable:
            session.token = ""
            return session
        except DeskError:
            await self._store.delete(_name(session.key))
            return None
        session.token, session.person = fresh.token, fresh.actor
        session.token_at = self._clock.now().timestamp()
        await self._keep(session)
        return session

    async def end(self, key: str) -> None:
        """End the session here and at core; what core cannot be told now, it forgets by itself."""
        raw = await self._store.get(_name(key))
        await self._store.delete(_name(key))
        if raw is None:
            return
        try:
            await self._core.end_session(msgspec.msgpack.decode(raw, type=Session).handle)
        except (DeskError, msgspec.MsgspecError):
            return

    async def _keep(self, session: Session) -> None:
        left = max(1, int((session.expires_at - self._clock.now()).total_seconds()))
        await self._store.set(_name(session.key), msgspec.msgpack.encode(session), expires_in=left)


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
