"""How the desk looks: a short-lived copy of what core keeps, so that a change shows without a restart."""

import asyncio
from contextlib import suppress

import msgspec
from msgspec.structs import replace

from services.common.clock import Clock
from services.common.errors import DeskError
from services.core.client import CoreClient
from services.core.contract import Brand, Palette
from services.kb.client import KbClient
from services.portal.web.pages import Desk, Pages
from services.portal.web.security import Guard

FRESH = 5.0  # seconds
PATIENCE = 1.0  # seconds that the first page of a process waits for core


class Brands:
    """Puts name, logo, colours and address into the pages; what is empty stays as the operator set it."""

    def __init__(self, core: CoreClient, kb: KbClient, clock: Clock, pages: Pages, guard: Guard) -> None:
        self._core, self._kb, self._clock, self._pages, self._guard = core, kb, clock, pages, guard
        self._usual = pages.desk
        self._at: float | None = None
        self._asking: asyncio.Task[None] | None = None
        self.brand: Brand | None = None
        self.logo: tuple[str, str, bytes] | None = None
        """Hash, type and bytes of the picture that was asked for last."""

    async def refresh(self) -> None:
        """Look again now and then, beside the page; only the first page of a process waits."""
        now = self._clock.now().timestamp()
        if self._at is not None and now - self._at < FRESH:
            return
        first, self._at = self._at is None, now
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        if first:
            await asyncio.wait([self._asking], timeout=PATIENCE)

    async def _ask(self) -> None:
        """What is away stays as it was."""
        with suppress(DeskError):
            self._pages.desk = replace(self._pages.desk, community=(await self._kb.community()).mode)
        with suppress(DeskError):
            self.use(await self._core.brand())

    def use(self, brand: Brand) -> None:
        """Show this from the next page on."""
        self.brand = brand
        self._guard.url = brand.url or self._guard.own
        self._pages.desk = Desk(
            name=brand.name or self._usual.name,
            demo=self._usual.demo,
            logo=brand.logo,
            theme=fingerprint(brand.palette) if brand.palette else "",
            community=self._pages.desk.community,
        )

    async def picture(self, wanted: str) -> tuple[str, bytes] | None:
        """The logo of that hash, if it is the one that is shown."""
        logo = self.brand.logo if self.brand else None
        if logo is None or logo.hash != wanted:
            return None
        if self.logo is None or self.logo[0] != wanted:
            answer = await self._core.logo()
            self.logo = (wanted, logo.type, answer.content)
        return self.logo[1], self.logo[2]


def fingerprint(palette: Palette) -> str:
    """A palette's colours in a row: as good a name for a file as any, and it says what is in it."""
    return "-".join(str(value).lstrip("#") for value in msgspec.structs.astuple(palette))


def style(palette: Palette, selector: str = ":root") -> str:
    """The tokens that a palette sets."""
    pairs = {
        "accent": (palette.accent, palette.accent_dark),
        "accent-strong": (palette.strong, palette.strong_dark),
        "accent-wash": (palette.wash, palette.wash_dark),
        "on-accent": (palette.on, palette.on_dark),
    }
    tokens = "".join(f"--{name}:light-dark({day},{night});" for name, (day, night) in pairs.items())
    return f"{selector}{{{tokens}}}\n"
