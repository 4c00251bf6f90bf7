"""Mail that comes back: which of ours it is about, and what the other side said."""

import re
from datetime import datetime

import sqlalchemy as sa

from services.common.text import single_line
from services.core.mail import ParsedMail
from services.core.models import outgoing_mail
from services.core.outgoing.store import mark

_ID = re.compile(rb"(?im)^message-id:\s*<([^<>\s]{1,300})>")
_SAID = re.compile(r"(?im)^diagnostic-code:[ \t]*([^\n]{1,400})")
_STATUS = re.compile(r"(?im)^(?:status:[ \t]*|[^\n]{0,80}\b)([45])\.\d{1,3}\.\d{1,3}\b")
_LOOKED_AT = 65_536  # bytes of a report's parts; the headers of the returned mail are at its beginning


def original_ids(mail: ParsedMail) -> list[str]:
    """The ids of mail that a report may be about: of the returned headers first, then of the thread's."""
    texts = [part.data[:_LOOKED_AT] for part in mail.attachments] + [mail.text[:_LOOKED_AT].encode()]
    found = [one.decode("ascii", "replace") for text in texts for one in _ID.findall(text)]
    return list(dict.fromkeys([*found, *mail.in_reply_to, *mail.references]))[:50]


def reason(mail: ParsedMail) -> tuple[bool, str]:
    """Whether it is for good, and why; a report that only speaks of a delay (4.x.x) is not."""
    texts = [part.data[:_LOOKED_AT].decode("utf-8", "replace") for part in mail.attachments]
    whole = "\n".join([*texts, mail.text[:_LOOKED_AT]])
    said, status = _SAID.search(whole), _STATUS.search(whole)
    for_good = status is None or status[1] == "5"
    return for_good, single_line(said[1] if said else mail.subject or "returned", 400)


def returned(conn: sa.Connection, mail: ParsedMail, at: datetime) -> int | None:
    """Mark our mail as bounced. Returns the ticket's number, or None where the report is about none of ours."""
    ids = original_ids(mail)
    if not ids:
        return None
    query = sa.select(outgoing_mail).where(outgoing_mail.c.mail_id.in_(ids))
    row = conn.execute(query.order_by(outgoing_mail.c.id.desc()).limit(1)).mappings().first()
    if row is None or row["number"] is None:
        return None
    for_good, why = reason(mail)
    if for_good and row["state"] in {"sent", "queued"}:
        mark(conn, dict(row), "bounced", why, at)
    return int(row["number"])
