"""A mail to who asked the community, unless they want no such mail."""

from typing import Any

import sqlalchemy as sa

from services.common.events import Event
from services.common.ids import parse_uuid
from services.common.jobs import JobContext
from services.common.text import single_line
from services.core.announcements.optout import address
from services.core.desk import Core
from services.core.jobs import jobs
from services.core.models import announcement_optout, contact
from services.core.outgoing.compose import locale_of
from services.core.outgoing.store import queue_mail

WORDS = {
    "en": {
        "subject": "Somebody answered your question",
        "text": "Somebody answered your question in the community:\n{title}\n\n{link}",
        "stop": "No such mail any more: {link}",
    },
    "es": {
        "subject": "Alguien respondió a tu pregunta",
        "text": "Alguien respondió a tu pregunta en la comunidad:\n{title}\n\n{link}",
        "stop": "No recibir más avisos: {link}",
    },
}


@jobs.on("kb.question.answered", queue="mail")
async def tell_the_asker(ctx: JobContext, event: Event) -> None:
    """One mail an answer; the same event twice finds its mail there."""
    core: Core = ctx.service
    await core.db.write(lambda conn: _tell(conn, core, event.data))


def _tell(conn: sa.Connection, core: Core, told: dict[str, Any]) -> None:
    who, given, made = (parse_uuid(str(told.get(name) or "")) for name in ("contact", "question", "answer"))
    if who is None or given is None or made is None:
        return
    out = sa.exists().where(announcement_optout.c.contact_id == contact.c.id)
    query = sa.select(contact.c.email, contact.c.locale).where(
        contact.c.id == who, contact.c.email.is_not(None), ~out
    )
    person = conn.execute(query).first()
    if person is None:
        return
    locale = locale_of(person.locale)
    words = WORDS[locale]
    link = f"{core.site(conn)}/community/{given}"
    text = (
        words["text"]
        .replace("{link}", link)
        .replace("{title}", single_line(str(told.get("title") or ""), 200))
    )
    queue_mail(
        conn,
        kind="community",
        recipient=person.email,
        subject=words["subject"],
        locale=locale,
        sender="",
        mail_id=f"{made.hex}.answer@{core.mail.domain}",
        at=core.now(),
        text=f"{text}\n\n{words['stop'].format(link=address(conn, core, who))}",
    )
