"""The typed client of triage: one method a call. Errors are the same ``DeskError`` classes as in the service."""

from datetime import datetime
from uuid import UUID

from services.common.clients import Peer
from services.triage.contract import (
    Decision,
    DecisionList,
    DriftList,
    Incident,
    IncidentList,
    IncidentProblem,
    Likeness,
    LikenessRequest,
    LogCheck,
    Model,
    ModelList,
    OutcomeRequest,
    OverrideList,
    PeriodReplay,
    PeriodRequest,
    PredictRequest,
    Preview,
    Promise,
    PromiseChange,
    PromiseList,
    Recalibration,
    RecommendationOutcomeRequest,
    RecommendationRequest,
    Recommendations,
    Replay,
    Rules,
    RulesChange,
    SolvedTickets,
    Status,
    SyncStarted,
    Training,
    TrainingList,
    TrainingRequest,
)

PUBLIC = "/api/v1/triage"


class TriageClient:
    """Calls of triage over a ``Peer``; ``token`` is the actor's bearer token, None the service's own."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer

    async def decisions(self, ticket: UUID, *, limit: int = 20) -> list[Decision]:
        """Decisions of a ticket, newest first; for services, which have authorised the actor for the ticket."""
        path = f"/internal/tickets/{ticket}/decisions"
        found = await self.peer.get(path, type=DecisionList, params={"limit": limit})
        return found.items

    async def decision(self, decision: UUID, *, token: str | None = None) -> Decision:
        """One decision."""
        return await self.peer.get(f"{PUBLIC}/decisions/{decision}", type=Decision, token=token)

    async def recommendations(
        self, ticket: UUID, *, limit: int = 3, token: str | None = None
    ) -> Recommendations:
        """Draft replies, articles and similar tickets.

        Pass the actor's token: only what that person may read is quoted. A service's own token quotes all.
        """
        body = RecommendationRequest(ticket=ticket, limit=limit)
        return await self.peer.post(
            f"{PUBLIC}/recommendations", body, type=Recommendations, token=token, retry=True, timeout=30
        )

    async def solved(self, q: str, *, limit: int = 5, token: str | None = None) -> SolvedTickets:
        """Solved tickets near a text in meaning, of those that the actor may read."""
        params = {"q": q, "limit": limit}
        return await self.peer.get(f"{PUBLIC}/solved", type=SolvedTickets, params=params, token=token)

    async def likeness(self, ticket: UUID, others: list[UUID]) -> dict[UUID, float]:
        """How near in meaning other tickets are to one, as far as they were decided on; for services."""
        body = LikenessRequest(ticket=ticket, others=others)
        return (await self.peer.post("/internal/likeness", body, type=Likeness, retry=True)).scores

    async def recommendation_outcome(
        self, recommendation: UUID, body: RecommendationOutcomeRequest, *, token: str | None = None
    ) -> None:
        """Record what a person did with a draft."""
        path = f"/api/v1/recommendations/{recommendation}/outcome"
        await self.peer.post(path, body, type=None, token=token)

    async def decision_outcome(
        self, decision: UUID, body: OutcomeRequest, *, token: str | None = None
    ) -> Decision:
        """Record what a person did with one task of a decision."""
        return await self.peer.post(
            f"{PUBLIC}/decisions/{decision}/outcome", body, type=Decision, token=token
        )

    async def check_log(self, *, token: str | None = None) -> LogCheck:
        """Read the whole decision log and compare it with what is stored."""
        return await self.peer.get(f"{PUBLIC}/log", type=LogCheck, token=token, timeout=600)

    async def replay(self, decision: UUID, *, token: str | None = None) -> Replay:
        """Compute a stored decision again and compare."""
        return await self.peer.post(f"{PUBLIC}/decisions/{decision}/replay", None, type=Replay, token=token)

    async def replay_period(
        self,
        version: str,
        since: datetime,
        *,
        precision: float = 0.95,
        merge: dict[str, str] | None = None,
        token: str | None = None,
    ) -> PeriodReplay:
        """What would have been since a time, under a version, a promise or a merger; nothing is changed."""
        body = PeriodRequest(model=version, since=since, precision=precision, merge=merge or {})
        return await self.peer.post(f"{PUBLIC}/replays", body, type=PeriodReplay, token=token, timeout=600)

    async def predict(self, body: PredictRequest, *, token: str | None = None) -> Preview:
        """Predictions for a text without a ticket."""
        return await self.peer.post(f"{PUBLIC}/predict", body, type=Preview, token=token)

    async def status(self, *, token: str | None = None) -> Status:
        """Champion, examples, backlog."""
        return await self.peer.get(f"{PUBLIC}/status", type=Status, token=token)

    async def models(self, *, token: str | None = None) -> ModelList:
        """The registry, newest first."""
        return await self.peer.get(f"{PUBLIC}/models", type=ModelList, token=token)

    async def model(self, version: str, *, token: str | None = None) -> Model:
        """One version."""
        return await self.peer.get(f"{PUBLIC}/models/{version}", type=Model, token=token)

    async def promote(self, version: str, *, token: str | None = None) -> Model:
        """Make a version the champion."""
        return await self.peer.post(f"{PUBLIC}/models/{version}/promote", None, type=Model, token=token)

    async def rollback(self, *, token: str | None = None) -> Model:
        """Return to the champion before this one."""
        return await self.peer.post(f"{PUBLIC}/models/rollback", None, type=Model, token=token)

    async def start_training(
        self, *, dry_run: bool = False, token: str | None = None, idempotency_key: str | None = None
    ) -> Training:
        """Start a retraining, or return the one that is under way."""
        body = TrainingRequest(dry_run=dry_run)
        return await self.peer.post(
            f"{PUBLIC}/trainings", body, type=Training, token=token, idempotency_key=idempotency_key
        )

    async def trainings(self, *, limit: int = 25, token: str | None = None) -> list[Training]:
        """Trainings, newest first."""
        found = await self.peer.get(
            f"{PUBLIC}/trainings", type=TrainingList, params={"limit": limit}, token=token
        )
        return found.items

    async def training(self, training: UUID, *, token: str | None = None) -> Training:
        """One training with its live progress."""
        return await self.peer.get(f"{PUBLIC}/trainings/{training}", type=Training, token=token)

    async def cancel_training(self, training: UUID, *, token: str | None = None) -> Training:
        """Ask a training to stop; the champion keeps serving."""
        return await self.peer.post(f"{PUBLIC}/trainings/{training}/cancel", None, type=Training, token=token)

    async def promises(self, *, token: str | None = None) -> list[Promise]:
        """The promise of each task, with its certificate."""
        return (await self.peer.get(f"{PUBLIC}/promises", type=PromiseList, token=token)).items

    async def set_promise(self, task: str, change: PromiseChange, *, token: str | None = None) -> Promise:
        """Change a promise; its certificate is computed anew."""
        return await self.peer.patch(f"{PUBLIC}/promises/{task}", change, type=Promise, token=token)

    async def recalibration(self, task: str, *, token: str | None = None) -> Recalibration:
        """What setting the percentages of a task straight would bring."""
        return await self.peer.get(f"{PUBLIC}/recalibrations/{task}", type=Recalibration, token=token)

    async def recalibrate(self, task: str, *, token: str | None = None) -> Model:
        """Set them straight; the version that serves then."""
        return await self.peer.post(f"{PUBLIC}/recalibrations/{task}", None, type=Model, token=token)

    async def incidents(self, *, token: str | None = None) -> list[Incident]:
        """Unusual runs of similar tickets, newest first."""
        return (await self.peer.get(f"{PUBLIC}/incidents", type=IncidentList, token=token)).items

    async def incident_problem(self, incident: UUID, number: int, *, token: str | None = None) -> None:
        """Remember the ticket that was made of an incident."""
        path = f"{PUBLIC}/incidents/{incident}/problem"
        await self.peer.put(path, IncidentProblem(number), type=None, token=token)

    async def dismiss_incident(self, incident: UUID, *, token: str | None = None) -> None:
        """Say that it is none, or is dealt with."""
        await self.peer.delete(f"{PUBLIC}/incidents/{incident}", token=token)

    async def drift(self, *, token: str | None = None) -> DriftList:
        """Looks at drift, newest first."""
        return await self.peer.get(f"{PUBLIC}/drift", type=DriftList, token=token)

    async def rules(self, *, token: str | None = None) -> Rules:
        """When it retrains, who promotes, whether tickets are given to people."""
        return await self.peer.get(f"{PUBLIC}/rules", type=Rules, token=token)

    async def set_rules(self, change: RulesChange, *, token: str | None = None) -> Rules:
        """Change the rules that are given."""
        return await self.peer.patch(f"{PUBLIC}/rules", change, type=Rules, token=token)

    async def overrides(self, *, limit: int = 20, token: str | None = None) -> OverrideList:
        """What agents correct most."""
        return await self.peer.get(
            f"{PUBLIC}/overrides", type=OverrideList, params={"limit": limit}, token=token
        )

    async def sync(self) -> SyncStarted:
        """Fetch core's snapshot and closed tickets, as a job; the first champion is trained after it."""
        return await self.peer.post("/internal/sync", None, type=SyncStarted)


__all__ = ["TriageClient"]
