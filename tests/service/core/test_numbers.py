"""What each person did in a period, against a hand count."""

from datetime import timedelta

import pytest

from services.core.people import staff
from tests.service.core.conftest import Desk
from tests.service.core.test_together import call, refused

Headers = dict[str, str]


async def as_(desk: Desk, name: str, minutes: float = 0) -> Headers:
    """Later, and signed in anew."""
    desk.clock.advance(timedelta(minutes=minutes))
    return await desk.person(f"{name}@desk.test", name)


async def worked(desk: Desk, name: str, minutes: int, *, rate: int = 0) -> int:
    """A ticket that ``name`` takes, answers after ``minutes`` and closes; its customer rates it."""
    who = await as_(desk, name)
    number: int = (await desk.ticket(who))["number"]
    who = await as_(desk, name, minutes)
    await call(desk, "POST", f"/tickets/{number}/messages", who, {"kind": "reply", "body": "Done"})
    ticket = await call(desk, "GET", f"/tickets/{number}", who)
    await call(desk, "PATCH", f"/tickets/{number}", who, {"version": ticket["version"], "assignee": "me"})
    await call(desk, "PUT", f"/tickets/{number}/closure", who, {})
    if rate:
        ana = await desk.person("ana@example.com", "customer")
        await call(desk, "PUT", f"/tickets/{number}/rating", ana, {"score": rate})
    return number


@pytest.mark.req(116)
async def test_ones_own_numbers_match_a_hand_count_and_are_nobody_elses(
    desk: Desk, agent: Headers, lead: Headers, customer: Headers
) -> None:
    await worked(desk, "agent", 10)
    desk.clock.advance(timedelta(days=40))
    for minutes, rate in ((10, 5), (20, 2), (60, 0)):
        number = await worked(desk, "agent", minutes, rate=rate)
    await worked(desk, "lead", 500)
    agent = await as_(desk, "agent", 5)
    await call(
        desk, "POST", f"/tickets/{number}/messages", agent, {"kind": "reply", "body": "One more thing"}
    )
    ticket = await call(desk, "GET", f"/tickets/{number}", agent)
    await call(desk, "PATCH", f"/tickets/{number}", agent, {"version": ticket["version"], "status": "open"})
    found = await call(desk, "GET", "/me/numbers?days=30", agent)
    now = found["now"]
    assert (now["solved"], now["reopened"], now["replies"], now["first_responses"]) == (3, 1, 4, 3)
    assert now["first_response_minutes"] == pytest.approx(20, abs=0.01)
    assert (now["rated"], now["satisfied"]) == (2, 1)
    assert found["before"]["solved"] == 1
    lead = await as_(desk, "lead")
    leads = (await call(desk, "GET", "/me/numbers", lead))["now"]
    assert leads["first_response_minutes"] == pytest.approx(500, abs=0.01)
    ana = await desk.person("ana@example.com", "customer")
    assert (await refused(desk, "GET", "/me/numbers", ana))[0] == 403


@pytest.mark.req(116)
async def test_a_lead_sees_their_teams_an_admin_everyone_and_an_agent_nobody(
    desk: Desk, agent: Headers, lead: Headers, admin: Headers
) -> None:
    people = {one.email: str(one.id) for one in await desk.core.db.read(staff.everyone)}
    both = [people["agent@desk.test"], people["lead@desk.test"]]
    await call(desk, "POST", "/teams", admin, {"key": "cards", "name": {"en": "Cards"}, "members": both})
    await worked(desk, "agent", 5)
    await worked(desk, "admin", 5)
    assert (await refused(desk, "GET", "/reports/staff", await as_(desk, "agent")))[0] == 403
    seen = await call(desk, "GET", "/reports/staff", await as_(desk, "lead"))
    assert [(one["name"], one["figures"]["solved"]) for one in seen["items"]] == [("Grace Oduya", 1)]
    everyone = await call(desk, "GET", "/reports/staff", await as_(desk, "admin"))
    assert {one["name"] for one in everyone["items"]} == {"Grace Oduya", "Ines Prado"}
