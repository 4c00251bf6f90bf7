"""A colleague's word on an article before it is published."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

ReviewKind = Literal["asked", "returned", "approved"]


class ReviewInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """A step of a review: it is `asked` of a person, who `returned` the draft with a word or `approved` it.

    `reviewer` and `reviewer_name` go with `asked`.
    """

    version: int
    kind: ReviewKind
    reviewer: str = ""
    reviewer_name: str = ""
    note: str = ""


class ReviewNote(Struct, kw_only=True):
    """What somebody said in the review of an article."""

    kind: ReviewKind
    by: str
    note: str
    at: datetime
