"""No such mail any more: a signed link that each announcement carries, good for ever and to be taken back."""

import base64
import hmac
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import NotFound
from services.common.http.tokens import derive
from services.common.ids import parse_uuid
from services.core.contract import MailWish
from services.core.desk import Core
from services.core.models import announcement_optout, contact


class WishUnknown(NotFound):
    code, title = "core.link_unknown", "This link is too old or was not made here"


def address(conn: sa.Connection, core: Core, who: UUID) -> str:
    """The page on which ``who`` says whether they want such mail."""
    return f"{core.site(conn)}/notices/mail/{who.hex}.{_sign(core, who)}"


def _sign(core: Core, who: UUID) -> str:
    digest = hmac.digest(derive(core.rt.settings.secret, "announcement-mail"), who.bytes, "sha256")[:20]
    return base64.b32encode(digest).decode().rstrip("=").lower()


def reader(core: Core, given: str) -> UUID:
    """Whose link it is; raises :class:`WishUnknown`."""
    name, _, signature = given.partition(".")
    who = parse_uuid(name)
    if who is None or not hmac.compare_digest(signature.encode(), _sign(core, who).encode()):
        raise WishUnknown
    return who


def wish(conn: sa.Connection, core: Core, given: str, wanted: bool | None = None) -> MailWish:
    """Whether who has the link gets such mail; with ``wanted`` it is what they say now."""
    who = reader(core, given)
    if conn.execute(sa.select(contact.c.id).where(contact.c.id == who)).first() is None:
        raise WishUnknown
    mine = announcement_optout.c.contact_id == who
    out = conn.execute(sa.select(announcement_optout.c.at).where(mine)).first() is not None
    if wanted is True and out:
        conn.execute(announcement_optout.delete().where(mine))
    if wanted is False and not out:
        conn.execute(announcement_optout.insert(), {"contact_id": who, "at": core.now()})
    return MailWish(wanted=not out if wanted is None else wanted)
