"""Raw mail to ``Inbound``: parsed off the loop, its files stored first, then one transaction."""

import asyncio
import re
from datetime import datetime

import sqlalchemy as sa

from services.common.files import sha256
from services.common.http import Actor
from services.common.ids import uuid7
from services.common.text import clean_html, detect_language, single_line
from services.core.attachments.sniff import sniffed
from services.core.contract import MailQuarantined, Ticket
from services.core.desk import Core
from services.core.intake import quarantine
from services.core.intake.accept import NoThread
from services.core.intake.inbound import Inbound, Sender, StoredFile
from services.core.mail import MailLimits, MailRefused, ParsedMail, parse_mail
from services.core.outgoing import bounce
from services.core.settings import MAX_ATTACHMENTS, MAX_MAIL, MAX_TEXT
from services.core.tickets import repository
from services.core.tickets.anatomy import ticket_view
from services.core.tickets.ids import number_in_subject

_LIMITS = MailLimits(size=MAX_MAIL)
_CID = re.compile(r"""(?i)\bsrc\s*=\s*(["']?)cid:([^"'\s>]+)\1""")
NO_SUBJECT = "(no subject)"


async def receive_mail(core: Core, raw: bytes, actor: Actor) -> Ticket | MailQuarantined:
    """One message in. Whatever it is, it ends as a ticket, an entry on one, or in quarantine."""
    digest, at = sha256(raw), core.now()
    try:
        mail = await asyncio.to_thread(parse_mail, raw, _LIMITS)
    except MailRefused as error:
        return await _quarantine(core, raw, digest, at, error.reason, str(error))
    if mail.automatic == "bounce" and (ticket := await _bounced(core, mail, at, actor)) is not None:
        return ticket
    if reason := unfit(mail) or ("own_address" if is_own(core, mail) else ""):
        return await _quarantine(core, raw, digest, at, reason, "", mail)
    inbound = await _inbound(core, mail, raw, digest, at)

    def unit(conn: sa.Connection) -> Ticket:
        accepted = core.intake.accept(conn, inbound, at)
        return ticket_view(accepted.row, core.lookups.get(conn), actor)

    try:
        return await core.write_once(unit)
    except NoThread:
        return await _quarantine(core, raw, digest, at, f"automatic_{mail.automatic}", "", mail)


def unfit(mail: ParsedMail) -> str:
    """The reason why a mail that could be read is still no ticket, or an empty string."""
    if mail.headers.get("X-Triaje-Loop"):
        return "loop"
    if mail.sender is None:
        return "no_sender"
    if not mail.subject and not mail.text.strip() and not mail.attachments:
        return "empty"
    return ""


def is_own(core: Core, mail: ParsedMail) -> bool:
    """Whether the desk wrote to itself: answering that would never end."""
    return mail.sender is not None and core.addresses.is_own(mail.sender[1])


async def _bounced(core: Core, mail: ParsedMail, at: datetime, actor: Actor) -> Ticket | None:
    """The ticket whose mail came back, with that mail marked; None where the report is about none of ours."""

    def unit(conn: sa.Connection) -> Ticket | None:
        number = bounce.returned(conn, mail, at)
        if number is None:
            return None
        return ticket_view(repository.by_number(conn, number, actor), core.lookups.get(conn), actor)

    return await core.db.write(unit)


async def _inbound(core: Core, mail: ParsedMail, raw: bytes, digest: str, at: datetime) -> Inbound:
    assert mail.sender is not None
    files = [
        StoredFile(
            id=uuid7(),
            name=part.name,
            type=sniffed(part.data, part.type),
            size=len(part.data),
            sha256=sha256(part.data),
            file=await core.files.put(part.data),
        )
        for part in mail.attachments[:MAX_ATTACHMENTS]
    ]
    by_cid = {
        part.content_id: file.id
        for part, file in zip(mail.attachments, files, strict=False)
        if part.content_id
    }
    html = _CID.sub(
        lambda m: f'src="/api/v1/attachments/{by_cid[m[2]]}"' if m[2] in by_cid else 'src=""', mail.html
    )
    text = mail.reply or mail.text
    name, address = mail.sender
    addressed = [address for _, address in (*mail.to, *mail.cc)]
    addressed += [mail.headers.get(header, "") for header in ("To", "Cc", "Delivered-To", "X-Original-To")]
    reading = core.addresses.read(addressed, at)
    return Inbound(
        channel="email",
        sender=Sender(value=address, name=name),
        subject=single_line(mail.subject) or NO_SUBJECT,
        text=text[:MAX_TEXT],
        html=await asyncio.to_thread(clean_html, html) if html else "",
        quoted=mail.quoted[:MAX_TEXT],
        language=detect_language(f"{mail.subject}\n{text}"),
        mail_id=mail.message_id or f"{digest}@content",
        threads=[*mail.in_reply_to, *reversed(mail.references)],
        number=reading.number if reading.state == "good" else number_in_subject(mail.subject),
        reply_to=reading.state,
        automatic=mail.automatic or ("bulk" if mail.bulk else ""),
        source=await core.files.put(raw),
        digest=digest,
        files=files,
    )


async def _quarantine(
    core: Core,
    raw: bytes,
    digest: str,
    at: datetime,
    reason: str,
    detail: str,
    mail: ParsedMail | None = None,
) -> MailQuarantined:
    file = await core.files.put(raw)
    sender = mail.sender[1] if mail and mail.sender else ""
    item = await core.write_once(
        lambda conn: quarantine.keep(
            conn,
            reason=reason,
            detail=detail,
            sender=sender,
            subject=mail.subject if mail else "",
            size=len(raw),
            sha256=digest,
            file=file,
            at=at,
        )
    )
    return MailQuarantined(quarantine=item, reason=reason, detail=detail)
