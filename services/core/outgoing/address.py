"""The signed address that an answer comes back to: it says which ticket, and that this desk made it."""

import base64
import hmac
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec import Struct

from services.common.http.tokens import derive

LIFE = timedelta(days=180)
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)

State = Literal["none", "good", "forged", "expired"]


class Reading(Struct, frozen=True):
    """What the addresses of a mail say: the ticket's number only where ``state`` is ``good``."""

    state: State
    number: int | None = None


class ReplyAddresses:
    """Makes and reads ``support+1042.2530.k3x…@desk``: number, last day (since 2020), signature."""

    def __init__(self, secret: str, mail_from: str) -> None:
        self._key = derive(secret, "reply-address")
        self._local, _, self._domain = mail_from.strip().lower().rpartition("@")
        self._local = self._local.partition("+")[0] or "support"
        self._pattern = re.compile(
            rf"(?<![a-z0-9.+_-]){re.escape(self._local)}\+([a-z0-9.+_=-]{{1,120}})@{re.escape(self._domain)}"
            r"(?![a-z0-9.-])"
        )

    def of(self, number: int, at: datetime) -> str:
        """The address for a ticket, good until ``LIFE`` after ``at``."""
        day = (at + LIFE - _EPOCH).days
        return f"{self._local}+{number}.{day}.{self._sign(number, day)}@{self._domain}"

    def is_own(self, address: str) -> bool:
        """Whether ``address`` is the desk's own, signed or not."""
        local, _, domain = address.strip().lower().rpartition("@")
        return domain == self._domain and local.partition("+")[0] == self._local

    def read(self, headers: Iterable[str], at: datetime) -> Reading:
        """The first signed address in ``headers``; a bad one is reported only where no good one is there."""
        found = [self._judge(token, at) for text in headers for token in self._pattern.findall(text.lower())]
        return next((r for r in found if r.state == "good"), found[0] if found else Reading("none"))

    def _judge(self, token: str, at: datetime) -> Reading:
        number, _, rest = token.partition(".")
        day, _, signature = rest.partition(".")
        if not (number.isdecimal() and day.isdecimal() and len(number) < 17 and len(day) < 8):
            return Reading("forged")
        if not hmac.compare_digest(signature.encode(), self._sign(int(number), int(day)).encode()):
            return Reading("forged")
        if at > _EPOCH + timedelta(days=int(day) + 1):
            return Reading("expired")
        return Reading("good", int(number))

    def _sign(self, number: int, day: int) -> str:
        digest = hmac.digest(self._key, f"{number}.{day}".encode(), "sha256")[:16]
        return base64.b32encode(digest).decode().rstrip("=").lower()
