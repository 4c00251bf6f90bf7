"""What customers are told now: short-lived copies, so that no page waits for core or shows less while it is away."""

import asyncio
from collections import OrderedDict

import msgspec

from services.common.clock import Clock
from services.common.errors import DeskError
from services.core.client import CoreClient
from services.core.contract import CurrentAnnouncement
from services.portal.web.viewer import Viewer

FRESH = 15.0  # seconds
PATIENCE = 1.0  # seconds that a page waits for a copy that there is none of yet
MOST = 2_000  # people whose copies are kept
VISITOR = ""


class _Copy(msgspec.Struct):
    at: float
    items: list[CurrentAnnouncement]


class Notices:
    """Hands out what holds for a viewer: everybody's for visitors, a customer's own for who is signed in."""

    def __init__(self, core: CoreClient, clock: Clock) -> None:
        self._core, self._clock = core, clock
        self._copies: OrderedDict[str, _Copy] = OrderedDict()

    def forget(self) -> None:
        """Something was written: fetch it anew the next time."""
        self._copies.clear()

    async def current(self, viewer: Viewer) -> list[CurrentAnnouncement]:
        """What the viewer is told now; an older copy, or nothing, while core is away."""
        customer = viewer.person is not None and not viewer.is_agent
        key = viewer.person.id if customer and viewer.person else VISITOR
        now = self._clock.now().timestamp()
        copy = self._copies.get(key)
        if copy is not None and now - copy.at < FRESH:
            return copy.items
        try:
            token = viewer.token if customer else None
            async with asyncio.timeout(PATIENCE):
                items = await self._core.current_announcements(token=token)
        except (DeskError, TimeoutError):
            items = copy.items if copy is not None else []
        self._copies[key] = _Copy(now, items)
        self._copies.move_to_end(key)
        while len(self._copies) > MOST:
            self._copies.popitem(last=False)
        return items
