"""What was accepted is never lost: the embedded process is killed in the middle of two thousand creations.

How soon the backlog is decided on is a figure of the machine: ``make bench ARGS=kill`` measures it.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desk import Desk, copied
from tests.support.effort import busy, slowness
from tests.support.killing import TICKETS, six_kills, standing, torn

pytestmark = pytest.mark.infra


@pytest.fixture
def desk(demo_data: Path, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(copied(demo_data, tmp_path / "data"), tmp_path / "desk.log", ("run", "--demo"))
    yield desk
    desk.kill()


@pytest.mark.req(129, 146)
@pytest.mark.hard("R-01")
def test_six_kills_in_two_thousand_creations_lose_nothing_and_double_nothing(desk: Desk) -> None:
    after = six_kills(desk)
    customers = after.customers
    print(
        f"{customers.tries} tries; every decision {after.seconds:.0f} s after the last restart, {after.worked:.0f} s "
        f"of work of the desk since; load {busy():.1f}, slowness {slowness():.1f}"
    )
    assert len(customers.accepted) == TICKETS, customers.refused.most_common(3)
    assert not customers.refused, customers.refused.most_common(3)
    ours = Counter(row["subject"] for row in after.listed if str(row["subject"]).startswith("Kill test"))
    numbers = {row["number"] for row in after.listed}
    assert set(ours) == {f"Kill test {place:04}" for place in range(TICKETS)}
    assert [subject for subject, times in ours.items() if times > 1] == []
    assert set(customers.accepted.values()) <= numbers
    assert len(set(customers.accepted.values())) == TICKETS
    assert after.waiting == 0, f"{after.waiting} wait after {after.seconds:.0f} s: {standing(desk.data)}"
    assert torn(desk.data) == {"requester": 0, "message": 0, "audit": 0, "event": 0}
