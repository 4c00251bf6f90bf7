"""Builds the portal: clients, sessions, pages, app."""

import asyncio
from dataclasses import dataclass
from typing import Any

from litestar.stores.base import Store
from litestar.stores.file import FileStore
from litestar.stores.redis import RedisStore

from services.common.errors import Unauthorized
from services.common.events.outbox import Event
from services.common.http import Actor
from services.common.http.tokens import Verifier
from services.common.jobs import Jobs
from services.common.service import Runtime, Service
from services.common.settings import Settings
from services.core.client import CoreClient
from services.kb.client import KbClient
from services.portal.app import make_app
from services.portal.live.events import announce
from services.portal.settings import Options
from services.portal.web.brand import Brands
from services.portal.web.callers import Callers
from services.portal.web.notices import Notices
from services.portal.web.pages import Desk, Pages, compile_templates
from services.portal.web.portal import Portal, VisitorPeer
from services.portal.web.security import Guard
from services.portal.web.sessions import Sessions
from services.portal.web.taxonomy import Taxonomies
from services.triage.client import TriageClient


@dataclass
class Clients:
    """Doors to the other services; ``reader`` asks the knowledge base as the viewer and never as a service."""

    core: CoreClient
    triage: TriageClient
    kb: KbClient
    reader: KbClient


def session_store(settings: Settings) -> Store:
    """Redis where there is one, else files in the data folder, so that a restart signs nobody out."""
    if settings.redis:
        return RedisStore.with_client(settings.redis, namespace="triaje-portal")
    folder = settings.data / "portal" / "sessions"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return FileStore(folder)


def build(rt: Runtime) -> Service:
    """The portal of one process."""
    core, triage, kb = (rt.peer(name, "portal") for name in ("core", "triage", "kb"))
    clients = Clients(CoreClient(core), TriageClient(triage), KbClient(kb), KbClient(VisitorPeer(kb)))

    async def fetch_keys() -> dict[str, Any]:
        return await core.get("/.well-known/jwks.json", type=dict[str, Any])

    verifier = Verifier(rt.tokens, rt.clock, fetch_keys, _no_api_tokens)
    return assemble(rt, verifier, clients, session_store(rt.settings), Options.load())


async def warm_up() -> None:
    """Compile the templates beside the start, so that nobody's first page waits for it."""
    asyncio.get_running_loop().run_in_executor(None, compile_templates)


async def _no_api_tokens(token: str) -> Actor:
    raise Unauthorized("The portal takes no API tokens.")


def assemble(rt: Runtime, verifier: Verifier, clients: Clients, store: Store, options: Options) -> Service:
    """The portal with given clients and session store."""
    guard = Guard(rt.settings)
    pages = Pages(guard, rt.clock, Desk(name=options.name, demo=options.demo))
    portal = Portal(
        pages=pages,
        guard=guard,
        sessions=Sessions(store, clients.core, rt.clock),
        clock=rt.clock,
        live=rt.live,
        core=clients.core,
        triage=clients.triage,
        kb=clients.kb,
        reader=clients.reader,
        taxonomies=Taxonomies(clients.core, rt.clock, pages.statuses),
        notices=Notices(clients.core, rt.clock),
        brands=Brands(clients.core, clients.reader, rt.clock, pages, guard),
        callers=Callers(rt.settings.redis),
        options=options,
    )
    service = Service(
        name="portal", rt=rt, jobs=Jobs("portal"), verifier=verifier, extra=portal, essential=set()
    )

    async def hear(events: list[Event]) -> None:
        await announce(events, portal)

    service.on_events = hear
    service.on_start.append(warm_up)
    service.app = make_app(service, portal)
    return service
