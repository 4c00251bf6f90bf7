"""The portal's own wiring: what handlers need, in one object."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from services.common.clients import Peer
from services.common.clock import Clock
from services.common.live import Live
from services.core.client import CoreClient
from services.kb.client import KbClient
from services.portal.settings import Options
from services.portal.web.brand import Brands
from services.portal.web.callers import Callers
from services.portal.web.notices import Notices
from services.portal.web.pages import Pages
from services.portal.web.security import Guard
from services.portal.web.sessions import Sessions
from services.portal.web.taxonomy import Taxonomies
from services.portal.web.viewer import Viewer
from services.triage.client import TriageClient


class VisitorPeer(Peer):
    """A peer that is asked on behalf of nobody: what it answers is what any visitor may read.

    It shares connections and breaker with the peer that it is made of.
    """

    def __init__(self, peer: Peer) -> None:
        self.__dict__ = peer.__dict__

    async def raw(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        **rest: Any,
    ) -> httpx.Response:
        nobody = {**(headers or {}), "Authorization": ""}
        return await super().raw(method, path, token=token, headers=headers if token else nobody, **rest)


@dataclass
class Portal:
    """Clients of the other services, pages, sessions. ``reader`` never speaks as a service."""

    pages: Pages
    guard: Guard
    sessions: Sessions
    clock: Clock
    live: Live
    core: CoreClient
    triage: TriageClient
    kb: KbClient
    reader: KbClient
    taxonomies: Taxonomies
    notices: Notices
    brands: Brands
    callers: Callers = field(default_factory=Callers)
    options: Options = field(default_factory=Options)

    def token(self, viewer: Viewer) -> str | None:
        """What a call on the viewer's behalf carries."""
        return viewer.token or None
