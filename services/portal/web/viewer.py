"""Who looks at a page, and how they want it: person, language, appearance, time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from services.core.contract import Person

LOCALES = ("en", "es")
THEMES = ("system", "light", "dark")


class Flash(msgspec.Struct, frozen=True):
    """A short message that the next page shows once."""

    text: str
    tone: str = "good"


class Session(msgspec.Struct, kw_only=True):
    """A signed-in browser. ``handle`` and ``token`` never leave the server; ``token_at`` is in Unix seconds."""

    key: str
    handle: str
    person: Person
    token: str
    token_at: float
    expires_at: datetime


class Viewer(msgspec.Struct, kw_only=True):
    """One request's person and preferences.

    ``token`` is what calls to other services carry, empty for visitors. ``csrf`` goes into every form and
    ``nonce`` into every script tag. ``seed`` is a random mark of the browser from which both the CSRF token
    and the visitor's pseudonym derive; ``new_seed`` says that the browser has yet to be given it.
    """

    locale: str = "en"
    theme: str = "system"
    zone: str = "UTC"
    here: str = "/"
    csrf: str = ""
    nonce: str = ""
    seed: str = ""
    new_seed: bool = False
    visitor: str = ""
    address: str = ""
    htmx: bool = False
    session: Session | None = None
    token: str = ""
    flash: Flash | None = None

    @property
    def person(self) -> Person | None:
        """Who is signed in, if anybody is."""
        return self.session.person if self.session else None

    @property
    def roles(self) -> list[str]:
        return self.person.roles if self.person else []

    @property
    def is_agent(self) -> bool:
        """May use the workspace."""
        return self.person is not None and self.person.kind == "staff"

    @property
    def works_on_all(self) -> bool:
        """May read every ticket: staff that is not a light agent."""
        return self.is_agent and "light" not in self.roles

    @property
    def is_admin(self) -> bool:
        """May use the administration."""
        return "admin" in self.roles

    @property
    def is_lead(self) -> bool:
        """May see the models and what agents correct."""
        return bool({"lead", "admin"} & set(self.roles))

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)
