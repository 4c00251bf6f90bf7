"""The signed part of a link: which ticket, for whom, until when. Nothing is looked up before it holds."""

import base64
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import Struct

from services.common.errors import NotFound
from services.common.http.tokens import derive
from services.core.tickets.ids import MAX_NUMBER

LIFE = timedelta(days=30)
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


class LinkUnknown(NotFound):
    """Forged, expired, revoked, or of a request that changed hands: the same answer, so that none tells more."""

    code, title = "core.link_unknown", "This link is too old or was not made here"


class Claim(Struct, frozen=True, kw_only=True):
    """What a good signature says. ``generation`` counts the revocations before it, ``who`` names the requester."""

    number: int
    day: int
    generation: int
    who: str

    @property
    def expires_at(self) -> datetime:
        return _EPOCH + timedelta(days=self.day + 1)


class StatusLinks:
    """Makes and reads ``1042.2530.0.k3x….r7q…``; 160 bits of it are a signature."""

    def __init__(self, secret: str) -> None:
        self._key = derive(secret, "status-link")

    def make(self, number: int, requester: UUID, generation: int, at: datetime) -> str:
        """A link's own part, good until ``LIFE`` after ``at``."""
        day = (at + LIFE - _EPOCH).days
        said = f"{number}.{day}.{generation}.{self.who(requester)}"
        return f"{said}.{self._sign(said)}"

    def who(self, requester: UUID) -> str:
        """A pseudonym of the requester: the link dies when the request becomes another person's."""
        return self._digest(f"who {requester}", 6)

    def read(self, given: str, now: datetime) -> Claim:
        """What a link says; raises :class:`LinkUnknown`."""
        said, _, signature = given.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(said).encode()):
            raise LinkUnknown
        number, day, generation, who = said.split(".")
        claim = Claim(number=int(number), day=int(day), generation=int(generation), who=who)
        if now > claim.expires_at or not 0 < claim.number < MAX_NUMBER:
            raise LinkUnknown
        return claim

    def _sign(self, said: str) -> str:
        return self._digest(f"link {said}", 20)

    def _digest(self, text: str, size: int) -> str:
        digest = hmac.digest(self._key, text.encode(), "sha256")[:size]
        return base64.b32encode(digest).decode().rstrip("=").lower()
