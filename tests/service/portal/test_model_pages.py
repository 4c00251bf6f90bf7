"""What triage noticed, how it learns, what would have been: pages for a support lead."""

import pytest

from tests.service.portal.rig import Rig

PAGES = ("/admin/models", "/admin/models/watch", "/admin/models/rules", "/admin/models/what-if?days=30")


@pytest.mark.req(64)
async def test_an_incident_is_shown_with_its_tickets_and_can_be_dismissed(admin: Rig) -> None:
    page = await admin.http.get("/admin/models/watch")
    assert "Top-up failed" in page.text
    assert 'href="/agent/tickets/1044"' in page.text
    assert "2100 decisions are linked, and none was altered." in page.text
    assert "changed: consider a training" in page.text
    made = await admin.post(
        "/admin/models/incidents/problem", {"incident": "00000000-0000-0000-0000-000000000009"}
    )
    assert made.headers["location"] == "/agent/tickets/1042"
    named = "incident:00000000-0000-0000-0000-000000000009"
    assert admin.core.acts == [("problem", named, [1042, 1043, 1044, 1045, 1046])]
    assert admin.triage.actions == ["problem 00000000-0000-0000-0000-000000000009 1042"]
    admin.triage.actions.clear()
    await admin.post("/admin/models/incidents/dismiss", {"incident": "00000000-0000-0000-0000-000000000009"})
    assert admin.triage.actions == ["dismiss 00000000-0000-0000-0000-000000000009"]


@pytest.mark.req(76)
async def test_the_page_says_for_whom_the_model_is_worse_and_whether_its_percentages_are_true(
    admin: Rig,
) -> None:
    page = " ".join((await admin.http.get("/admin/models")).text.split())
    groups = page.partition('id="fair-title"')[2].partition("</table>")[0]
    rows = groups.split("<tr>")[2:]
    said = {row.split("</td>")[0].removeprefix("<td>"): row for row in rows}
    assert list(said) == ["Language: English", "Language: Español", "Customers: Standard", "Customers: VIP"]
    assert "behind beyond chance" in said["Language: Español"]
    assert "no worse beyond chance" in said["Language: English"]
    assert "too few to tell" in said["Customers: VIP"]
    assert "it said 91.0 % on average and was right in 78.0 % of 120 reviewed decisions" in page.replace(
        "\u00a0", " "
    ).replace("%", " %").replace("  %", " %")
    assert "Do not take its percentages at their word" in page


async def test_percentages_that_are_untrue_are_set_straight_by_one_click(admin: Rig) -> None:
    page = " ".join((await admin.http.get("/admin/models")).text.split())
    assert "2.4" in page.partition("Set straight by these reviews")[2].partition("</p>")[0]
    assert 'action="/admin/models/recalibrate"' in page
    answer = await admin.post("/admin/models/recalibrate", {"task": "category"})
    assert answer.headers["location"].startswith("/admin/models?task=category")
    assert admin.triage.actions == ["recalibrate category"]
    assert (await admin.post("/admin/models/recalibrate", {"task": "tags"})).status_code == 303
    assert admin.triage.actions == ["recalibrate category"]
    assert (await admin.post("/admin/models/recalibrate", {"task": "love"})).status_code == 400


async def test_the_rules_are_kept_as_the_form_says(admin: Rig) -> None:
    assert "Train again after so many days" in (await admin.http.get("/admin/models/rules")).text
    form = {"promote": "better", "every_days": "14", "on_drift": "1", "assign": "off", "order": "turn"}
    await admin.post("/admin/models/rules", form)
    assert admin.triage.actions == ["rules better 14 True off"]
    answer = await admin.post("/admin/models/rules", {**form, "assign": "everybody"})
    assert answer.status_code == 400


async def test_what_if_says_what_would_change_in_numbers_of_tickets(admin: Rig) -> None:
    page = await admin.http.get(
        "/admin/models/what-if?days=30&precision=0.9&old=card_arrival&new=top_up_failed"
    )
    assert admin.triage.actions == ["what if  0.9 {'card_arrival': 'top_up_failed'}"]
    assert "would get another category" in page.text
    assert 'href="/agent/tickets/1042"' in page.text
    assert "tickets looked at, of 400" in page.text


@pytest.mark.parametrize("path", PAGES)
async def test_the_pages_say_when_triage_is_away(admin: Rig, path: str) -> None:
    admin.triage.away = True
    assert (await admin.http.get(path)).status_code == 503


@pytest.mark.parametrize("path", PAGES)
async def test_an_agent_has_no_business_there(agent: Rig, path: str) -> None:
    assert (await agent.http.get(path)).status_code in (303, 403, 404)
