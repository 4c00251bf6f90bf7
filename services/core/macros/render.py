"""Filling a macro's variables. Names are looked up in a fixed list: nothing is evaluated."""

import re
from collections.abc import Mapping

_VARIABLE = re.compile(r"\{\{\s*([a-zA-Z_][\w.]{0,80})\s*(?:\|([^{}]*))?\}\}")
_STRAY = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}|\{\{|\}\}|\{%|%\}|\{#|#\}")


def variables(texts: Mapping[str, str]) -> list[str]:
    """The names that occur in ``{{name}}`` or ``{{name|what to say without it}}``."""
    return sorted({match[1] for text in texts.values() for match in _VARIABLE.finditer(text)})


def render(text: str, values: Mapping[str, str]) -> str:
    """``text`` with its variables filled; one without a value leaves its default, or nothing.

    A value is put in as it is and is not looked at again, so that what a customer calls themselves cannot
    become a variable. What else stands in braces is taken out.
    """
    pieces: list[str] = []
    at = 0
    for match in _VARIABLE.finditer(text):
        pieces.append(_STRAY.sub("", text[at : match.start()]))
        pieces.append(_STRAY.sub("", values.get(match[1]) or (match[2] or "").strip()))
        at = match.end()
    pieces.append(_STRAY.sub("", text[at:]))
    return "".join(pieces)
