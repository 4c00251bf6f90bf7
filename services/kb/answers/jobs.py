"""Core wants an answer for a request: one is given where a frequent question's article stands out."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import NotFound
from services.common.events import Event
from services.common.jobs import JobContext
from services.core.client import CoreClient
from services.core.contract import AnswerInput
from services.kb.articles.policy import PUBLIC
from services.kb.contract import QuotedAnswer
from services.kb.desk import Desk
from services.kb.index.queue import jobs
from services.kb.models import article
from services.kb.search.present import quoted
from services.kb.search.readable import Ask

LONGEST = 2000  # characters of a request that are looked for


@jobs.on("core.answer.wanted", queue="fast")
async def answer(ctx: JobContext, event: Event) -> dict[str, Any]:
    """Look for an answer and hand it to core, which decides. Twice the same changes nothing."""
    desk: Desk = ctx.service
    core: CoreClient = desk.core
    ticket = UUID(str(event.data["ticket"]))
    try:
        asked = await core.ticket_text(ticket)
        found = await find(desk, f"{asked.subject}\n{asked.body}", asked.language)
        if found is None:
            return {"sent": False}
        given = AnswerInput(
            article=found.article, lang=found.lang, slug=found.slug, anchor=found.anchor, title=found.title,
            quote=found.quote,
        )  # fmt: skip
        done = await core.answer_ticket(ticket, given)
    except NotFound:  # deleted meanwhile
        return {"sent": False}
    return {"sent": done.sent, "reason": done.reason}


async def find(desk: Desk, text: str, lang: str) -> QuotedAnswer | None:
    """The article that answers, in the customer's language and readable by everybody: mail goes to anybody."""
    answer = await desk.engine.search(Ask(text[:LONGEST], PUBLIC, lang or None, 3))
    if answer.degraded:
        return None
    found = quoted(answer.hits, answer.query)
    if found is None or found.lang.partition("-")[0] != lang.partition("-")[0]:
        return None
    marked = sa.select(article.c.id).where(article.c.id == found.article, article.c.faq)
    frequent = await desk.db.read(lambda conn: conn.execute(marked).first() is not None)
    return found if frequent else None
