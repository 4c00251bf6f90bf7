"""What would go on at once goes on one after another, and whoever leaves the line does not stop it."""

import asyncio

import pytest

from services.common.turns import turn


class Rounds:
    """Counts the rounds of the running loop."""

    def __init__(self) -> None:
        self.now = 0
        self._loop = asyncio.get_running_loop()
        self._loop.call_soon(self._next)

    def _next(self) -> None:
        self.now += 1
        self._loop.call_soon(self._next)


async def test_each_goes_on_in_a_round_of_its_own_in_the_order_of_coming() -> None:
    rounds = Rounds()
    went: list[tuple[int, int]] = []

    async def go(number: int) -> None:
        await turn()
        went.append((rounds.now, number))

    await asyncio.gather(*(go(number) for number in range(20)))
    assert [number for _, number in went] == list(range(20))
    assert len({round_ for round_, _ in went}) == 20


async def test_nobody_waits_where_nobody_else_does() -> None:
    rounds = Rounds()
    await asyncio.sleep(0)
    for _ in range(3):
        before = rounds.now
        await turn()
        assert rounds.now == before
        await asyncio.sleep(0)
        await asyncio.sleep(0)


@pytest.mark.parametrize("after", [0, 1, 2, 3])
async def test_who_is_cancelled_in_the_line_does_not_stop_it(after: int) -> None:
    tasks = [asyncio.ensure_future(turn()) for _ in range(6)]
    for _ in range(after):
        await asyncio.sleep(0)
    for task in tasks[1:4]:
        task.cancel()
    outcomes = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
    assert outcomes[0] is outcomes[4] is outcomes[5] is None
    await asyncio.wait_for(turn(), 5)
