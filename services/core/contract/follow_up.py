"""What a signed link lets a customer see and say."""

from datetime import datetime

from msgspec import Struct

from services.core.contract.tickets import TimelineEntry
from services.core.contract.vocabulary import Input


class RequestStatus(Struct, kw_only=True):
    """One request as who has the signed link to it sees it; ``over`` says that it is closed."""

    number: int
    subject: str
    status: str
    over: bool
    created_at: datetime
    expires_at: datetime
    items: list[TimelineEntry]


class FollowUp(Struct, kw_only=True):
    """What a signed link asks about; ``over`` says that the request is closed.

    ``answered``: an article answered it, and the customer has not said yet whether that helped.
    """

    number: int
    over: bool
    answered: bool = False


class FollowUpAnswer(Input):
    solved: bool
    comment: str = ""
