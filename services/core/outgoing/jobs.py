"""Carrying one queued mail: composed once, tried with growing waits, its state written after each try."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.common.jobs import JobContext
from services.core.contract import Attachment
from services.core.desk import Core
from services.core.jobs import jobs
from services.core.models import attachment, message, outgoing_mail, ticket
from services.core.outgoing import store
from services.core.outgoing.compose import WORDS, Draft, Enclosure, Headers, envelope, written
from services.core.outgoing.transport import AWAY, NotNow, Refused
from services.core.status_links.service import link_of

WAITS = (60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600)
"""Seconds before try 2, 3, …; after the last one the mail has failed, a day after it was written."""
STOPPABLE = frozenset({"announcement", "community"})
"""Kinds of mail that nobody has to get; each carries a link that stops it."""
_STOP_LINK = re.compile(r"https?://\S+/notices/mail/\S+")
MAX_FILES = 10_000_000  # bytes of attachments that travel along; more stays online


@jobs.job("send_mail", queue="mail", max_attempts=5, lease=90)
async def send_mail(ctx: JobContext, payload: dict[str, str]) -> dict[str, Any] | None:
    """Send one mail. A second job for the same mail finds nothing to do."""
    core: Core = ctx.service
    mail = UUID(payload["mail"])
    row = await core.db.write(lambda conn: _composed(conn, core, mail))
    if row is None or row["state"] != "queued":
        return None
    if not core.mail.reaches:
        await core.db.write(lambda conn: store.mark(conn, row, "kept", "", core.now()))
        return {"state": "kept"}
    try:
        await core.mail.carry(await _message(core, row), row["recipient"])
    except Refused as error:
        said = str(error)
        await core.db.write(
            lambda conn: store.mark(conn, row, "bounced", said, core.now(), attempts=row["attempts"] + 1)
        )
        return {"state": "bounced"}
    except NotNow as error:
        why, tried = str(error), error.tried
        return await core.db.write(lambda conn: _later(conn, core, row, why, tried))
    await core.db.write(
        lambda conn: store.mark(conn, row, "sent", "", core.now(), attempts=row["attempts"] + 1)
    )
    return {"state": "sent"}


def _later(conn: sa.Connection, core: Core, row: dict[str, Any], why: str, tried: bool) -> dict[str, Any]:
    """Try again in a while, or give up. A server that is left alone for a moment costs no try."""
    at, attempts = core.now(), row["attempts"] + (1 if tried else 0)
    if attempts > len(WAITS):
        store.mark(conn, row, "failed", why, at, attempts=attempts)
        return {"state": "failed"}
    again = at + timedelta(seconds=WAITS[attempts - 1] if tried else AWAY)
    store.mark(conn, row, "queued", why, at, attempts=attempts, next_at=again)
    jobs.enqueue(conn, "send_mail", {"mail": str(row["id"])}, run_at=again)
    return {"state": "queued"}


def _composed(conn: sa.Connection, core: Core, mail: UUID) -> dict[str, Any] | None:
    """The row, with its bodies written on the first try."""
    found = conn.execute(sa.select(outgoing_mail).where(outgoing_mail.c.id == mail)).mappings().first()
    if found is None:
        return None
    row = dict(found)
    if row["html"] or row["state"] != "queued":
        return row
    brand = core.brands.get(conn)
    draft = Draft(
        brand=brand.name,
        logo=f"{core.site(conn)}/brand/logo/{brand.logo.hash}" if brand.logo else "",
        accent=brand.accent,
        locale=row["locale"],
        subject=row["subject"],
        sender=row["sender_name"],
        text=row["text"],
        number=row["number"] or 0,
        link=_link(conn, core, row),
    )
    if row["message_id"] is not None:
        said = conn.execute(sa.select(message).where(message.c.id == row["message_id"])).one()
        draft.text, draft.html = said.body_text, said.body_html
        row["answers"] = " ".join(_before(conn, row))
        if names := _left_online(msgspec.convert(said.attachments, list[Attachment])):
            draft.text += "\n\n" + WORDS[row["locale"]]["files"].format(names=", ".join(names))
    elif row["kind"] in ("notification", "announcement", "community"):
        draft.number, draft.sender = 0, ""
    row["text"], row["html"] = written(draft)
    conn.execute(
        outgoing_mail.update()
        .where(outgoing_mail.c.id == mail)
        .values(text=row["text"], html=row["html"], answers=row["answers"])
    )
    return row


def _link(conn: sa.Connection, core: Core, row: dict[str, Any]) -> str:
    """Where the customer follows the request without signing in: who gets the mail owns its address."""
    about = sa.select(ticket.c.id, ticket.c.number, ticket.c.requester_id).where(
        ticket.c.id == row["ticket_id"]
    )
    found = conn.execute(about).mappings().first() if row["message_id"] else None
    return link_of(conn, core, found, row["created_at"]) if found else ""


def _before(conn: sa.Connection, row: dict[str, Any]) -> list[str]:
    """The mail ids of the conversation so far, oldest first."""
    query = sa.select(message.c.mail_id).where(
        message.c.ticket_id == row["ticket_id"],
        message.c.id < row["message_id"],
        message.c.kind == "reply",
        message.c.mail_id.is_not(None),
    )
    found = conn.execute(query.order_by(message.c.id.desc()).limit(21)).scalars().all()
    return [one for one in reversed(found) if one and not one.endswith("@content")]


def _fitting(files: list[Attachment]) -> list[Attachment]:
    total, kept = 0, []
    for file in files:
        total += file.size
        if total <= MAX_FILES:
            kept.append(file)
    return kept


def _left_online(files: list[Attachment]) -> list[str]:
    there = {file.id for file in _fitting(files)}
    return [file.name for file in files if file.id not in there]


async def _message(core: Core, row: dict[str, Any]) -> Any:
    files: list[Enclosure] = []
    if row["message_id"] is not None:
        stored = await core.db.read(lambda conn: _files(conn, row["message_id"]))
        files = [Enclosure(f.name, f.type, await core.files.get(f.file)) for f in stored]
    brand = (await core.db.read(core.brands.get)).name
    headers = Headers(
        mail_from=core.rt.settings.mail_from,
        sender=_sender(row["sender_name"], brand),
        to=row["recipient"],
        subject=row["subject"],
        mail_id=row["mail_id"],
        reply_to=core.addresses.of(row["number"], row["created_at"]) if row["message_id"] else "",
        answers=row["answers"].split(),
        automatic=row["kind"] != "reply",
        unsubscribe=_stop(row["text"]) if row["kind"] in STOPPABLE else "",
    )
    return envelope(headers, row["text"], row["html"], files)


def _stop(text: str) -> str:
    """The link by which the mail itself offers to stop: the last one, whatever its author wrote before it."""
    found = _STOP_LINK.findall(text)
    return str(found[-1]) if found else ""


def _sender(person: str, brand: str) -> str:
    """Who a mail is from: a person of the desk, or the desk."""
    return f"{person} · {brand}" if person and brand else person or brand


def _files(conn: sa.Connection, message_id: UUID) -> list[Any]:
    rows = conn.execute(sa.select(attachment).where(attachment.c.message_id == message_id)).all()
    shown = {r.id: Attachment(id=r.id, name=r.name, size=r.size, type=r.type) for r in rows}
    fits = {file.id for file in _fitting(list(shown.values()))}
    return [r for r in rows if r.id in fits]
