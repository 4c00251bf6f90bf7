"""Examples, retraining, and the registry with its way back."""

import asyncio
import json
import os
import pickle
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.common.db.tables import job
from services.common.errors import Conflict, DeskError
from services.common.ids import uuid7
from services.common.jobs import cancel_job
from services.triage.contract import Model, OutcomeRequest, PredictRequest, Promise, PromiseChange
from services.triage.models import Decision, DecisionOutcome, Example, ModelVersion
from services.triage.promises.service import follow_reviews
from services.triage.registry.errors import ModelUnusable, NothingBefore
from services.triage.train import fit
from tests.service.triage.bench import Bench, retrained
from tests.service.triage.conftest import Start
from tests.service.triage.fakes import START, FakeCore, WordEmbedder, key

LOST = PredictRequest(subject="I lost my card")
EXAMPLES = sa.select(Example.__table__).order_by(Example.number)


async def said(bench: Bench, number: int, words: str) -> Any:
    """What the desk says of a new ticket."""
    ticket = await bench.opened(number, words)
    return (await bench.client.decisions(ticket))[0]


@pytest.mark.req(57)
async def test_a_closed_ticket_becomes_an_example_with_who_set_each_label(bench: Bench) -> None:
    ticket = await bench.opened(1, "I lost my card", body="It was in my blue bag")
    bench.core.change(ticket, category="card_lost", priority="critical")
    closed = bench.core.close(ticket, "We have blocked your card.")
    await bench.event("core.ticket.closed.v1", closed)
    await bench.work()
    (row,) = await bench.rows(EXAMPLES)
    assert row.labels == {"category": "card_lost", "priority": "critical", "tags": [], "team": None}
    assert row.set_by == {"category": "person", "priority": "person"}
    assert row.resolution == "We have blocked your card."
    assert row.vector is not None
    assert row.indexed


async def test_the_text_of_a_ticket_is_embedded_once(bench: Bench) -> None:
    ticket = await bench.opened(1, "I lost my card", body="It was in my blue bag")
    closed = bench.core.close(ticket)
    await bench.event("core.ticket.closed.v1", closed)
    await bench.work()
    assert sum("blue bag" in text for text in bench.embedder.calls) == 1


@pytest.mark.hard("R-16")
async def test_reopening_takes_the_example_away_unless_it_was_closed_again(bench: Bench) -> None:
    ticket = await bench.opened(1, "I lost my card")
    closed = bench.core.close(ticket)
    await bench.event("core.ticket.closed.v1", closed)
    await bench.work()
    assert len(await bench.rows(EXAMPLES)) == 1
    text = bench.core.change(ticket, status="open", status_category="open")
    reopened = await bench.event("core.ticket.reopened.v1", text)
    await bench.work()
    assert await bench.rows(EXAMPLES) == []
    again = bench.core.close(ticket)
    await bench.event("core.ticket.closed.v1", again)
    await bench.work()
    await bench.deliver(reopened.__class__(key("late"), reopened.type, reopened.at, reopened.data))
    await bench.work()
    assert len(await bench.rows(EXAMPLES)) == 1


async def test_a_pull_goes_on_where_the_last_one_was_killed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.triage.examples import service

    monkeypatch.setattr(service, "PAGE", 10)
    bench.core.history(35)
    real = bench.desk.core.training_examples
    calls: list[str | None] = []

    async def dies_once(*, after: str | None = None, limit: int = 500) -> Any:
        calls.append(after)
        if len(calls) == 3:
            raise RuntimeError("killed")
        return await real(after=after, limit=limit)

    monkeypatch.setattr(bench.desk.core, "training_examples", dies_once)
    await bench.client.sync()
    await bench.work()
    assert len(await bench.rows(EXAMPLES)) == 20
    bench.clock.advance(timedelta(minutes=1))
    await bench.work()
    assert len(await bench.rows(EXAMPLES)) == 35
    assert calls[3] == calls[2]


@pytest.mark.req(49)
async def test_a_desk_without_a_closed_ticket_learns_from_the_names_of_its_labels(bench: Bench) -> None:
    await bench.client.sync()
    await bench.work()
    started = await bench.client.start_training()
    await bench.work()
    done = await bench.client.training(started.id)
    assert (done.state, done.promoted, done.examples) == ("done", True, 0)
    model = await bench.client.model(done.model)
    assert all(not label.ready and label.needs > 0 for label in model.labels)
    decision = await said(bench, 1, "Refund, please: a refund")
    assert decision.predictions["category"][0].label == "refund"
    assert decision.applied == {}


@pytest.mark.req(47)
async def test_the_first_model_serves_at_once_and_the_next_waits_for_a_click(bench: Bench) -> None:
    first = await bench.trained()
    second = await retrained(bench)
    found = await bench.client.models()
    assert [(m.version, m.state) for m in found.items] == [(second, "challenger"), (first, "champion")]
    assert found.serving == first
    compare = found.items[0].compare
    assert compare is not None
    assert (compare.champion, compare.challenger) == (first, second)
    assert compare.n > 0
    assert compare.verdict["es"]
    metrics = found.items[0].metrics["category"]
    assert metrics.support == compare.n
    assert any(name.startswith("language=") for name in metrics.slices)
    await bench.client.promote(second, token=bench.token("lead"))
    assert (await bench.client.status()).serving == second


@pytest.mark.req(47)
async def test_a_rollback_gives_predictions_that_are_equal_to_the_byte(bench: Bench) -> None:
    first = await bench.trained()
    words = "the shop owes me a refund, my transfer failed"
    before = await said(bench, 1, words)
    second = await retrained(bench)
    await bench.client.promote(second)
    between = await said(bench, 2, words)
    assert between.model == second
    assert (await bench.client.rollback()).version == first
    after = await said(bench, 3, words)
    assert after.model == first
    assert after.predictions == before.predictions
    assert after.evidence.words == before.evidence.words
    with pytest.raises(NothingBefore):
        await bench.client.rollback()


async def test_the_same_data_gives_the_same_model_to_the_byte(start: Start) -> None:
    hashes = set()
    for _ in range(2):
        async with start(core=FakeCore()) as bench:
            await bench.trained()
            rows = await bench.rows(sa.select(ModelVersion.sha256))
            hashes |= {row.sha256 for row in rows}
            await bench.service.db.write(lambda conn: conn.execute(sa.delete(ModelVersion)))
    assert len(hashes) == 1


@pytest.mark.hard("R-29", "S-42")
@pytest.mark.parametrize("damage", ["missing", "cut", "flipped", "pickle", "symlink"])
async def test_a_bad_model_file_never_serves_and_the_champion_before_it_does(
    start: Start, tmp_path: Path, damage: str
) -> None:
    core = FakeCore()
    async with start(core=core) as bench:
        first = await bench.trained()
        second = await retrained(bench)
        await bench.client.promote(second)
    file = tmp_path / "data" / "models" / "triage" / second / "model.skops"
    trap = tmp_path / "executed"
    spoil(file, damage, trap)
    async with start(core=core) as bench:
        decision = await said(bench, 1, "I lost my card")
        assert decision.model == first
        status = await bench.client.status()
        assert (status.serving, status.champion) == (first, second)
        assert second in status.problem
        broken = await bench.client.model(second)
        assert not broken.loadable
        assert broken.problem
        with pytest.raises(ModelUnusable):
            await bench.client.promote(second)
        spoil(file.parent.parent / first / "model.skops", damage, trap)
    async with start(core=core) as bench:  # none is left: triage starts, and abstains
        decision = await said(bench, 2, "I lost my card")
        assert (decision.model, decision.human_triage) == ("", True)
    assert not trap.exists()


class Trap:
    """Unpickling this leaves a mark."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (os.mkdir, (self.path,))


def spoil(file: Path, damage: str, trap: Path) -> None:
    content = file.read_bytes()
    file.unlink()
    if damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        file.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
    elif damage == "pickle":
        file.write_bytes(pickle.dumps(Trap(str(trap))))
    elif damage == "symlink":
        elsewhere = file.parent / "elsewhere"
        elsewhere.write_bytes(content)
        file.symlink_to(elsewhere)


@pytest.mark.hard("S-42")
async def test_a_pickle_that_was_registered_with_its_own_hash_is_still_not_opened(
    bench: Bench, tmp_path: Path
) -> None:
    import hashlib

    version = await bench.trained()
    trap = tmp_path / "executed"
    content = pickle.dumps(Trap(str(trap)))
    (bench.desk.models / version / "model.skops").write_bytes(content)
    sha = hashlib.sha256(content).hexdigest()
    await bench.service.db.write(lambda conn: conn.execute(sa.update(ModelVersion).values(sha256=sha)))
    assert (await bench.client.status()).serving == ""
    assert not trap.exists()


@pytest.mark.hard("R-29")
async def test_a_model_of_another_embedder_is_refused_until_it_is_trained_anew(start: Start) -> None:
    core = FakeCore()
    async with start(core=core) as bench:
        await bench.trained()
    async with start(core=core, embedder=WordEmbedder("other0000001")) as bench:
        status = await bench.client.status()
        assert status.serving == ""
        assert "other encoders" in status.problem
        started = await bench.client.start_training()
        await bench.work()
        done = await bench.client.training(started.id)
        assert (done.state, done.promoted) == ("done", True)  # nothing else could serve
        assert (await said(bench, 1, "I lost my card")).model == done.model


async def reviewed(bench: Bench, model: str, right: int, wrong: int) -> None:
    """Live decisions of category, all stated at 0.97, of which people confirmed some and corrected others."""
    (pattern,) = (await bench.rows(sa.select(Decision.__table__).limit(1)))[:1]
    decisions, outcomes = [], []
    for number in range(right + wrong):
        found = {
            "id": uuid7(),
            "ticket": uuid7(),
            "number": 10_000 + number,
            "abstained": [],
            "linked": False,
        }
        decisions.append(dict(pattern._mapping) | found)
        good = number >= wrong
        outcomes.append(
            {
                "decision": found["id"],
                "task": "category",
                "model": model,
                "predicted": "refund",
                "outcome": "accepted" if good else "edited",
                "value": "refund" if good else "transfer",
                "confidence": 0.97,
                "correct": good,
                "ticket_version": 2,
                "actor": "p1",
                "at": bench.clock.now(),
            }
        )

    def unit(conn: sa.Connection) -> None:
        conn.execute(sa.insert(Decision), decisions)
        conn.execute(sa.insert(DecisionOutcome), outcomes)

    await bench.service.db.write(unit)


async def promise_of_category(bench: Bench) -> Promise:
    await follow_reviews(bench.desk)
    return next(p for p in await bench.client.promises() if p.task == "category")


@pytest.mark.req(51)
async def test_what_people_say_certifies_and_withdraws_a_promise_without_a_training(bench: Bench) -> None:
    model = await bench.trained()
    await bench.opened(1, "I lost my card")
    assert (await promise_of_category(bench)).basis != "reviews"
    assert await follow_reviews(bench.desk) == ()  # nobody has spoken since: nothing is computed
    bench.clock.advance(timedelta(minutes=10))
    await reviewed(bench, model, right=299, wrong=1)
    proven = await promise_of_category(bench)
    assert (proven.basis, proven.certified, proven.reviews) == ("reviews", True, 300)
    assert (proven.live_n, proven.live_stated) == (300, 0.97)
    assert proven.live_right == pytest.approx(0.9967, abs=1e-4)
    bench.clock.advance(timedelta(minutes=10))
    await reviewed(bench, model, right=0, wrong=60)
    fallen = await promise_of_category(bench)
    assert (fallen.basis, fallen.certified) == ("none", False)
    assert fallen.live_gap is not None
    assert fallen.live_noise is not None
    assert fallen.live_gap > 3 * fallen.live_noise


@pytest.mark.req(76)
async def test_percentages_are_set_straight_by_reviews_and_rolled_back_to_the_bit(bench: Bench) -> None:
    model = await bench.trained()
    await bench.opened(1, "I lost my card")
    assert not (await bench.client.recalibration("category")).advised
    with pytest.raises(Conflict):
        await bench.client.recalibrate("category")
    before = await bench.client.predict(LOST)
    await reviewed(bench, model, right=230, wrong=90)
    found = await bench.client.recalibration("category")
    assert (found.model, found.advised, found.reviews) == (model, True, 320)
    assert found.gap_before == pytest.approx(0.97 - 230 / 320, abs=1e-3)
    assert found.gap_after < 0.1
    made = await bench.client.recalibrate("category")
    assert (made.version, made.state, made.examples) == (
        "v2",
        "champion",
        (await models(bench))["v1"].examples,
    )
    after = await bench.client.predict(LOST)
    assert after.model == "v2"
    one, other = before.predictions["category"][0], after.predictions["category"][0]
    assert one.label == other.label
    assert other.probability < one.probability
    assert after.predictions["priority"] == before.predictions["priority"]
    promise = await promise_of_category(bench)
    assert not promise.certified  # the reviews of v1 go along: seventy-two in a hundred prove no ninety-five
    rows = {row.version: row for row in await bench.rows(sa.select(ModelVersion.__table__))}
    assert rows["v2"].trained_at == rows["v1"].trained_at  # whom v1 learnt from and must forget, v2 did too
    assert rows["v2"].cutoff == rows["v1"].cutoff
    assert len(rows["v2"].held_out["category"]) == 320
    assert (await bench.client.rollback()).version == model
    again = await bench.client.predict(LOST)
    assert (again.model, again.predictions, again.evidence) == (model, before.predictions, before.evidence)
    assert (await bench.client.promote("v2")).version == "v2"


async def test_a_version_is_not_made_beside_a_training(bench: Bench) -> None:
    model = await bench.trained()
    await bench.opened(1, "I lost my card")
    await reviewed(bench, model, right=230, wrong=90)
    await bench.client.start_training()
    with pytest.raises(Conflict, match="training is under way"):
        await bench.client.recalibrate("category")
    await bench.work()
    newest = max(await models(bench))
    assert newest == "v2"


async def models(bench: Bench) -> dict[str, Model]:
    return {model.version: model for model in (await bench.client.models()).items}


async def test_two_clicks_on_retrain_start_one_training(bench: Bench) -> None:
    await bench.trained()
    one, two = await bench.client.start_training(), await bench.client.start_training()
    assert one.id == two.id
    assert one.state == "queued"


@pytest.mark.hard("R-29")
async def test_tickets_that_waited_for_a_lost_model_are_decided_on_when_it_is_back(bench: Bench) -> None:
    version = await bench.trained()
    file = bench.desk.models / version / "model.skops"
    file.rename(file.with_suffix(".lost"))
    bench.desk.serving.__init__(  # type: ignore[misc]  # a restart, as far as the model in memory goes
        bench.service.db, bench.desk.artefacts, lambda: bench.desk.reader.fingerprint, 0.0
    )
    ticket = await bench.opened(1, "I lost my card")
    over = await bench.opened(2, "my transfer failed")
    bench.core.close(over)
    assert (await bench.client.decisions(ticket))[0].model == ""
    file.with_suffix(".lost").rename(file)
    for _ in range(2):
        await bench.client.sync()
        await bench.work()
    assert [d.model for d in await bench.client.decisions(ticket)] == [version, ""]
    assert [d.state for d in await bench.client.decisions(over)] == ["superseded"]


async def test_trainings_are_paged_and_start_without_a_body(bench: Bench) -> None:
    await bench.trained()
    headers = {"authorization": f"Bearer {bench.token('lead')}"}
    path = "/api/v1/triage/trainings"
    assert (await bench.http.post(path, headers=headers)).status_code == 201
    first = (await bench.http.get(path, params={"limit": 1}, headers=headers)).json()
    second = (
        await bench.http.get(path, params={"limit": 1, "cursor": first["next_cursor"]}, headers=headers)
    ).json()
    assert second["next_cursor"] is None
    assert first["items"][0]["id"] > second["items"][0]["id"]
    assert (await bench.http.get(path, params={"cursor": "x"}, headers=headers)).status_code == 400


async def test_a_dry_run_measures_and_stores_nothing(bench: Bench) -> None:
    await bench.trained()
    started = await bench.client.start_training(dry_run=True)
    await bench.work()
    done = await bench.client.training(started.id)
    assert (done.state, done.dry_run, done.model) == ("done", True, "")
    assert done.metrics["category"].accuracy is not None
    assert len((await bench.client.models()).items) == 1
    assert sorted(p.name for p in bench.desk.models.iterdir()) == ["v1"]


async def test_a_training_reports_its_progress_and_can_be_cancelled(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.trained()
    fitting, go_on = threading.Event(), threading.Event()
    real = fit._scaled

    def slow(*args: Any) -> None:
        fitting.set()
        go_on.wait(5)
        real(*args)

    monkeypatch.setattr(fit, "_scaled", slow)
    started = await bench.client.start_training()
    work = asyncio.create_task(bench.work())
    await asyncio.to_thread(fitting.wait, 20)
    await asyncio.sleep(1)
    seen = await bench.client.training(started.id)
    assert seen.state == "running"
    assert seen.total == 100
    assert 0 < seen.done < 100
    await bench.client.cancel_training(started.id)
    await asyncio.sleep(1)
    go_on.set()
    await work
    assert (await bench.client.training(started.id)).state == "cancelled"
    assert len((await bench.client.models()).items) == 1
    assert (await said(bench, 1, "I lost my card")).model == "v1"


@pytest.mark.hard("R-14")
async def test_a_training_killed_after_it_stored_its_model_is_not_done_twice(bench: Bench) -> None:
    await bench.trained()
    started = await bench.client.start_training()
    await bench.work()
    first = await bench.client.training(started.id)
    again = job.update().where(job.c.id == started.id).values(state="queued", attempts=0)
    await bench.service.db.write(lambda conn: conn.execute(again))
    await bench.work()
    second = await bench.client.training(started.id)
    assert second.model == first.model
    assert len((await bench.client.models()).items) == 2


async def test_a_training_that_cannot_reach_core_waits_and_the_champion_serves(bench: Bench) -> None:
    await bench.trained()
    bench.core.away = True
    started = await bench.client.start_training()
    await bench.work()
    assert (await bench.client.training(started.id)).state == "queued"
    assert (await bench.client.status()).serving == "v1"
    assert (await bench.client.status()).training == started.id
    await cancel_job(bench.service.db, started.id)
    assert (await bench.client.training(started.id)).state == "cancelled"


@pytest.mark.req(47)
async def test_what_nobody_reviewed_does_not_teach(bench: Bench) -> None:
    bench.core.history(200)
    for i in range(60):  # the model's own guesses, wrong every time
        bench.core.example(
            7000 + i, "transfer", f"I lost my card {i}", at=START - timedelta(hours=300 + i),
            set_by={"category": "model", "priority": "model", "tags": "model"},
        )  # fmt: skip
    await bench.client.sync()
    await bench.work()
    rows = await bench.rows(sa.select(ModelVersion.labels))
    assert rows[0].labels["category"]["transfer"] <= 50
    assert (await said(bench, 1, "I lost my card")).predictions["category"][0].label == "card_lost"


@pytest.mark.req(47)
async def test_a_promise_decides_what_is_applied_and_says_what_it_lacks(bench: Bench) -> None:
    await bench.trained(240)
    promises = {p.task: p for p in await bench.client.promises()}
    assert not promises["category"].certified
    assert promises["category"].reviews_needed == 300
    assert (await said(bench, 1, "I lost my card")).applied == {}
    for i in range(1400):
        bench.core.example(20_000 + i, "refund", f"I want my refund {i % 9}", at=START + timedelta(minutes=i))
    started = await bench.client.start_training()
    await bench.work()
    await bench.client.promote((await bench.client.training(started.id)).model)
    promises = {p.task: p for p in await bench.client.promises()}
    assert promises["category"].certified
    assert promises["category"].basis == "holdout"
    decision = await said(bench, 2, "I want my refund 3")
    assert decision.applied["category"] == "refund"
    changed = await bench.client.set_promise(
        "category", PromiseChange(enabled=False), token=bench.token("lead")
    )
    assert not changed.enabled
    assert "category" not in (await said(bench, 3, "I want my refund 3")).applied


async def test_a_verdict_on_a_task_that_was_not_decided_is_refused(bench: Bench) -> None:
    ticket = await bench.opened(1, "I lost my card")
    (decision,) = await bench.client.decisions(ticket)
    with pytest.raises(DeskError) as caught:
        await bench.client.decision_outcome(decision.id, OutcomeRequest("category", "accepted"))
    assert caught.value.code == "triage.task_not_decided"


async def test_a_replay_gives_the_same_bytes_and_a_period_under_another_model_changes_nothing(
    bench: Bench,
) -> None:
    from services.triage.contract import PeriodRequest
    from services.triage.replay.whatif import replay_period

    first = await bench.trained()
    decisions = [await said(bench, n, w) for n, w in enumerate(("I lost my card", "transfer of a refund"), 1)]
    second = await retrained(bench)
    await bench.client.promote(second)
    for decision in decisions:
        replay = await bench.client.replay(decision.id)
        assert (replay.identical, replay.model, replay.problem) == (True, first, "")
    before = len(bench.core.proposals)
    found = await replay_period(bench.desk, PeriodRequest(model=second, since=START))
    assert found.decisions == 2
    assert len(bench.core.proposals) == before
    assert sum(team["before"] for team in found.workload.values()) == 2


async def test_the_files_of_a_version_tell_what_it_is(bench: Bench) -> None:
    version = await bench.trained()
    folder = bench.desk.models / version
    card = json.loads((folder / "model.skops.card.json").read_text())
    row = (await bench.rows(sa.select(ModelVersion.__table__)))[0]
    assert (card["sha256"], card["snapshot"]) == (row.sha256, row.snapshot_hash)
    assert json.loads((folder / "metrics.json").read_text())["metrics"]["category"]["accuracy"] is not None
    assert isinstance(row.job, UUID)
