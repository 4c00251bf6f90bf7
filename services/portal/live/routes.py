"""``/live``: one stream a page."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Stream

from services.common.errors import DeskError, Forbidden
from services.common.live import LiveEvent
from services.portal.live.events import TICKETS
from services.portal.web.people import signed_in
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

LIFETIME = 600.0  # seconds; then the page connects again, and whoever was revoked does not
PING = 20.0
_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")


@get("/live", include_in_schema=False)
async def stream(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    topics: FromQuery[str],
    since: FromQuery[str] = "",
) -> Stream:
    """Events of the topics that the viewer may follow: all tickets for staff, their own for customers.

    It goes on after the id in `since`, or in the header `Last-Event-ID` of a browser that connects again.
    """
    wanted = {_topic(name) for name in topics.split(",")[:5] if name}
    await _allow(portal, signed_in(viewer), wanted)
    last = request.headers.get("last-event-id", "") or since
    return Stream(
        _lines(portal, viewer, wanted, last if not last or _ID.fullmatch(last) else "0-0"),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _topic(name: str) -> str:
    """One of the two kinds of topics there are, spelt in the one way in which it is published."""
    if name == TICKETS:
        return name
    kind, _, number = name.partition(":")
    if kind != "ticket" or not number.isdecimal() or len(number) > 15:
        raise Forbidden
    return f"ticket:{int(number)}"


async def _allow(portal: Portal, viewer: Viewer, topics: set[str]) -> None:
    for topic in topics:
        if topic == TICKETS:
            if not viewer.is_agent:
                raise Forbidden
        else:
            await portal.core.ticket(int(topic.partition(":")[2]), token=portal.token(viewer))


async def _may_hear(portal: Portal, viewer: Viewer, event: LiveEvent) -> bool:
    """Agents work on every ticket. Of others' tickets nobody hears, and of one's own not after it is one's own no more.

    Asked anew for every event: shares are withdrawn and tickets are moved while a page is open.
    """
    if not event.subject or viewer.works_on_all:
        return True
    with suppress(DeskError):
        session = await portal.sessions.find(viewer.session.key if viewer.session else "")
        if session is not None and session.token:
            await portal.core.ticket(int(event.subject), token=session.token)
            return True
    return False


async def _lines(portal: Portal, viewer: Viewer, topics: set[str], since: str) -> AsyncIterator[str]:
    """The stream's text. It ends on shutdown, after ten minutes, and when the session is over."""
    yield f"retry: 2000\nid: {since or portal.live.last_id}\n\n"
    key = viewer.session.key if viewer.session else ""
    loop = asyncio.get_running_loop()
    ends, looked = loop.time() + LIFETIME, loop.time()
    events = portal.live.subscribe(topics, since)
    upcoming: asyncio.Task[LiveEvent] | None = None
    try:
        while loop.time() < ends:
            upcoming = upcoming or asyncio.ensure_future(anext(events))
            done, _ = await asyncio.wait({upcoming}, timeout=PING)
            if not done or loop.time() - looked >= PING:  # however much there is to hear
                if not await _still(portal, key):
                    return
                looked = loop.time()
            if not done:
                yield ": still here\n\n"
                continue
            try:
                event = upcoming.result()
            except StopAsyncIteration:
                return
            finally:
                upcoming = None
            if not await _may_hear(portal, viewer, event):
                continue
            body = {"topic": event.topic, "id": event.subject, "version": event.version, "kind": event.kind}
            yield f"id: {event.id}\ndata: {msgspec.json.encode(body).decode()}\n\n"
    finally:
        if upcoming is not None:
            upcoming.cancel()
        await events.aclose()  # type: ignore[attr-defined]


async def _still(portal: Portal, key: str) -> bool:
    try:
        return await portal.sessions.find(key) is not None
    except DeskError:
        return True


ROUTES = [stream]
