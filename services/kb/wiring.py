"""Puts the knowledge base together: chooses nothing itself, takes what the runtime lends."""

import asyncio

from services.common.db import Database
from services.common.errors import DeskError
from services.common.files import Files
from services.common.observability import get_logger
from services.common.outside import Outside, networks
from services.common.service import Runtime, Service
from services.core.client import CoreClient
from services.kb.answers import jobs as answer_jobs
from services.kb.app import build as build_app
from services.kb.articles import jobs as article_jobs
from services.kb.community import jobs as community_jobs
from services.kb.desk import Desk
from services.kb.gaps import jobs as gap_jobs
from services.kb.index import jobs as index_jobs
from services.kb.index.queue import jobs
from services.kb.index.service import SearchIndex
from services.kb.limits import Limits
from services.kb.search.engine import SearchEngine
from services.kb.settings import Options
from services.kb.suggestions import jobs as suggestion_jobs

log = get_logger(__name__)
FEATURES = (
    index_jobs,
    suggestion_jobs,
    gap_jobs,
    article_jobs,
    community_jobs,
    answer_jobs,
)  # importing them is what registers their jobs


def build(rt: Runtime) -> Service:
    """The service, ready to be entered."""
    service = Service(
        "kb",
        rt,
        jobs,
        CoreClient(rt.peer("core", "kb")).verifier(rt.tokens, rt.clock),
        db=Database(rt.settings.database_url("kb")),
    )
    vectors = rt.vectors("kb")
    index = SearchIndex(service.db, rt.clock, rt.embedder, vectors)
    desk = Desk(
        settings=rt.settings,
        options=Options.load(),
        db=service.db,
        clock=rt.clock,
        jobs=jobs,
        live=rt.live,
        index=index,
        engine=SearchEngine(service.db, index, rt.embedder, vectors),
        limits=Limits(rt.settings.redis),
        core=CoreClient(rt.peer("core", "kb")),
        files=Files(rt.settings.data / "files" / "kb"),
        outside=Outside(networks(rt.settings.outside_allowed)),
    )
    service.extra = desk
    service.app = build_app(service, desk)
    warming: set[asyncio.Task[None]] = set()

    async def warm() -> None:
        """Load the embedder behind the open port, and look after the index."""
        task = asyncio.create_task(_warm(desk, rt.background))
        warming.add(task)
        task.add_done_callback(warming.discard)

    async def cool() -> None:
        for task in list(warming):
            task.cancel()
        await vectors.close()

    async def index_answers() -> None:
        active = await index.active()
        if active is not None:
            await vectors.count(active.name)

    service.checks["search index"] = index_answers
    service.on_start.append(warm)
    service.on_stop.append(cool)
    return service


async def _warm(desk: Desk, background: bool) -> None:
    try:
        await desk.index.embedder.load()
        if background:
            await index_jobs.mend(desk)
    except DeskError as error:  # search answers from the full text meanwhile, and says so
        log.warning("kb.not_warm", error=str(error))
