"""How many requests visitors may send: by address, by the mail address that they give, and all together.

A form that anybody may send makes mail to whoever is named in it; without a bound it is an open relay.
"""

from services.common.errors import TooMany
from services.portal.web.portal import Portal

BY_ADDRESS = "10/hour"
BY_EMAIL = "5/hour"
TOGETHER = "600/hour"


class TooManyRequests(TooMany):
    code, title = "portal.too_many_requests", "Too many requests in a short time"


async def within_caps(portal: Portal, address: str, email: str) -> None:
    """Count a visitor's request. Raises :class:`TooManyRequests`, the same whichever bound was passed."""
    counted = (
        ("requests-address", address, BY_ADDRESS),
        ("requests-email", email.strip().lower()[:254], BY_EMAIL),
        ("requests", "all", TOGETHER),
    )
    for purpose, caller, rate in counted:
        if not await portal.callers.take(purpose, caller, rate):
            raise TooManyRequests(retry_after=600)
