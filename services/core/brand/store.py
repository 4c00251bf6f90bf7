"""The brand in the database, kept in memory for a few seconds: every mail and page asks for it."""

import time
from typing import Any
from urllib.parse import urlsplit

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from services.common.errors import Conflict, FieldError, Invalid
from services.common.files import sha256
from services.common.text import single_line
from services.core.brand import colour
from services.core.brand.logo import measured
from services.core.contract import Brand, BrandInput, Logo
from services.core.models import desk
from services.core.taxonomy.lookups import FRESH_SECONDS

KEY = "brand"


class StaleBrand(Conflict):
    code, title = "core.stale_brand", "Somebody changed it meanwhile"


class Stored(Struct, kw_only=True):
    """The row; ``file`` is the logo's key in the files."""

    name: str = ""
    accent: str = ""
    accent_dark: str = ""
    url: str = ""
    logo: Logo | None = None
    file: str = ""
    version: int = 0


class Brands:
    """Hands out the stored brand; another process's change is seen within seconds."""

    def __init__(self) -> None:
        self._stored: Stored | None = None
        self._until = 0.0

    def get(self, conn: sa.Connection) -> Stored:
        """How the desk looks now."""
        if self._stored is None or time.monotonic() > self._until:
            self._stored, self._until = read(conn), time.monotonic() + FRESH_SECONDS
        return self._stored

    def forget(self) -> None:
        self._stored = None


def read(conn: sa.Connection) -> Stored:
    """The row, or the look of a new desk."""
    value = conn.execute(sa.select(desk.c.value).where(desk.c.key == KEY)).scalar()
    return msgspec.convert(value or {}, Stored)


def view(stored: Stored) -> Brand:
    """What everybody may know of it; the palette is empty where the desk has its usual colours."""
    colours = None
    if stored.accent:
        colours = colour.palette(stored.accent, stored.accent_dark or colour.dark_of(stored.accent))
    return Brand(
        name=stored.name,
        accent=stored.accent,
        accent_dark=stored.accent_dark,
        url=stored.url,
        logo=stored.logo,
        palette=colours,
        version=stored.version,
    )


def keep(conn: sa.Connection, data: BrandInput) -> Stored:
    """Write what an admin wants; raises :class:`Invalid` with a ratio and a colour that passes."""
    stored = _locked(conn, data.version)
    wrong: list[FieldError] = []
    accent, dark = _colours(data, wrong)
    url = _origin(data.url, wrong)
    if wrong:
        raise Invalid(errors=wrong)
    stored.name, stored.accent, stored.accent_dark, stored.url = single_line(data.name, 80), accent, dark, url
    return _write(conn, stored)


def _colours(data: BrandInput, wrong: list[FieldError]) -> tuple[str, str]:
    given = {"accent": data.accent.strip(), "accent_dark": data.accent_dark.strip()}
    read_ = {name: colour.parsed(text) or "" for name, text in given.items()}
    for name, text in given.items():
        if text and not read_[name]:
            wrong.append(FieldError(name, "A colour is written like #0b5c55.", "format"))
        elif text:
            verdict = colour.judged(read_[name], "light" if name == "accent" else "dark")
            if not verdict.passes:
                said = f"The contrast is {verdict.ratio:.2f} : 1, and text needs {colour.ENOUGH} : 1."
                wrong.append(FieldError(name, f"{said} {verdict.nearest} passes.", "contrast"))
    if read_["accent_dark"] and not read_["accent"] and not given["accent"]:
        wrong.append(FieldError("accent", "A dark colour goes with a light one.", "missing"))
    return read_["accent"], read_["accent_dark"]


def _origin(text: str, wrong: list[FieldError]) -> str:
    """``https://help.bank.example``; where the desk listens is not decided here."""
    url = text.strip().rstrip("/")
    split = urlsplit(url)
    good = split.scheme in {"http", "https"} and split.hostname and url == f"{split.scheme}://{split.netloc}"
    if url and (not good or "@" in split.netloc or len(url) > 200 or not url.isascii()):
        wrong.append(
            FieldError("url", "An address such as https://help.example.com, without a path.", "format")
        )
    return url


def with_logo(conn: sa.Connection, content: bytes, file: str) -> Stored:
    """Keep a picture that is stored already under ``file``."""
    kind, width, height = measured(content)
    stored = _locked(conn, None)
    stored.logo, stored.file = Logo(hash=sha256(content)[:16], type=kind, width=width, height=height), file
    return _write(conn, stored)


def without_logo(conn: sa.Connection) -> Stored:
    """Name alone again. The file stays: a mail that was sent may still show it."""
    stored = _locked(conn, None)
    stored.logo, stored.file = None, ""
    return _write(conn, stored)


def _locked(conn: sa.Connection, version: int | None) -> Stored:
    conn.execute(sa.select(desk.c.key).where(desk.c.key == KEY).with_for_update())
    stored = read(conn)
    if version is not None and stored.version != version:
        raise StaleBrand(current=view(stored))
    return stored


def _write(conn: sa.Connection, stored: Stored) -> Stored:
    stored.version += 1
    value: Any = msgspec.to_builtins(stored)
    if conn.execute(desk.update().where(desk.c.key == KEY).values(value=value)).rowcount == 0:
        conn.execute(desk.insert(), {"key": KEY, "value": value})
    return stored
