"""Lines of queues, kept as they were rendered.

Twenty agents look at the same tickets, and every change has each of them fetch fifty lines of which one is new. What
a line shows decides whether it is the same line: its values, how its times read now, and in whose language.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from services.portal.web.i18n import Writer

MOST = 5_000  # lines; some kilobytes of text each


class Rows:
    """The lines of one language. ``macro`` renders a line that is not known yet."""

    def __init__(self, writer: Writer, span: Callable[[float, int], str]) -> None:
        self._writer, self._span = writer, span
        self._kept: dict[Any, Markup] = {}

    @pass_context
    def line(self, context: Context, row: Any, macro: Any, selected: bool, view: str) -> Markup:
        """``row`` as a line of the queue ``view``."""
        key = (msgspec.structs.astuple(row), selected, view, self._words(context, row))
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= MOST:
                self._kept.clear()
            found = self._kept[key] = macro(row, selected=selected, view=view)
        return found

    def _words(self, context: Context, row: Any) -> tuple[Any, ...]:
        """How the times and the status of a line read at this moment."""
        now = context["now"]
        ago = self._writer.ago_short(row.at, now)
        status = context.environment.filters["status_label"](context, row.status)  # an admin's own word
        if row.due is None:
            return ago, status
        left = (row.due - now).total_seconds()
        when = self._writer.when(row.due, now, context["viewer"].tz)
        return ago, status, left < 0, left < 3600, self._span(left, 1), when
