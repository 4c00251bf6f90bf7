"""What would have been: under another promise, with categories merged, and what merging does to the next model."""

from datetime import timedelta

import pytest

from services.common.errors import Invalid
from services.triage.contract import RulesChange
from tests.service.triage.bench import Bench
from tests.service.triage.fakes import START, taxonomy


async def busy(bench: Bench) -> None:
    await bench.trained()
    words = ("I lost my card", "my transfer failed", "I want my refund", "my new card has not arrived")
    for number in range(1, 13):
        await bench.opened(number, f"{words[number % 4]} {number}")


async def test_a_merger_shows_the_tickets_that_would_change_and_changes_nothing(bench: Bench) -> None:
    await busy(bench)
    proposals = len(bench.core.proposals)
    since = bench.clock.now() - timedelta(days=1)
    found = await bench.client.replay_period("v1", since, merge={"card_late": "card_lost"})
    assert (found.decisions, found.total, found.skipped) == (12, 12, 0)
    assert found.changed == {"category": 3}
    assert {(e["before"], e["after"]) for e in found.examples} == {("card_late", "card_lost")}
    assert found.workload["team_cards"] == {"before": 6, "after": 6}
    assert len(bench.core.proposals) == proposals
    other = await bench.client.replay_period("v1", since, merge={"card_late": "refund"})
    assert other.workload["team_money"] == {"before": 6, "after": 9}


async def test_a_promise_that_nothing_proves_acts_on_no_ticket_and_says_so(bench: Bench) -> None:
    await busy(bench)
    found = await bench.client.replay_period("v1", bench.clock.now() - timedelta(days=1), precision=0.99)
    assert (found.certified, found.alone) == (False, {"before": 0, "after": 0})
    assert [step for step, _ in found.curve] == sorted(step for step, _ in found.curve)


async def test_the_same_model_and_taxonomy_change_nothing(bench: Bench) -> None:
    await busy(bench)
    found = await bench.client.replay_period("", bench.clock.now() - timedelta(days=1))
    assert (found.model, found.changed) == ("v1", {})


@pytest.mark.parametrize("merge", [{"card_late": "nothing"}, {"nothing": "refund"}])
async def test_a_category_that_does_not_exist_is_refused(bench: Bench, merge: dict[str, str]) -> None:
    await busy(bench)
    with pytest.raises(Invalid):
        await bench.client.replay_period("v1", START, merge=merge)


@pytest.mark.req(49)
async def test_examples_of_a_merged_category_teach_the_one_that_it_went_into(bench: Bench) -> None:
    await bench.trained()
    bench.core.snapshot = taxonomy(2, retired=("card_late",))
    await bench.event("core.taxonomy.changed.v1", kind="category", id="card_late", version=2)
    await bench.work()
    await bench.client.set_rules(RulesChange(heirs={"card_late": ["card_lost"]}))
    await bench.client.start_training()
    await bench.work()
    second, first = (await bench.client.models()).items
    counts = [{row.label: row.examples for row in m.labels} for m in (first, second)]
    assert counts[1]["card_lost"] == counts[0]["card_lost"] + counts[0]["card_late"]


@pytest.mark.req(49)
async def test_examples_of_a_split_category_go_to_the_heir_that_they_are_nearest_to(bench: Bench) -> None:
    await bench.trained()
    bench.core.snapshot = taxonomy(2, retired=("card_late",))
    await bench.event("core.taxonomy.changed.v1", kind="category", id="card_late", version=2)
    await bench.work()
    await bench.client.set_rules(RulesChange(heirs={"card_late": ["card_lost", "transfer"]}))
    await bench.client.start_training()
    await bench.work()
    second, first = (await bench.client.models()).items
    counts = [{row.label: row.examples for row in m.labels} for m in (first, second)]
    gained = {label: counts[1][label] - counts[0][label] for label in ("card_lost", "transfer")}
    assert sum(gained.values()) == counts[0]["card_late"]
    assert gained["card_lost"] > gained["transfer"]
