"""The page that says what answers before the ticket are worth, and the portal's word for its visitors."""

import pytest

from services.common.http.tokens import keyed_hash
from services.kb.contract import VOUCHER
from services.portal.requests import views
from tests.service.portal.rig import SECRET, Rig


@pytest.mark.req(93)
async def test_the_page_tells_the_saving_with_its_interval_and_keeps_the_outcomes_apart(admin: Rig) -> None:
    page = (await admin.http.get("/admin/deflection")).text
    assert "12.4" in page
    assert "3.1 to 21.8" in page
    for said in ("Solved, and said so", "assumed", "came back within 7 days", "from scripts"):
        assert said in page
    assert "&lt;b&gt;charge" in page
    assert "do not trust these figures" not in page


async def test_an_uneven_split_is_said_above_the_figures(admin: Rig) -> None:
    admin.kb.imbalance = 0.0001
    assert "do not trust these figures" in (await admin.http.get("/admin/deflection?days=30")).text


async def test_the_page_is_for_leads_and_says_when_the_knowledge_base_is_away(admin: Rig, rig: Rig) -> None:
    admin.kb.away = True
    assert "away for a moment" in (await admin.http.get("/admin/deflection")).text
    other = rig.another_browser()
    assert (await other.get("/admin/deflection")).status_code in (303, 401)


@pytest.mark.hard("S-16")
async def test_the_portal_vouches_for_its_visitors_but_not_for_a_crowd_behind_one_address(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "SESSIONS", "2/hour")
    for _ in range(3):
        await rig.post("/requests/suggestions", {"subject": "Charged twice", "body": "Two charges"})
    vouchers = [body.voucher for body in rig.kb.asked]
    visitor = rig.kb.asked[0].visitor or ""
    assert vouchers == [keyed_hash(SECRET, VOUCHER, visitor)] * 2 + [None]
    assert len(rig.kb.asked) == 3, "answers are given all the same"
