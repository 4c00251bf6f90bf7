"""The internal routes: the kernel lets nobody but services here."""

from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.common.http import Actor, require
from services.core.contract import Proposal, ProposalOutcome, TaxonomySnapshot, TicketText, TrainingExamples
from services.core.desk import Core
from services.core.snapshot import repository
from services.core.snapshot.proposals import decide


@get("/internal/snapshot/taxonomy", include_in_schema=False)
async def taxonomy(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> TaxonomySnapshot:
    """All that triage keeps a copy of."""
    require(actor, "internal")
    return await core.db.read(lambda conn: repository.taxonomy(conn, core, actor))


@get("/internal/tickets/{ticket_id:uuid}/text", include_in_schema=False)
async def ticket_text(
    core: NamedDependency[Core], actor: NamedDependency[Actor], ticket_id: FromPath[UUID]
) -> TicketText:
    """A ticket's words and where it stands."""
    require(actor, "internal")
    return await core.db.read(lambda conn: repository.ticket_text(conn, core, ticket_id, actor))


@get("/internal/training-examples", include_in_schema=False)
async def training_examples(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    after: FromQuery[str | None] = None,
    limit: FromQuery[int] = 500,
) -> TrainingExamples:
    """Closed tickets with their final labels, oldest closed first."""
    require(actor, "internal")
    size = max(1, min(limit, repository.MAX_EXAMPLES))
    return await core.db.read(lambda conn: repository.training_examples(conn, core, after, size))


@post("/internal/tickets/{ticket_id:uuid}/proposal", status_code=200, include_in_schema=False)
async def propose(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    ticket_id: FromPath[UUID],
    data: JSONBody[Proposal],
) -> ProposalOutcome:
    """Put a decision to the policy."""
    require(actor, "internal")
    return await core.write_once(lambda conn: decide(conn, core, ticket_id, data, actor))


routes = [taxonomy, ticket_text, training_examples, propose]
