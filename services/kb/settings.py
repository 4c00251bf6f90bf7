"""What an operator may set of the knowledge base, beside the kernel's settings: `TRIAJE_KB_*`."""

import os
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from services.kb.contract import CommunityMode

PREFIX = "TRIAJE_KB_"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Options of the knowledge base.

    `control_share` of the visitors see no suggestions, so that what suggestions save is measured against
    something; 0 switches the experiment off. `searches_a_minute` and `suggestions_a_minute` bound one caller: a
    person, or an address with everybody behind it. `left_after_minutes` is how long a silent session stays open.
    `suggest_at_least` is how near an article must be to what somebody writes before it interrupts them: the likeness
    of meaning above what any text gets. On the demo desk 0.055 keeps 96 of 100 right answers. `answered_at_least`
    is how near one must be to count as a question's answer when gaps are looked for.
    `community` is `off`, `customers` (who is signed in reads) or `public` (everybody reads).
    """

    control_share: Annotated[float, Meta(ge=0.0, le=0.9)] = 0.10
    searches_a_minute: Annotated[int, Meta(ge=1)] = 600
    suggestions_a_minute: Annotated[int, Meta(ge=1)] = 600
    left_after_minutes: Annotated[int, Meta(ge=1)] = 60
    log_days: Annotated[int, Meta(ge=1)] = 180
    suggest_at_least: Annotated[float, Meta(ge=-1.0, le=1.0)] = 0.055
    answered_at_least: Annotated[float, Meta(ge=-1.0, le=1.0)] = 0.09
    community: CommunityMode = "customers"

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Options":
        """Read the environment. Raises `ValueError` with one sentence for what is wrong."""
        env = os.environ if environ is None else environ
        given = {
            name: env[PREFIX + name.upper()]
            for name in cls.__struct_fields__
            if env.get(PREFIX + name.upper())
        }
        try:
            return msgspec.convert(given, cls, strict=False)
        except msgspec.ValidationError as error:
            raise ValueError(f"{PREFIX}*: {error}") from error
