"""Signed links about one request: whoever has one may answer what it asks, and nothing else."""

import base64
import hmac
from datetime import UTC, datetime, timedelta

from services.common.errors import NotFound
from services.common.http.tokens import derive

LIFE = timedelta(days=30)
FOLLOW_UP, RATING = "follow-up", "rating"
"""What links are for; one that was made for one thing opens no other."""
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


class LinkUnknown(NotFound):
    code, title = "core.link_unknown", "This link is too old or was not made here"


def token(secret: str, purpose: str, number: int, now: datetime) -> str:
    """The link's own part, good for ``LIFE`` and for one purpose."""
    day = (now + LIFE - _EPOCH).days
    return f"{number}.{day}.{_sign(secret, purpose, number, day)}"


def _sign(secret: str, purpose: str, number: int, day: int) -> str:
    digest = hmac.digest(derive(secret, purpose), f"{number}.{day}".encode(), "sha256")[:20]
    return base64.b32encode(digest).decode().rstrip("=").lower()


def number_of(secret: str, purpose: str, given: str, now: datetime) -> int:
    """The ticket that a link is about; raises :class:`LinkUnknown`."""
    number, _, rest = given.partition(".")
    day, _, signature = rest.partition(".")
    if not (number.isdecimal() and day.isdecimal() and len(number) < 17 and len(day) < 8):
        raise LinkUnknown
    if not hmac.compare_digest(signature.encode(), _sign(secret, purpose, int(number), int(day)).encode()):
        raise LinkUnknown
    if now > _EPOCH + timedelta(days=int(day) + 1):
        raise LinkUnknown
    return int(number)
