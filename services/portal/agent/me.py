"""``/agent/me``: one's own numbers; for leads those of their teams beside them."""

import asyncio
from typing import Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.core.contract import Figures, StaffNumbers
from services.portal.agent.macro_pages import answering
from services.portal.web.labels import N_
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

DAYS = (7, 30, 90)


class Tile(msgspec.Struct):
    """One number with the same of the period before; ``None`` where there is nothing to compute it from."""

    label: str
    kind: str
    now: float | None
    before: float | None
    detail: str = ""


@get("/agent/me", include_in_schema=False)
async def me(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], days: FromQuery[int] = 30
) -> Response[Any]:
    """What the viewer did in a period."""
    token = portal.token(answering(viewer))
    days = days if days in DAYS else 30

    async def team() -> StaffNumbers | None:
        return await portal.core.staff_numbers(days=days, token=token) if viewer.is_lead else None

    mine, everyone = await asyncio.gather(portal.core.my_numbers(days=days, token=token), team())
    return portal.pages.page(
        viewer,
        "agent/me.html",
        tiles=tiles(portal, viewer, mine.now, mine.before),
        team=everyone,
        days=days,
        periods=DAYS,
        share=share,
    )


def tiles(portal: Portal, viewer: Viewer, now: Figures, before: Figures) -> list[Tile]:
    """A person's numbers, the period before beside each."""

    def say(text: str, **values: Any) -> str:
        return portal.pages.text(viewer, text, **values)

    ended = (
        say(N_("%(reopened)s of %(solved)s"), reopened=now.reopened, solved=now.solved) if now.solved else ""
    )
    rated = say(N_("of %(count)s ratings"), count=now.rated) if now.rated else ""
    first = say(N_("in %(count)s tickets"), count=now.first_responses) if now.first_responses else ""
    return [
        Tile(say(N_("Solved")), "count", now.solved, before.solved),
        Tile(say(N_("Answers written")), "count", now.replies, before.replies),
        Tile(
            say(N_("First answer, median")), "minutes", now.first_response_minutes, before.first_response_minutes, first
        ),
        Tile(
            say(N_("Reopened")), "share", share(now.reopened, now.solved), share(before.reopened, before.solved), ended
        ),
        Tile(
            say(N_("Satisfied customers")), "share", share(now.satisfied, now.rated),
            share(before.satisfied, before.rated), rated,
        ),
    ]  # fmt: skip


def share(part: int, whole: int) -> float | None:
    """A share, or None of nothing."""
    return part / whole if whole else None


ROUTES = [me]
