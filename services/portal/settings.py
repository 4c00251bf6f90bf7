"""What an operator may set of the portal, beside the kernel's settings: ``TRIAJE_PORTAL_*``."""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

PREFIX = "TRIAJE_PORTAL_"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """``name`` is what the desk calls itself; ``demo`` shows the banner and the demo people at the sign-in.

    ``widget_origins`` are the sites that may use the widget, beside the desk's own; none is allowed by default.
    """

    name: str = "Triaje"
    demo: bool = False
    widget_origins: tuple[str, ...] = ()

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Options":
        """Read the environment."""
        env = os.environ if environ is None else environ
        return cls(
            name=env.get(PREFIX + "NAME", "").strip()[:80] or cls().name,
            demo=env.get(PREFIX + "DEMO", "").lower() in {"1", "true", "yes", "on"},
            widget_origins=origins(env.get(PREFIX + "WIDGET_ORIGINS", "")),
        )


def origins(text: str) -> tuple[str, ...]:
    """A comma-separated setting as origins. Raises `ValueError` for what is none: no wildcard, no path."""
    found = []
    for part in text.split(","):
        origin = part.strip().lower().rstrip("/")
        if not origin:
            continue
        split = urlsplit(origin)
        if (
            split.scheme not in ("http", "https")
            or not split.netloc
            or origin != f"{split.scheme}://{split.netloc}"
        ):
            raise ValueError(
                f"TRIAJE_PORTAL_WIDGET_ORIGINS: {origin[:100]!r} is no origin such as https://shop.example"
            )
        found.append(origin)
    return tuple(found)
