"""One ticket, several teams, one history: other departments join beside the team that answers for it."""

from uuid import UUID

import sqlalchemy as sa

from services.common.db.compiled import CompiledSelect
from services.common.errors import FieldError, Forbidden, Invalid
from services.common.http import Actor, require
from services.core.desk import Core
from services.core.models import team, team_member, ticket_team
from services.core.notifications.service import tell
from services.core.relations.family import refuse_merged
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.noted import noted

_beside = CompiledSelect(
    sa.select(ticket_team.c.team)
    .where(ticket_team.c.ticket_id == sa.bindparam("ticket"))
    .order_by(ticket_team.c.at, ticket_team.c.team)
)


def beside(conn: sa.Connection, ticket_id: UUID) -> list[str]:
    """Keys of the teams that work along."""
    return [row["team"] for row in _beside.all(conn, ticket=ticket_id)]


def join(conn: sa.Connection, core: Core, number: int, given: str, actor: Actor) -> None:
    """Let a team work along: its people find the ticket in their queue, light agents among them may read and note."""
    row = _acted_on(conn, number, actor)
    key = core.lookups.get(conn).team_key(given)
    if key is None:
        raise Invalid(errors=[FieldError("team", f"There is no team {given[:80]!r}.", "unknown")])
    if key == row["team"] or key in beside(conn, row["id"]):
        return
    at = core.now()
    conn.execute(ticket_team.insert(), {"ticket_id": row["id"], "team": key, "at": at})
    noted(conn, row, actor, at, field="team", new=key, action="team_joined")
    members = (
        sa.select(team_member.c.staff_id)
        .join(team, team.c.id == team_member.c.team_id)
        .where(team.c.key == key)
    )
    tell(
        conn, core, row, list(conn.execute(members).scalars()), kind="new_ticket", cause=f"joined:{key}", at=at,
        actor_id=actor.id, actor_name=actor.name,
    )  # fmt: skip


def leave(conn: sa.Connection, core: Core, number: int, key: str, actor: Actor) -> None:
    """A team's part is done; what it wrote stays in the one history."""
    row = _acted_on(conn, number, actor)
    gone = ticket_team.delete().where(ticket_team.c.ticket_id == row["id"], ticket_team.c.team == key)
    if conn.execute(gone).rowcount:
        noted(conn, row, actor, core.now(), field="team", new=key, action="team_left")


def _acted_on(conn: sa.Connection, number: int, actor: Actor) -> Row:
    require(actor, "tickets:write")
    row = repository.by_number(conn, number, actor, lock=True)
    if not actor.is_agent:
        raise Forbidden("Agents ask other teams in.")
    refuse_merged(conn, row)
    return row
