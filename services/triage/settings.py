"""What an operator may set of triage, beside the kernel's settings: ``TRIAJE_TRIAGE_*``."""

import os
from collections.abc import Mapping

import msgspec

PREFIX = "TRIAJE_TRIAGE_"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Options of triage.

    ``promote`` is ``click`` (an admin decides) or ``better`` (a challenger that is better beyond luck and
    worse in no slice takes over by itself). ``chat_seconds`` bounds a chat model's answer; the extractive
    draft stands in after it. ``chat_tokens`` bounds one answer, ``chat_hourly_tokens`` all that is sent and received
    in an hour. ``recheck_seconds`` is how long a model that could not be loaded rests.
    """

    promote: str = "click"
    precision: float = 0.95
    chat_seconds: float = 20.0
    chat_tokens: int = 500
    chat_hourly_tokens: int = 200_000
    recheck_seconds: float = 60.0

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Options":
        """Read the environment. Raises ``ValueError`` with one sentence for everything that is wrong."""
        env = os.environ if environ is None else environ
        given = {
            name: env[PREFIX + name.upper()]
            for name in cls.__struct_fields__
            if env.get(PREFIX + name.upper())
        }
        try:
            options = msgspec.convert(given, cls, strict=False)
        except msgspec.ValidationError as error:
            raise ValueError(f"{PREFIX}*: {error}") from error
        wrong = []
        if options.promote not in ("click", "better"):
            wrong.append(f"{PREFIX}PROMOTE: expected click or better, got {options.promote!r}")
        if not 0.5 <= options.precision < 1.0:
            wrong.append(f"{PREFIX}PRECISION: expected a share from 0.5 to below 1")
        if wrong:
            raise ValueError("; ".join(wrong))
        return options
