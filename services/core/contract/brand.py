"""Name, logo and colours of the portal."""

from msgspec import Struct

from services.core.contract.vocabulary import Input


class Logo(Struct, kw_only=True):
    """Which picture: ``hash`` names it, and changes with it."""

    hash: str
    type: str
    width: int
    height: int


class Palette(Struct, kw_only=True):
    """Colours as ``#rrggbb`` that pages use, for light and for dark grounds."""

    accent: str
    accent_dark: str
    strong: str
    strong_dark: str
    wash: str
    wash_dark: str
    on: str
    on_dark: str


class Brand(Struct, kw_only=True):
    """How the desk looks. What is empty is as the operator set it, or as Triaje comes."""

    name: str
    accent: str
    accent_dark: str
    url: str
    logo: Logo | None
    palette: Palette | None
    version: int


class BrandColours(Input):
    """Two accents; an empty dark one is made of the other."""

    accent: str
    accent_dark: str = ""


class BrandInput(Input):
    """``url`` is the address by which customers know the desk; ``version`` the one that was read."""

    name: str = ""
    accent: str = ""
    accent_dark: str = ""
    url: str = ""
    version: int = 0


class Verdict(Struct, kw_only=True):
    """Whether a colour can be read: its contrast, and the nearest colour that passes."""

    colour: str
    ratio: float
    passes: bool
    nearest: str


class BrandCheck(Struct, kw_only=True):
    """Both verdicts, and what pages would make of the nearest colours that pass."""

    light: Verdict
    dark: Verdict
    palette: Palette
