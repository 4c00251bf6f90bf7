"""From words to a mail: text and HTML in the reader's language, with the headers that keep a thread together."""

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path

import css_inline
import jinja2
from markupsafe import Markup
from msgspec import Struct

from services.common.clock import utc_now
from services.common.text import clean_html, single_line, text_to_html
from services.core.outgoing.transport import LOOP

TEMPLATES = Path(__file__).parent / "templates"
MAX_REFERENCES = 20
_inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)

WORDS = {
    "en": {
        "answer": "Reply to this mail to answer.",
        "request": "Your request",
        "files": "Attached to your request online: {names}",
    },
    "es": {
        "answer": "Responde a este correo para contestar.",
        "request": "Tu solicitud",
        "files": "Adjuntos a tu solicitud en línea: {names}",
    },
}
DEFAULT = "en"


class Enclosure(Struct):
    """A file that travels with the mail."""

    name: str
    type: str
    data: bytes


class Draft(Struct, kw_only=True):
    """What one mail says. ``html`` is sanitised words or empty; ``number`` is 0 for mail about no ticket.

    ``brand`` is the desk's name, ``logo`` the address of its picture, ``accent`` a colour of it.
    """

    locale: str
    subject: str
    sender: str
    text: str
    html: str = ""
    number: int = 0
    link: str = ""
    brand: str = ""
    logo: str = ""
    accent: str = ""


class Headers(Struct, kw_only=True):
    """Where a mail comes from, goes to and belongs. Ids are without brackets, the oldest first."""

    mail_from: str
    sender: str
    to: str
    subject: str
    mail_id: str
    reply_to: str = ""
    answers: Sequence[str] = ()
    automatic: bool = False
    unsubscribe: str = ""
    """The page on which the reader says that they want no such mail (RFC 2369)."""


def locale_of(*wishes: str | None) -> str:
    """The first language that there are words for."""
    return next((wish for wish in wishes if wish in WORDS), DEFAULT)


def written(draft: Draft) -> tuple[str, str]:
    """The two bodies, ``(text, html)``. What people wrote is data here: nothing in it is looked at as a template."""
    words = WORDS[draft.locale]
    below = f"{words['answer']}\n{words['request']} #{draft.number}: {draft.link}" if draft.number else ""
    text = "\n\n".join(filter(None, (draft.text.strip(), draft.sender, f"-- \n{below}" if below else "")))
    html = _template().render(
        locale=draft.locale,
        subject=draft.subject,
        body=Markup(clean_html(draft.html or text_to_html(draft.text))),  # noqa: S704  this is where it is made safe
        sender=draft.sender,
        number=draft.number,
        link=draft.link,
        brand=draft.brand,
        logo=draft.logo,
        accent=draft.accent,
        words=words,
    )
    return text + "\n", _inliner.inline(html)


@cache
def _template() -> jinja2.Template:
    env = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True)
    return env.get_template("mail.html")


def envelope(headers: Headers, text: str, html: str, files: Sequence[Enclosure] = ()) -> EmailMessage:
    """The message as it goes out. The library refuses line breaks in headers; they are gone before that."""
    mail = EmailMessage(policy=SMTP)
    mail["Date"] = format_datetime(utc_now())
    mail["From"] = _address(headers.sender, headers.mail_from)
    mail["To"] = single_line(headers.to, 320)
    mail["Subject"] = single_line(headers.subject)
    mail["Message-ID"] = f"<{headers.mail_id}>"
    if headers.reply_to:
        mail["Reply-To"] = headers.reply_to
    if headers.answers:
        ids = [f"<{one}>" for one in headers.answers if " " not in one]
        mail["In-Reply-To"] = ids[-1]
        mail["References"] = " ".join([*ids[:1], *ids[1:][-MAX_REFERENCES:]])
    if headers.automatic:
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail["Precedence"] = "bulk"
        mail[LOOP] = headers.mail_from
    if headers.unsubscribe:
        mail["List-Unsubscribe"] = f"<{single_line(headers.unsubscribe, 500)}>"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for file in files:
        kind, _, sub = file.type.partition("/")
        if not (kind.isalpha() and sub) or kind in {"multipart", "message"}:
            kind, sub = "application", "octet-stream"
        mail.add_attachment(file.data, maintype=kind, subtype=sub, filename=file.name)
    return mail


def _address(name: str, address: str) -> str:
    """``"Grace" <support@desk>``; what could end the quoted name is taken out of it."""
    shown = single_line(name, 100).replace('"', "").replace("\\", "")
    return f'"{shown}" <{address}>' if shown else address
