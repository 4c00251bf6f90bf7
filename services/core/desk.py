"""What core's handlers and jobs work with: the service's parts and core's own."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.common.db import Database
from services.common.files import Files
from services.common.http import Actor
from services.common.http.tokens import Signer
from services.common.jobs.registry import JobInProgress
from services.common.outside import Outside, networks
from services.common.service import Runtime
from services.core.automation.store import Rules
from services.core.brand.store import Brands
from services.core.follow import Follower
from services.core.identity.limits import Limits
from services.core.intake.accept import Intake
from services.core.jobs import jobs
from services.core.outgoing.address import ReplyAddresses
from services.core.outgoing.transport import Outgoing
from services.core.sla.policies import Remembered
from services.core.status_links.token import StatusLinks
from services.core.taxonomy.lookups import Lookups

T = TypeVar("T")
RULES = Actor(
    id="service:rules",
    kind="service",
    name="rules",
    roles=("service",),
    scopes=("tickets:read", "tickets:write", "internal"),
)
"""As whom rules, clocks and timers look at tickets."""


class Core:
    """Core's wiring. ``lookups`` is the taxonomy in memory, ``limits`` guards sign-in, ``mail`` is the way out,
    ``outside`` the door to addresses that somebody gave.

    A plain class, because the framework would look into the fields of a dataclass.
    """

    def __init__(self, rt: Runtime, db: Database, files: Files, signer: Signer, limits: Limits) -> None:
        self.rt, self.db, self.files, self.signer, self.limits = rt, db, files, signer, limits
        self.lookups = Lookups()
        self.intake = Intake(self.lookups, rt.settings.secret)
        self.mail = Outgoing(rt.settings)
        self.outside = Outside(networks(rt.settings.outside_allowed))
        self.promises = Remembered()
        self.rules = Rules()
        self.follower = Follower(self)
        self.actor = RULES
        self.addresses = ReplyAddresses(rt.settings.secret, rt.settings.mail_from)
        self.brands = Brands()
        self.status_links = StatusLinks(rt.settings.secret)

    def count_anew(self, conn: sa.Connection) -> None:
        """Have every open ticket's clocks worked out again; once is enough, however often it is asked for."""
        with suppress(JobInProgress):
            jobs.enqueue(conn, "count_anew", {}, key="count_anew")

    def now(self) -> datetime:
        """The time, from the one clock."""
        return self.rt.clock.now()

    def site(self, conn: sa.Connection) -> str:
        """The address by which customers know the desk, without a slash at its end."""
        return self.brands.get(conn).url or self.rt.settings.url.rstrip("/")

    async def write_once(self, unit: Callable[[sa.Connection], T]) -> T:
        """Write a unit that looks before it inserts; if another did the same meanwhile, look again."""
        return await self.retried(lambda: self.db.write(unit))

    @staticmethod
    async def retried(attempt: Callable[[], Awaitable[T]]) -> T:
        """``attempt``, and once more where a unique key says that somebody was faster."""
        try:
            return await attempt()
        except IntegrityError:
            return await attempt()
