"""The widget's visitors: a random mark that the site's storage keeps, with our signature, so that none is made up."""

import hmac
import secrets

from services.portal.web.security import Guard


def welcome(guard: Guard, given: str | None) -> tuple[str, str, bool]:
    """A visitor's token, their pseudonym, and whether they are new; a token that is not ours is replaced."""
    mark, _, signature = (given or "")[:200].partition(".")
    if mark and hmac.compare_digest(signature.encode(), guard.visitor(f"signed:{mark}").encode()):
        return f"{mark}.{signature}", guard.visitor(f"widget:{mark}"), False
    mark = secrets.token_urlsafe(18)
    return f"{mark}.{guard.visitor(f'signed:{mark}')}", guard.visitor(f"widget:{mark}"), True
