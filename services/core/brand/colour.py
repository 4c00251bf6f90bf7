"""Colours that can be read: contrast after WCAG 2, and the nearest colour that passes, moved in lightness alone.

OKLab and its conversions are Björn Ottosson's (https://bottosson.github.io/posts/oklab/), the contrast ratio is
that of https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.
"""

import math
import re
from typing import NamedTuple

from services.core.contract import BrandCheck, Palette, Verdict

ENOUGH = 4.5
"""The least contrast of text with its ground (WCAG 2.2, 1.4.3)."""
_HEX = re.compile(r"#[0-9a-f]{6}")
_STEPS = 24  # halvings of the lightness: finer than a colour of eight bits


class Oklch(NamedTuple):
    """Lightness 0 to 1, chroma from 0, hue in radians."""

    light: float
    chroma: float
    hue: float


GROUNDS = {"light": Oklch(0.966, 0.005, math.radians(84)), "dark": Oklch(0.25, 0.012, math.radians(266))}
"""The ground of either scheme on which a coloured text stands out least: `--sunken`, and `--hover` when dark."""
DEFAULTS = {"light": "#005a78", "dark": "#6cbedb"}


def parsed(text: str) -> str | None:
    """``#0b5c55`` in lower case; None for what is no such colour."""
    found = text.strip().lower()
    return found if _HEX.fullmatch(found) else None


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(colour: str) -> tuple[float, float, float]:
    def channel(at: int) -> float:
        value = int(colour[at : at + 2], 16) / 255
        return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

    return channel(1), channel(3), channel(5)


def to_oklch(colour: str) -> Oklch:
    """A colour by lightness, chroma and hue."""
    r, g, b = _linear(colour)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    middle = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    light = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b_ = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return Oklch(light, math.hypot(a, b_), math.atan2(b_, a))


def to_hex(colour: Oklch) -> str:
    """The nearest colour that a screen shows: chroma gives way, lightness and hue stay."""
    low, high = 0.0, colour.chroma
    if _fits(_rgb(colour)):
        low = high
    else:
        for _ in range(_STEPS):
            middle = (low + high) / 2
            low, high = (middle, high) if _fits(_rgb(colour._replace(chroma=middle))) else (low, middle)
    parts = (_gamma(min(max(value, 0.0), 1.0)) for value in _rgb(colour._replace(chroma=low)))
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


def _rgb(colour: Oklch) -> tuple[float, float, float]:
    a, b = colour.chroma * math.cos(colour.hue), colour.chroma * math.sin(colour.hue)
    long = (colour.light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (colour.light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _fits(rgb: tuple[float, float, float]) -> bool:
    return all(-1e-6 <= value <= 1 + 1e-6 for value in rgb)


def _gamma(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else float(1.055 * value ** (1 / 2.4) - 0.055)


def judged(colour: str, scheme: str) -> Verdict:
    """Whether a colour can be read on the grounds of a scheme; if not, the nearest that can."""
    ground = to_hex(GROUNDS[scheme])
    ratio = contrast(colour, ground)
    if ratio >= ENOUGH:
        return Verdict(colour=colour, ratio=round(ratio, 2), passes=True, nearest=colour)
    return Verdict(
        colour=colour, ratio=math.floor(ratio * 100) / 100, passes=False, nearest=nearest(colour, scheme)
    )


def nearest(colour: str, scheme: str) -> str:
    """The colour of the same hue that passes with the least change of lightness."""
    ground, given = to_hex(GROUNDS[scheme]), to_oklch(colour)
    good, bad = (0.0 if scheme == "light" else 1.0), given.light
    for _ in range(_STEPS):
        middle = (good + bad) / 2
        passes = contrast(to_hex(given._replace(light=middle)), ground) >= ENOUGH
        good, bad = (middle, bad) if passes else (good, middle)
    return to_hex(given._replace(light=good))


def dark_of(colour: str) -> str:
    """The counterpart of a colour on dark grounds, where nobody chose one."""
    given = to_oklch(colour)
    return to_hex(given._replace(light=0.775, chroma=min(given.chroma, 0.11)))


def palette(accent: str, dark: str) -> Palette:
    """All that pages make of two accents."""
    day, night = to_oklch(accent), to_oklch(dark)
    return Palette(
        accent=accent,
        accent_dark=dark,
        strong=to_hex(day._replace(light=max(day.light - 0.065, 0.0))),
        strong_dark=to_hex(night._replace(light=min(night.light + 0.065, 1.0))),
        wash=to_hex(Oklch(0.953, min(day.chroma, 0.02), day.hue)),
        wash_dark=to_hex(Oklch(0.275, min(night.chroma, 0.037), night.hue)),
        on="#ffffff",
        on_dark=to_hex(Oklch(0.18, min(night.chroma, 0.022), night.hue)),
    )


def check(accent: str, dark: str) -> BrandCheck:
    """What is to be said about two accents; an empty ``dark`` is made of the other."""
    light = judged(accent, "light")
    night = judged(dark or dark_of(light.nearest), "dark")
    return BrandCheck(light=light, dark=night, palette=palette(light.nearest, night.nearest))
