"""Builds core from what a process lends."""

import asyncio
from typing import Any

from services.common.db import Database
from services.common.files import Files
from services.common.http import Actor
from services.common.http.tokens import Signer, Verifier
from services.common.service import Runtime, Service
from services.common.text import detect_language
from services.core.announcements import mailing
from services.core.app import make_app
from services.core.automation import jobs as rule_jobs
from services.core.batches import jobs as batch_jobs
from services.core.community import jobs as community_jobs
from services.core.desk import Core
from services.core.follow import consequences
from services.core.identity import magic
from services.core.identity.limits import Limits
from services.core.identity.routes import introspected
from services.core.identity.tokens import TokenInvalid
from services.core.jobs import jobs
from services.core.outgoing import jobs as outgoing_jobs
from services.core.push import jobs as push_jobs
from services.core.relations import duplicates
from services.core.search.index import Indexer
from services.core.sla import jobs as sla_jobs

FEATURES_WITH_JOBS = (
    magic, outgoing_jobs, mailing, community_jobs, batch_jobs, duplicates, sla_jobs, rule_jobs, push_jobs,
)  # fmt: skip
"""Imported for the jobs that they register."""


def build(rt: Runtime) -> Service:
    """Core in one process. It signs people's tokens itself, so it needs nobody to check one."""
    db = Database(rt.settings.database_url("core"))
    files = Files(rt.settings.data / "files" / "core")
    core = Core(
        rt=rt,
        db=db,
        files=files,
        signer=Signer(rt.settings.secret, rt.clock),
        limits=Limits(rt.settings.redis),
    )

    consequences.connect(core.follower)

    async def own_keys() -> dict[str, Any]:
        return core.signer.jwks

    async def introspect(secret: str) -> Actor:
        actor = await introspected(core, secret)
        if actor is None:
            raise TokenInvalid
        return actor

    verifier = Verifier(rt.tokens, rt.clock, own_keys, introspect)
    service = Service(name="core", rt=rt, jobs=jobs, verifier=verifier, db=db, files=files, extra=core)
    service.app = make_app(service, core)

    async def warm() -> None:
        """The first ticket should not wait for the language model to be read."""
        warming.append(asyncio.create_task(asyncio.to_thread(detect_language, "warm, templado")))

    async def cool() -> None:
        await asyncio.gather(*warming)

    if rt.background:
        indexer = Indexer(db)
        service.on_start.append(indexer.start)
        service.on_stop.append(indexer.stop)
        service.on_start.append(core.follower.start)
        service.on_stop.append(core.follower.stop)
    warming: list[asyncio.Task[str]] = []
    service.on_start.append(warm)
    service.on_stop.append(cool)
    return service
