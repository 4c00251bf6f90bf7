"""What is a colleague's own: their numbers, and the browsers that tell them of what is urgent."""

import json
from uuid import UUID

import pytest

from tests.service.portal.rig import Rig

KEYS = {"p256dh": "x", "auth": "y", "device": "Firefox · Linux"}


@pytest.mark.req(116)
async def test_an_agent_sees_their_own_numbers_and_a_lead_their_team(agent: Rig) -> None:
    page = (await agent.http.get("/agent/me?days=90")).text
    for shown in (">12<", "1 h 30 min", "3 of 12", "before: 7", ">75\u202f%<"):
        assert shown in page
    assert "Marta Gil" not in page
    await agent.sign_in("ada@example.org")
    page = (await agent.http.get("/agent/me")).text
    assert "Marta Gil" in page
    assert ">21<" in page


@pytest.mark.req(116)
async def test_customers_have_no_such_page(customer: Rig) -> None:
    assert (await customer.http.get("/agent/me")).status_code == 404


@pytest.mark.req(133)
async def test_a_browser_is_told_or_forgotten_and_each_kind_is_chosen(agent: Rig) -> None:
    page = (await agent.http.get("/agent/notifications")).text
    assert 'data-push-key-value="BPublicKey"' in page
    assert 'name="push" value="critical"' in page
    inside = await agent.post("/agent/notifications/browsers", {"endpoint": "https://127.0.0.1/x", **KEYS})
    assert inside.headers["location"] == "/agent/notifications"
    assert agent.core.browsers == []
    await agent.post("/agent/notifications/browsers", {"endpoint": "https://push.example/x", **KEYS})
    page = (await agent.http.get("/agent/notifications")).text
    assert "Firefox · Linux" in page
    await agent.post("/agent/notifications/browsers/forget", {"id": str(agent.core.browsers[0].id)})
    assert agent.core.browsers == []
    await agent.post("/agent/notifications/choices", {"page": ["critical", "breach"], "push": ["breach"]})
    chosen = {one.kind: (one.page, one.mail, one.push) for one in agent.core.choices}
    assert chosen["critical"] == (True, False, False)
    assert chosen["breach"] == (True, False, True)


@pytest.mark.req(97)
async def test_a_reviewer_is_told_on_the_page_until_the_word_is_given(agent: Rig) -> None:
    told = "An article waits for your word"
    assert "unread" not in (await agent.http.get("/agent/bell")).text
    assert told not in (await agent.http.get("/agent/notifications")).text
    agent.kb.waiting = [agent.kb._row("fees", "Fees <b>2027</b>", state="draft")]
    page = (await agent.http.get("/agent/notifications")).text
    assert told in page
    assert f'href="/admin/articles/{UUID(int=11)}"' in page
    assert "Fees &lt;b&gt;2027" in page
    assert "1 unread" in (await agent.http.get("/agent/bell")).text
    agent.kb.away = True
    page = await agent.http.get("/agent/notifications")
    assert page.status_code == 200, "the other notifications do not wait for the knowledge base"
    assert "unread" not in (await agent.http.get("/agent/bell")).text
    agent.kb.away, agent.kb.waiting = False, []
    assert told not in (await agent.http.get("/agent/notifications")).text


@pytest.mark.req(131)
async def test_the_workspace_can_be_installed(agent: Rig) -> None:
    page = (await agent.http.get("/agent/notifications")).text
    assert '<link rel="manifest" href="/app.webmanifest">' in page
    app = json.loads((await agent.http.get("/app.webmanifest")).content)
    assert (app["start_url"], app["display"], app["scope"]) == ("/agent", "standalone", "/")
    assert {icon["purpose"] for icon in app["icons"]} == {"any", "maskable"}
    assert (await agent.http.get(app["icons"][0]["src"])).status_code == 200
    worker = await agent.http.get("/sw.js")
    assert worker.headers["service-worker-allowed"] == "/"
    assert worker.headers["cache-control"] == "no-cache"
    assert "showNotification" in worker.text
