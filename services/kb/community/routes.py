"""The community over HTTP."""

from uuid import UUID

import sqlalchemy as sa
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.common.errors import Unauthorized
from services.common.http import Actor, clamp_limit
from services.kb.community import moderation, store, terms
from services.kb.community.policy import PostLimit, must_moderate, must_post, must_read
from services.kb.contract import (
    Accepted,
    BecameTicket,
    CommunityState,
    ModeratedPost,
    NewAnswer,
    NewQuestion,
    PostDecision,
    PostReport,
    Question,
    QuestionPage,
    QuestionRow,
    Written,
)
from services.kb.desk import Desk
from services.kb.limits import SearchLimit
from services.kb.models import question

QUESTIONS, POSTS = "/api/v1/kb/questions", "/api/v1/kb/posts"
POSTS_A_MINUTE, CLICKS_A_MINUTE = 3, 30


async def _counted(desk: Desk, actor: Actor, purpose: str, a_minute: int) -> None:
    try:
        await desk.limits.take(purpose, f"actor:{actor.id}", a_minute)
    except SearchLimit as error:
        raise PostLimit(retry_after=60) from error


@get("/api/v1/kb/community")
async def state(actor: NamedDependency[Actor], desk: NamedDependency[Desk]) -> CommunityState:
    """Whether there is a community, and for whom."""
    return CommunityState(mode=desk.options.community)


@get(QUESTIONS)
async def questions(
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
    lang: FromQuery[str | None] = None,
    unanswered: FromQuery[bool] = False,
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> QuestionPage:
    """Questions, the last moved first."""
    must_read(actor, desk.options.community)
    size = clamp_limit(limit)
    return await desk.db.read(
        lambda conn: store.page(conn, actor, lang=lang, unanswered=unanswered, limit=size, cursor=cursor)
    )


@get(f"{QUESTIONS}/search")
async def search(
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
    q: FromQuery[str] = "",
    lang: FromQuery[str | None] = None,
    limit: FromQuery[int] = 3,
) -> list[QuestionRow]:
    """Questions that others asked in like words."""
    must_read(actor, desk.options.community)
    most = max(1, min(limit, 20))

    def unit(conn: sa.Connection) -> list[QuestionRow]:
        ids = terms.found(conn, actor, q[:2000], lang, most)
        rows = conn.execute(question.select().where(question.c.id.in_(ids))).mappings()
        found = {row["id"]: store.row_of(row) for row in rows}
        return [found[one] for one in ids if one in found]

    return await desk.db.read(unit)


@get(f"{QUESTIONS}/{{question_id:uuid}}")
async def one(
    actor: NamedDependency[Actor], desk: NamedDependency[Desk], question_id: FromPath[UUID]
) -> Question:
    """A question with its answers."""
    must_read(actor, desk.options.community)
    return await desk.db.read(lambda conn: store.one(conn, actor, question_id))


@post(QUESTIONS)
async def ask(
    actor: NamedDependency[Actor], desk: NamedDependency[Desk], data: JSONBody[NewQuestion]
) -> Written:
    """Ask. A person's first post waits for a moderator."""
    must_post(actor, desk.options.community)
    await _counted(desk, actor, "posts", POSTS_A_MINUTE)
    given = await desk.db.write(lambda conn: store.ask(conn, actor, data, desk.clock.now()))
    return Written(id=given, state=(await desk.db.read(lambda conn: store.one(conn, actor, given))).state)


@post(f"{QUESTIONS}/{{question_id:uuid}}/answers")
async def reply(
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
    question_id: FromPath[UUID],
    data: JSONBody[NewAnswer],
) -> Written:
    """Answer."""
    must_post(actor, desk.options.community)
    await _counted(desk, actor, "posts", POSTS_A_MINUTE)
    made = await desk.db.write(lambda conn: store.reply(conn, actor, question_id, data, desk.clock.now()))
    found = await desk.db.read(lambda conn: store.one(conn, actor, question_id))
    return Written(id=made, state=next((a.state for a in found.answers if a.id == made), "held"))


@put(f"{QUESTIONS}/{{question_id:uuid}}/accepted", status_code=204)
async def accept(
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
    question_id: FromPath[UUID],
    data: JSONBody[Accepted],
) -> None:
    """Say which answer solved it."""
    must_post(actor, desk.options.community)
    await desk.db.write(lambda conn: store.accept(conn, actor, question_id, data.answer))


@put(f"{POSTS}/{{post_id:uuid}}/vote", status_code=204)
async def vote(actor: NamedDependency[Actor], desk: NamedDependency[Desk], post_id: FromPath[UUID]) -> None:
    """This helped me too."""
    must_post(actor, desk.options.community)
    await _counted(desk, actor, "votes", CLICKS_A_MINUTE)
    await desk.db.write(lambda conn: store.vote(conn, actor, post_id, True, desk.clock.now()))


@delete(f"{POSTS}/{{post_id:uuid}}/vote", status_code=204)
async def unvote(actor: NamedDependency[Actor], desk: NamedDependency[Desk], post_id: FromPath[UUID]) -> None:
    """Take one's voice back."""
    must_post(actor, desk.options.community)
    await _counted(desk, actor, "votes", CLICKS_A_MINUTE)
    await desk.db.write(lambda conn: store.vote(conn, actor, post_id, False, desk.clock.now()))


@post(f"{POSTS}/{{post_id:uuid}}/reports", status_code=204)
async def report(
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
    post_id: FromPath[UUID],
    data: JSONBody[PostReport],
) -> None:
    """Tell the moderators."""
    must_post(actor, desk.options.community)
    await _counted(desk, actor, "reports", CLICKS_A_MINUTE)
    await desk.db.write(lambda conn: moderation.report(conn, actor, post_id, data.reason, desk.clock.now()))


@get(POSTS)
async def waiting(actor: NamedDependency[Actor], desk: NamedDependency[Desk]) -> list[ModeratedPost]:
    """What a moderator should look at."""
    must_moderate(actor, desk.options.community)
    return await desk.db.read(moderation.waiting)


@put(f"{POSTS}/{{post_id:uuid}}/state", status_code=204)
async def decide(
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
    post_id: FromPath[UUID],
    data: JSONBody[PostDecision],
) -> None:
    """Show it, hold it, or take it out."""
    must_moderate(actor, desk.options.community)
    await desk.db.write(lambda conn: moderation.decide(conn, actor, post_id, data.state, desk.clock.now()))


@put(f"{QUESTIONS}/{{question_id:uuid}}/ticket", status_code=204)
async def became_ticket(
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
    question_id: FromPath[UUID],
    data: JSONBody[BecameTicket],
) -> None:
    """Remember the ticket that a moderator made of it."""
    if actor.kind == "anonymous":
        raise Unauthorized
    must_moderate(actor, desk.options.community)
    await desk.db.write(lambda conn: moderation.became_ticket(conn, question_id, data.number))


handlers = [
    state, questions, search, one, ask, reply, accept, vote, unvote, report, waiting, decide, became_ticket,
]  # fmt: skip
