"""Who may use a macro, and who may change it."""

from typing import Any

import sqlalchemy as sa

from services.common.errors import FieldError, Forbidden, Invalid
from services.common.http import Actor
from services.common.ids import parse_uuid
from services.core.models import macro, team, team_member


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Everyone's macros, those of the actor's teams, and their own."""
    who = parse_uuid(actor.id)
    conditions = [macro.c.scope == "global"]
    if actor.is_admin and not actor.is_service:  # what triage drafts from is for every agent to read
        conditions.append(macro.c.scope == "team")
    if who is not None:
        conditions.append(sa.and_(macro.c.scope == "personal", macro.c.owner_id == who))
        conditions.append(sa.and_(macro.c.scope == "team", macro.c.team.in_(_teams_of(actor))))
    return sa.or_(*conditions)


def _teams_of(actor: Actor) -> sa.Select[Any]:
    mine = sa.select(team.c.key).join(team_member, team_member.c.team_id == team.c.id)
    return mine.where(team_member.c.staff_id == parse_uuid(actor.id))


def led_by(conn: sa.Connection, actor: Actor) -> set[str]:
    """The teams whose macros a lead keeps: those that they are in. Of admins nothing is asked."""
    return set(conn.execute(_teams_of(actor)).scalars()) if actor.is_lead else set()


def may_write(scope: str, team_key: str | None, actor: Actor, led: set[str]) -> bool:
    """Personal macros are their owner's, a team's are its leads', everyone's are the admins'."""
    if not actor.is_agent:
        return False
    if scope == "personal":
        return parse_uuid(actor.id) is not None and actor.kind == "staff"
    return actor.is_admin or (scope == "team" and team_key in led)


def refuse(conn: sa.Connection, scope: str, team_key: str | None, actor: Actor) -> None:
    """Raise where the actor may not keep such a macro."""
    if scope == "team" and team_key is None and actor.is_lead:
        raise Invalid(errors=[FieldError("team", "A team's macro needs its team.", "empty")])
    if not may_write(scope, team_key, actor, led_by(conn, actor)):
        said = {
            "personal": "Personal macros belong to a person.",
            "team": "Leads keep their teams' macros.",
        }
        raise Forbidden(said.get(scope, "Admins keep everyone's macros."))
