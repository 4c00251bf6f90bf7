"""Reading a message with the standard library, within limits, and without ever giving up on its content."""

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime

from charset_normalizer import from_bytes
from msgspec import Struct

from services.common.text import clean_filename, html_to_text, normalise_email, single_line, strip_control
from services.core.mail.reply import split_reply

_ID = re.compile(r"<([^<>\s]{1,990})>")
_ADDRESS = re.compile(r"[^\s<>,;:\"'()\[\]]{1,64}@[^\s<>,;:\"'()\[\]@]{1,255}")
_WORDS = 100_000  # characters; a longer text without structure is kept as a file
_BOUNCERS = re.compile(r"^(mailer-daemon|postmaster|mail-daemon|bounce[sd]?)@", re.IGNORECASE)


class MailLimits(Struct, frozen=True):
    """What one message may hold; sizes in bytes."""

    size: int = 26_214_400
    headers: int = 262_144
    parts: int = 500
    depth: int = 30


class MailRefused(Exception):
    """The bytes are no mail that can be read; ``reason`` is a stable code for it."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


class MailPart(Struct, kw_only=True):
    """An attachment. ``name`` is cleaned and for showing; ``type`` is what the sender claims."""

    name: str
    type: str
    data: bytes
    content_id: str = ""
    inline: bool = False


class ParsedMail(Struct, kw_only=True):
    """One message. Addresses are ``(name, address)`` with valid, normalised addresses only.

    ``text`` is the whole readable text, ``reply`` the new part of it and ``quoted`` the rest. ``automatic``
    is ``""``, ``generated``, ``replied`` (RFC 3834) or ``bounce`` (RFC 3464); ``defects`` says what was mended.
    """

    message_id: str
    in_reply_to: list[str]
    references: list[str]
    sender: tuple[str, str] | None
    reply_to: list[tuple[str, str]]
    to: list[tuple[str, str]]
    cc: list[tuple[str, str]]
    subject: str
    date: datetime | None
    text: str
    reply: str
    quoted: str
    html: str
    attachments: list[MailPart]
    automatic: str
    bulk: bool
    headers: dict[str, str]
    defects: list[str]


def parse_mail(raw: bytes, limits: MailLimits = MailLimits()) -> ParsedMail:  # noqa: B008  it is frozen
    """Parse ``raw``.

    Raises :class:`MailRefused` with ``empty``, ``too_large``, ``headers_too_large``, ``no_headers``,
    ``too_many_parts``, ``too_deep`` or ``unreadable``; anything else about it is mended and listed.
    """
    _check_frame(raw, limits)
    try:
        message = email.message_from_bytes(raw, policy=email.policy.default)
        parts = list(_walk(message, limits))
    except RecursionError as error:
        raise MailRefused("too_deep") from error
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, IndexError) as error:
        raise MailRefused("unreadable", str(error)) from error
    if not message.keys():
        raise MailRefused("no_headers")
    text, html, attachments, defects = _content(parts)
    reply, quoted = split_reply(text)
    return ParsedMail(
        message_id=(_ids(_header(message, "Message-ID")) or [""])[0],
        in_reply_to=_ids(_header(message, "In-Reply-To")),
        references=_ids(_header(message, "References"))[-50:],
        sender=_sender(message),
        reply_to=_addresses(message, "Reply-To"),
        to=_addresses(message, "To"),
        cc=_addresses(message, "Cc"),
        subject=single_line(_header(message, "Subject")),
        date=_date(_header(message, "Date")),
        text=text,
        reply=reply,
        quoted=quoted,
        html=html,
        attachments=attachments,
        automatic=_automatic(message),
        bulk=_header(message, "Precedence").strip().lower() in {"bulk", "junk", "list"},
        headers=_kept_headers(message),
        defects=sorted({type(d).__name__ for p in parts for d in p.defects} | set(defects)),
    )


def _check_frame(raw: bytes, limits: MailLimits) -> None:
    if not raw.strip():
        raise MailRefused("empty")
    if len(raw) > limits.size:
        raise MailRefused("too_large")
    ends = [at for at in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if at >= 0]
    if (min(ends) if ends else len(raw)) > limits.headers:
        raise MailRefused("headers_too_large")
    boundaries = len(re.findall(rb"boundary\s*=", raw[:2_000_000], re.IGNORECASE))
    if boundaries > limits.parts:
        raise MailRefused("too_many_parts")
    nested = len(re.findall(rb"(?im)^content-type:\s*message/rfc822", raw))
    if min(nested, boundaries + nested) > limits.depth:
        raise MailRefused("too_deep")


def _walk(message: EmailMessage, limits: MailLimits) -> Iterator[EmailMessage]:
    """Every part, depth first, without entering attached messages."""
    stack: list[tuple[EmailMessage, int]] = [(message, 0)]
    count = 0
    while stack:
        part, depth = stack.pop()
        count += 1
        if count > limits.parts:
            raise MailRefused("too_many_parts")
        if depth > limits.depth:
            raise MailRefused("too_deep")
        yield part
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            stack += [(child, depth + 1) for child in reversed(_children(part))]


def _children(part: EmailMessage) -> list[EmailMessage]:
    payload = part.get_payload()
    return (
        [child for child in payload if isinstance(child, EmailMessage)] if isinstance(payload, list) else []
    )


def _content(parts: list[EmailMessage]) -> tuple[str, str, list[MailPart], list[str]]:
    texts: list[str] = []
    htmls: list[str] = []
    attachments: list[MailPart] = []
    defects: list[str] = []
    for part in parts:
        kind = part.get_content_type()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            continue
        name = _part_name(part)
        is_body = kind in {"text/plain", "text/html"} or _lost_its_boundary(part)
        is_body = is_body and _disposition(part) != "attachment" and not name
        if is_body:
            (htmls if kind == "text/html" else texts).append(_text(part, defects))
        else:
            attachments.append(_attachment(part, name, kind))
    html = "\n".join(h for h in htmls if h.strip())
    text = "\n\n".join(t.strip("\n") for t in texts if t.strip())
    if not text and html:
        text = html_to_text(html)
    return text, html, attachments, defects


def _lost_its_boundary(part: EmailMessage) -> bool:
    """Whether it calls itself multipart and is one text: to be read, unless it is too long to be words."""
    return part.get_content_maintype() == "multipart" and len(str(part.get_payload())) < _WORDS


def _text(part: EmailMessage, defects: list[str]) -> str:
    data = part.get_payload(decode=True)
    raw = data if isinstance(data, bytes) else b""
    charset = (_parameter(part, "charset") or "us-ascii").lower()
    for attempt in (charset, "utf-8"):
        try:
            return strip_control(raw.decode(attempt))
        except (LookupError, UnicodeError, ValueError):
            if attempt == charset and charset != "us-ascii":
                defects.append("WrongCharset")
    guess = from_bytes(raw[:20_000]).best()
    try:
        return strip_control(raw.decode(guess.encoding if guess else "latin-1", errors="replace"))
    except (LookupError, UnicodeError):
        return strip_control(raw.decode("latin-1"))


def _attachment(part: EmailMessage, name: str, kind: str) -> MailPart:
    if part.get_content_maintype() == "message" and part.is_multipart():
        data = b"\n".join(child.as_bytes(policy=email.policy.compat32) for child in _children(part))
        return MailPart(name=name or "message.eml", type=kind, data=data)
    payload = part.get_payload(decode=True)
    if isinstance(payload, bytes):
        data = payload
    else:
        data = str(part.get_payload() or "").encode("utf-8", "surrogateescape")
    cid = (_ids(_header(part, "Content-ID")) or [""])[0]
    fallback = "part" + {"text/html": ".html", "text/plain": ".txt", "text/calendar": ".ics"}.get(kind, "")
    return MailPart(
        name=name or fallback, type=kind, data=data, content_id=cid, inline=_disposition(part) == "inline"
    )


def _part_name(part: EmailMessage) -> str:
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):
        name = _parameter(part, "filename") or _parameter(part, "name")
    return clean_filename(_decoded(str(name))) if name else ""


def _disposition(part: EmailMessage) -> str:
    return _header(part, "Content-Disposition").split(";", 1)[0].strip().lower()


def _parameter(part: EmailMessage, name: str) -> str:
    found = re.search(rf'(?i)\b{name}\s*=\s*"?([^";\r\n]+)', _header(part, "Content-Type"))
    return found[1].strip() if found else ""


def _header(message: EmailMessage, name: str) -> str:
    """The first header of that name as text. The typed parser of the library gives up on some; then by hand."""
    try:
        value = message.get(name)
        text = "" if value is None else str(value)
    except Exception:  # its header grammar raises whatever its helpers do on hostile input
        raw = next((v for k, v in message.raw_items() if k.lower() == name.lower()), "")
        text = _decoded(str(raw))
    return strip_control(_utf8(text))


def _utf8(text: str) -> str:
    """8-bit headers: bytes that the parser carried over as lone surrogates, read as UTF-8 or Latin-1."""
    if not any("\udc80" <= char <= "\udcff" for char in text):
        return text
    raw = text.encode("utf-8", "surrogateescape")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _decoded(value: str) -> str:
    try:
        pieces = decode_header(value)
        return "".join(
            piece if isinstance(piece, str) else piece.decode(charset or "ascii", "replace")
            for piece, charset in pieces
        )
    except (LookupError, ValueError, MessageError):
        return value


def _ids(value: str) -> list[str]:
    """Message ids without their angle brackets; a bare one counts as well."""
    found = _ID.findall(value)
    if not found and value.strip() and "@" in value:
        found = [value.split(maxsplit=1)[0][:990].strip("<>")]
    return [single_line(one, 990) for one in found]


def _addresses(message: EmailMessage, name: str) -> list[tuple[str, str]]:
    value = _header(message, name)
    if not value:
        return []
    people: list[tuple[str, str]] = []
    value = value[:20_000]
    for shown, address in getaddresses([value])[:200]:
        if valid := normalise_email(single_line(address, 320)):
            people.append((single_line(_decoded(shown), 120), valid))
    if not people:  # the strict grammar found nothing: take what looks like an address
        found = (normalise_email(one) for one in _ADDRESS.findall(value)[:50])
        people = [("", one) for one in found if one]
    return people


def _sender(message: EmailMessage) -> tuple[str, str] | None:
    return next(iter(_addresses(message, "From") or _addresses(message, "Sender")), None)


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _automatic(message: EmailMessage) -> str:
    sender = _sender(message)
    if message.get_content_type() == "multipart/report" or _header(message, "Return-Path").strip() == "<>":
        return "bounce"
    if sender and _BOUNCERS.match(sender[1]):
        return "bounce"
    said = _header(message, "Auto-Submitted").split(";", 1)[0].strip().lower()
    if said == "auto-replied" or any(_header(message, h) for h in ("X-Autoreply", "X-Autorespond")):
        return "replied"
    if _header(message, "X-Auto-Response-Suppress") and said and said != "no":
        return "replied"
    return "" if said in {"", "no"} else "generated"


def _kept_headers(message: EmailMessage) -> dict[str, str]:
    """The few headers worth showing beside the text."""
    wanted = (
        "From",
        "To",
        "Cc",
        "Delivered-To",
        "X-Original-To",
        "Date",
        "Subject",
        "Message-ID",
        "Authentication-Results",
        "Auto-Submitted",
        "List-Id",
        "X-Triaje-Loop",
    )
    return {name: value[:1000] for name in wanted if (value := _header(message, name))}
