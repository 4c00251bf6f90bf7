"""`/api/v1/triage/incidents` and `/api/v1/triage/drift`."""

from uuid import UUID

from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.errors import NotFound
from services.common.http import Actor, require
from services.triage.contract import DriftList, Incident, IncidentList, IncidentProblem, Signal
from services.triage.desk import Desk
from services.triage.watch import repository as repo
from services.triage.watch.surprise import DRIFT

SHOWN = 50


@get("/api/v1/triage/incidents")
async def list_incidents(desk: NamedDependency[Desk], actor: NamedDependency[Actor]) -> IncidentList:
    """Unusual runs of similar tickets, newest first."""
    require(actor, "triage:read")
    rows = await desk.db.read(lambda conn: repo.incidents(conn, SHOWN))
    taxonomy = await desk.taxonomy.current()
    return IncidentList(
        [
            Incident(
                id=row.id,
                at=row.at,
                last_at=row.last_at,
                state=row.state,
                title=row.title,
                name=taxonomy.name("category", row.label or "") or None,
                label=row.label or "",
                tickets=[t["number"] for t in row.tickets],
                usual=row.usual,
                p=row.p,
                closed_by=row.closed_by,
                problem=row.problem,
            )
            for row in rows
        ]
    )


@delete("/api/v1/triage/incidents/{incident:uuid}", status_code=204)
async def dismiss_incident(
    desk: NamedDependency[Desk], actor: NamedDependency[Actor], incident: FromPath[UUID]
) -> None:
    """Say that it is none, or is dealt with."""
    require(actor, "triage:write")
    if not await desk.db.write(lambda conn: repo.dismiss(conn, incident, actor.id)):
        raise NotFound("There is no such incident.")


@put("/api/v1/triage/incidents/{incident:uuid}/problem", status_code=204)
async def incident_problem(
    desk: NamedDependency[Desk],
    actor: NamedDependency[Actor],
    incident: FromPath[UUID],
    data: JSONBody[IncidentProblem],
) -> None:
    """Remember the ticket that was made of it."""
    require(actor, "triage:write")
    if not await desk.db.write(lambda conn: repo.keep_problem(conn, incident, data.number)):
        raise NotFound("There is no such incident.")


@get("/api/v1/triage/drift")
async def drift(desk: NamedDependency[Desk], actor: NamedDependency[Actor]) -> DriftList:
    """Looks at drift, newest first, with how often such a look alarms where nothing has changed."""
    require(actor, "triage:read")
    rows = await desk.db.read(lambda conn: repo.signals(conn, SHOWN))
    found = [
        Signal(id=r.id, at=r.at, kind=r.kind, model=r.model, p=r.p, alarm=r.alarm, detail=r.detail)
        for r in rows
    ]
    return DriftList(found, DRIFT)


handlers = [list_incidents, dismiss_incident, incident_problem, drift]
