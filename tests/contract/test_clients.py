"""The typed clients against the real services: what a client asks is there, and the answer is what it says."""

from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.common.errors import DeskError, Forbidden, NotFound, Unauthorized
from services.common.ids import uuid7
from services.core import contract as c
from services.core.client import CoreClient
from services.core.tickets.errors import StaleVersion
from services.kb.client import KbClient
from services.kb.contract import ArticleInput, ArticlePatch, PassageQuery, SuggestionInput, TranslationInput
from services.triage.client import TriageClient
from services.triage.contract import OutcomeRequest, PredictRequest, PromiseChange
from tests.suite.conftest import embedder, seeded, start, suite  # noqa: F401  fixtures
from tests.suite.rig import ADMIN, AGENT, CUSTOMER, Suite

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Doors:
    """The three clients as the portal has them, and tokens of people."""

    def __init__(self, suite: Suite) -> None:  # noqa: F811
        self.suite = suite
        self.core = CoreClient(suite.process.peer("core", "portal"))
        self.triage = TriageClient(suite.process.peer("triage", "portal"))
        self.kb = KbClient(suite.process.peer("kb", "portal"))

    async def token(self, who: str) -> str:
        return (await self.suite.as_(who))["Authorization"].removeprefix("Bearer ")

    async def ticket(self) -> c.Ticket:
        body = c.NewTicket(subject="I lost my card", body="It is gone since yesterday.")
        return await self.core.create_ticket(body, token=await self.token(CUSTOMER))


@pytest_asyncio.fixture(loop_scope="session")
async def doors(suite: Suite) -> Doors:  # noqa: F811  # noqa: F811
    return Doors(suite)


async def test_core_answers_its_client(doors: Doors) -> None:
    core, agent, admin = doors.core, await doors.token(AGENT), await doors.token(ADMIN)
    made = await doors.ticket()
    assert (await core.ticket(made.number, token=agent)).id == made.id
    seen = await doors.suite.decided(made.number)
    changed = await core.update_ticket(
        made.number, c.TicketChanges(version=seen["version"], priority="high"), token=agent
    )
    assert changed.priority == "high"
    with pytest.raises(StaleVersion) as stale:
        await core.update_ticket(
            made.number, c.TicketChanges(version=seen["version"], priority="low"), token=agent
        )
    assert stale.value.extra["current"]["version"] == changed.version
    posted = await core.post_message(made.number, c.NewMessage(kind="reply", body="Blocked."), token=agent)
    assert posted.entry.body_text == "Blocked."
    assert [e.body_text for e in (await core.timeline(made.number, token=agent)).items if e.kind == "reply"][
        -1
    ] == "Blocked."
    assert (await core.close_ticket(made.number, c.Closure(), token=agent)).status == "closed"
    assert (await core.reopen_ticket(made.number, token=agent)).status == "open"
    assert made.number in {row.number for row in (await core.list_tickets(token=agent, limit=100)).items}
    assert (await core.me(token=agent)).email == AGENT
    for listed in (
        core.staff,
        core.teams,
        core.categories,
        core.tags,
        core.statuses,
        core.macros,
        core.views,
    ):
        assert await listed(token=admin), listed.__name__
    assert (await core.audit(token=admin)).items
    assert (await core.contact(made.requester.id, token=agent)).email == CUSTOMER
    assert isinstance((await core.quarantine(token=agent)).items, list)
    assert isinstance((await core.jobs(token=admin)).items, list)
    file = await core.upload("a.txt", b"words", "text/plain", token=agent)
    assert (await core.attachment(file.id, token=agent)).content == b"words"


async def test_core_answers_what_triage_asks(doors: Doors) -> None:
    made = await doors.ticket()
    text = await doors.core.ticket_text(made.id)
    assert (text.subject, text.number) == (made.subject, made.number)
    snapshot = await doors.core.taxonomy()
    assert snapshot.categories
    assert snapshot.staff
    page = await doors.core.training_examples(limit=10)
    assert len(page.items) == 10
    more = await doors.core.training_examples(after=page.next_after, limit=10)
    assert not {one.id for one in page.items} & {one.id for one in more.items}
    field = {"priority": c.ProposedField(value="low", probability=0.5)}
    outcome = await doors.core.propose(made.id, c.Proposal(decision=uuid7(), version=1, fields=field))
    assert outcome.skipped == {"priority": "suggested"}


async def test_triage_answers_its_client(doors: Doors) -> None:
    triage, agent, admin = doors.triage, await doors.token(AGENT), await doors.token(ADMIN)
    made = await doors.ticket()
    await doors.suite.decided(made.number)
    (decision,) = await triage.decisions(made.id)
    assert (await triage.decision(decision.id, token=agent)).id == decision.id
    assert (await triage.replay(decision.id, token=agent)).identical
    outcome = OutcomeRequest(task="priority", outcome="refused", value="low")
    assert (await triage.decision_outcome(decision.id, outcome, token=agent)).outcomes
    helped = await triage.recommendations(made.id, token=agent)
    assert helped.replies
    assert (await triage.predict(PredictRequest(subject="lost card"), token=agent)).predictions
    status = await triage.status(token=agent)
    assert status.serving == status.champion == "v1"
    assert (await triage.models(token=agent)).serving == "v1"
    assert (await triage.model("v1", token=agent)).loadable
    trainings = await triage.trainings(token=agent)
    assert (await triage.training(trainings[0].id, token=agent)).model == "v1"
    assert {promise.task for promise in await triage.promises(token=agent)} == {
        "category",
        "priority",
        "tags",
        "team",
    }
    assert (await triage.set_promise("tags", PromiseChange(precision=0.9), token=admin)).precision == 0.9
    assert isinstance((await triage.overrides(token=agent)).items, list)


async def test_the_knowledge_base_answers_its_client(doors: Doors) -> None:
    kb, agent = doors.kb, await doors.token(AGENT)
    text = TranslationInput(title="Lighthouse keepers", body_markdown="A keeper keeps the light.")
    made = await kb.create(ArticleInput(translations={"en": text}, state="published"), token=agent)
    assert (await kb.article(made.id, token=agent)).translations["en"].title == "Lighthouse keepers"
    changed = await kb.update(made.id, ArticlePatch(version=made.version, faq=True), token=agent)
    assert changed.faq
    assert (await kb.page("en", made.translations["en"].slug)).title == "Lighthouse keepers"
    assert await kb.versions(made.id, "en", token=agent)
    await doors.suite.quiet()
    assert made.id in {hit.article for hit in (await kb.search("keeper of the lighthouse", lang="en")).items}
    assert await kb.passages(PassageQuery(text="lost card"))
    assert isinstance((await kb.suggest(SuggestionInput(subject="lost card", visitor="v"))).session, UUID)
    assert (await kb.articles(token=agent, limit=5)).items
    assert await kb.sections()
    assert (await kb.index_state(token=agent)).available
    assert (await kb.search_report(token=agent)).searches >= 0
    await kb.delete(made.id, token=agent)
    with pytest.raises(NotFound):
        await kb.article(made.id, token=agent)


async def test_errors_arrive_as_the_class_that_was_raised(doors: Doors) -> None:
    stranger = await doors.token("stranger@example.test")
    made = await doors.ticket()
    cases: list[tuple[Any, type[DeskError]]] = [
        (doors.core.ticket(made.number, token=stranger), NotFound),
        (doors.core.staff(token=stranger), Forbidden),
        (doors.core.me(token="nonsense"), Unauthorized),
        (doors.triage.models(token=stranger), Forbidden),
        (doors.kb.index_state(token=stranger), Forbidden),
    ]
    for call, error in cases:
        with pytest.raises(error):
            await call
