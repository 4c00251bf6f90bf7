"""The life of tickets by time over HTTP: how the desk wants it, and the customer's word afterwards."""

import sqlalchemy as sa
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.errors import FieldError, Forbidden, Invalid, Unauthorized
from services.common.http import Actor, require
from services.core.contract import CHANNELS, FollowUp, FollowUpAnswer, Lifecycle
from services.core.desk import Core
from services.core.lifecycle import questions, service
from services.core.taxonomy.routes import staff_only

A_YEAR = 24 * 365


@get("/api/v1/lifecycle", tags=["automation"])
async def read_lifecycle(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> Lifecycle:
    """Acknowledgements, nudges, automatic closing and the question afterwards."""
    staff_only(actor)
    return await core.db.read(service.settings_of)


@put("/api/v1/lifecycle", status_code=200, tags=["automation"])
async def keep_lifecycle(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[Lifecycle]
) -> Lifecycle:
    """Say how the desk wants it; 0 hours switch a step off."""
    require(actor, "admin")
    wrong = [
        FieldError(name, "Hours, from 0 to a year.")
        for name in ("nudge_hours", "close_hours", "ask_hours", "rate_hours")
        if not 0 <= getattr(data, name) <= A_YEAR
    ]
    if set(data.acknowledge) - set(CHANNELS):
        wrong.append(FieldError("acknowledge", "There is no such channel.", "unknown"))

    def keep(conn: sa.Connection) -> Lifecycle:
        if set(data.answer) - set(core.lookups.get(conn).categories):
            wrong.append(FieldError("answer", "There is no such category.", "unknown"))
        if wrong:
            raise Invalid(errors=wrong)
        return service.keep_settings(conn, data)

    return await core.db.write(keep)


def portal_only(actor: Actor) -> None:
    """What a signed link opens is asked for by the portal, for whoever has the link."""
    if actor.kind == "anonymous":
        raise Unauthorized
    if not actor.is_service:
        raise Forbidden("The portal asks this for who has the link.")


@get("/api/v1/follow-ups/{link:str}", tags=["automation"])
async def read_follow_up(
    core: NamedDependency[Core], actor: NamedDependency[Actor], link: FromPath[str]
) -> FollowUp:
    """The request that a signed link asks about."""
    portal_only(actor)
    return await core.db.read(lambda conn: questions.question(conn, core, link))


@post("/api/v1/follow-ups/{link:str}", status_code=200, tags=["automation"])
async def answer_follow_up(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    link: FromPath[str],
    data: JSONBody[FollowUpAnswer],
) -> FollowUp:
    """The customer's word: solved, or not, which opens it again."""
    portal_only(actor)
    return await core.db.write(lambda conn: questions.answer(conn, core, link, data))


routes = [read_lifecycle, keep_lifecycle, read_follow_up, answer_follow_up]
