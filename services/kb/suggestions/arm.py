"""Who sees suggestions. The same visitor always falls on the same side, so that a reload changes nothing."""

import hashlib
import hmac
from typing import Literal

from services.common.http.tokens import derive

Arm = Literal["shown", "control"]


def arm_of(visitor: str, control_share: float, secret: str) -> Arm:
    """The arm of a visitor: a keyed hash, so that nobody can choose a mark that falls where they like.

    With a growing share, visitors only ever move from `shown` to `control`.
    """
    digest = hmac.new(derive(secret, "kb.arm"), visitor.encode(), hashlib.sha256).digest()
    place = int.from_bytes(digest[:8]) / 2**64
    return "control" if place < control_share else "shown"
