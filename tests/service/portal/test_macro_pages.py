"""Macros on their pages: made, changed, tried, switched off, bound to a key, and what they did."""

import pytest

from tests.service.portal.rig import Rig

HOLD = "00000000-0000-0000-0000-000000000005"
FORM = {"title_en": "Card on its way", "body_en": "It left, #{{ticket.number}}.", "scope": "personal"}


@pytest.mark.req(72)
async def test_a_macro_is_made_changed_and_switched_off_without_script(agent: Rig) -> None:
    made = await agent.post("/agent/macros", {**FORM, "set_priority": "high", "tags": "Sent, card"})
    assert (made.status_code, made.headers["location"]) == (303, "/agent/macros")
    macro = agent.core.kept_macros[-1]
    assert (macro.title, macro.actions) == (
        {"en": "Card on its way"},
        {"priority": "high", "tags": ["card", "sent"]},
    )
    page = (await agent.http.get(f"/agent/macros/{macro.id}/edit")).text
    assert "It left, #{{ticket.number}}." in page
    assert '<option value="high" selected>' in page
    change = {**FORM, "id": str(macro.id), "version": "1", "title_en": "Sent"}
    assert (await agent.post("/agent/macros", change)).status_code == 303
    assert macro.title == {"en": "Sent"}
    stale = await agent.post("/agent/macros", {**change, "body_en": "My own words"})
    assert stale.status_code == 409
    assert "My own words" in stale.text
    assert 'name="version" value="2"' in stale.text
    await agent.post(f"/agent/macros/{macro.id}/use", {"do": "off", "version": "2"})
    assert not macro.active
    assert "out of use" in (await agent.http.get("/agent/macros")).text


@pytest.mark.req(72)
async def test_a_macro_is_tried_on_a_ticket_and_nothing_typed_is_lost(agent: Rig) -> None:
    shown = await agent.post("/agent/macros", {**FORM, "do": "preview", "ticket": "1042"})
    assert "It left, #1042." in shown.text
    assert "It left, #{{ticket.number}}." in shown.text
    odd = await agent.post(
        "/agent/macros", {**FORM, "body_es": "{{colour}}", "do": "preview", "ticket": "1042"}
    )
    assert "Nothing fills colour." in odd.text
    nowhere = await agent.post("/agent/macros", {**FORM, "do": "preview", "ticket": "9"})
    assert nowhere.status_code == 422
    assert "There is no such ticket." in nowhere.text
    empty = await agent.post("/agent/macros", {"title_en": "Only a name"})
    assert empty.status_code == 422
    assert "A macro says something or does something." in empty.text
    assert "Only a name" in empty.text
    assert len(agent.core.kept_macros) == 1


@pytest.mark.req(73)
async def test_a_key_is_chosen_in_the_list_and_stands_in_the_ticket(agent: Rig) -> None:
    await agent.post(f"/agent/macros/{HOLD}/key", {"key": "3"})
    assert agent.core.kept_macros[0].hotkey == 3
    pickers = (await agent.http.get("/agent/tickets/1042/pickers")).text
    assert 'data-hotkey="3"' in pickers
    assert "Alt 3" in pickers
    await agent.post(f"/agent/macros/{HOLD}/key", {"key": "0"})
    assert agent.core.kept_macros[0].hotkey is None


@pytest.mark.req(74, 75)
async def test_the_list_says_how_often_and_to_what_effect(agent: Rig) -> None:
    page = (await agent.http.get("/agent/macros?days=90")).text
    assert 'href="/agent/macros?days=90" aria-current="page"' in page
    row = page.split("Explain a hold", 1)[1].split("</tr>", 1)[0]
    for cell in (">12<", ">9<", ">25\u202f%<", ">1 h 30 min<"):
        assert cell in row
    assert ">5\u202f%<" in page.split("<tfoot>", 1)[1]
