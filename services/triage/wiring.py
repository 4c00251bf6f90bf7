"""Puts triage together: chooses nothing itself, takes what the runtime lends."""

import asyncio

from services.common.db import Database
from services.common.errors import DeskError
from services.common.observability import get_logger
from services.common.service import Runtime, Service
from services.core.client import CoreClient
from services.kb.client import KbClient
from services.triage.app import build as build_app
from services.triage.desk import Desk
from services.triage.examples import jobs as example_jobs
from services.triage.examples.solved import Solved
from services.triage.jobs import jobs
from services.triage.ledger import jobs as ledger_jobs
from services.triage.predict import jobs as predict_jobs
from services.triage.promises import jobs as promise_jobs
from services.triage.reader import Reader
from services.triage.recommend.chat import ChatComposer
from services.triage.recommend.privacy import Privacy
from services.triage.recommend.retrieve import macro_passages
from services.triage.recommend.service import Recommender
from services.triage.registry.artefacts import Artefacts
from services.triage.registry.errors import ModelUnusable
from services.triage.registry.serving import Serving
from services.triage.route.service import Router
from services.triage.settings import Options
from services.triage.taxonomy.store import TaxonomyStore
from services.triage.train import jobs as train_jobs
from services.triage.train import schedule as train_schedule
from services.triage.watch import jobs as watch_jobs

log = get_logger(__name__)
FEATURES = (
    example_jobs,
    ledger_jobs,
    predict_jobs,
    train_jobs,
    train_schedule,
    promise_jobs,
    watch_jobs,
)  # importing them is what registers their jobs


def build(rt: Runtime) -> Service:
    """The service, ready to be entered."""
    core = CoreClient(rt.peer("core", "triage"))
    service = Service(
        "triage",
        rt,
        jobs,
        core.verifier(rt.tokens, rt.clock),
        db=Database(rt.settings.database_url("triage")),
    )
    desk = desk_of(rt, service.db, core)
    service.extra = desk
    service.app = build_app(service, desk)
    service.checks["model"] = lambda: _check_model(desk)
    warming: set[asyncio.Task[None]] = set()

    async def warm() -> None:
        """Load the champion behind the open port: the first ticket should not wait for it."""
        task = asyncio.create_task(_warm(desk))
        warming.add(task)
        task.add_done_callback(warming.discard)

    async def cool() -> None:
        for task in list(warming):
            task.cancel()

    service.on_start.append(warm)
    service.on_stop.append(cool)
    return service


def desk_of(rt: Runtime, db: Database, core: CoreClient) -> Desk:
    """The parts that features share."""
    artefacts = Artefacts(rt.settings.data)
    options = Options.load()
    reader = Reader(rt.embedder, rt.second)
    solved = Solved(db, rt.vectors("triage"), reader)
    taxonomy = TaxonomyStore(db, rt.clock, core)
    return Desk(
        settings=rt.settings,
        options=options,
        db=db,
        clock=rt.clock,
        jobs=jobs,
        core=core,
        kb=KbClient(rt.peer("kb", "triage")),
        reader=reader,
        taxonomy=taxonomy,
        artefacts=artefacts,
        serving=Serving(db, artefacts, lambda: reader.fingerprint, options.recheck_seconds),
        solved=solved,
        privacy=Privacy(db, taxonomy),
        router=Router(db, rt.clock, core, solved),
        recommender=Recommender(rt.embedder, ChatComposer(rt.settings, options)),
        live=rt.live,
    )


async def _check_model(desk: Desk) -> None:
    """Not essential: without a model triage abstains."""
    await desk.serving.current()
    if desk.serving.problem:
        raise ModelUnusable(desk.serving.problem)


async def _warm(desk: Desk) -> None:
    try:
        await desk.reader.load()
        await desk.serving.current()
        taxonomy = await desk.taxonomy.current()
        for language in ("en", "es"):
            await desk.recommender.warm(macro_passages(taxonomy.macros, language)[0])
    except DeskError as error:  # a missing embedder or model is said by the status page, not by a crash
        log.warning("triage.not_warm", error=str(error))
