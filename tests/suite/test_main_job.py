"""The main job from end to end over HTTP: ask, open, triage, answer, close, learn, promote, roll back."""

from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa

from services.triage.models import Example
from tests.suite.conftest import Start
from tests.suite.rig import ADMIN, AGENT, CUSTOMER, LEAD, STRANGER, Suite, eventually

LOST = {"subject": "I lost my card", "body": "My card is gone since yesterday, please freeze it."}


def mail(sender: str, subject: str, body: str, **headers: str) -> bytes:
    """A plain message as a mail server hands it over."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "support@desk.test", subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message.as_bytes()


async def by_mail(suite: Suite, raw: bytes) -> Any:
    client = await suite.client("tickets:read", "tickets:write")
    headers = {"Content-Type": "message/rfc822"}
    return await suite.ok("POST", "/api/v1/inbound/email", client, content=raw, headers=headers)


@pytest.mark.req(93)
async def test_a_customer_gets_articles_while_typing_and_the_ticket_remembers_the_session(
    suite: Suite,
) -> None:
    answer = await suite.http.post(
        "/api/v1/kb/suggestions",
        json={"subject": "lost card", "body": "I lost my card", "visitor": "v-main-job"},
    )
    asked = answer.json()
    assert answer.status_code == 200, answer.text
    if asked["shown"]:  # a small share of visitors is the control group
        assert asked["items"]
        assert asked["items"][0]["title"]
    ticket = await suite.ticket(CUSTOMER, **LOST, suggestion_session=asked["session"])
    seen = await suite.read(ticket["number"])
    assert seen["suggestion_session"] == asked["session"]
    opened = {"kind": "ticket", "ticket": str(ticket["number"])}
    told = await suite.http.post(f"/api/v1/kb/suggestions/{asked['session']}/events", json=opened)
    assert told.status_code == 204, told.text
    session = await suite.ok("GET", f"/api/v1/kb/suggestions/{asked['session']}", ADMIN)
    assert session["outcome"] in {"ticket", "ticket_anyway"}


@pytest.mark.req(47, 130)
async def test_every_way_in_ends_as_a_triaged_ticket(suite: Suite) -> None:
    numbers = [(await suite.ticket(CUSTOMER, **LOST))["number"]]
    async with suite.browser() as visitor:
        await visitor.open("/requests/new")
        sent = await visitor.send(
            "/requests/new",
            {**LOST, "email": "form@example.test", "name": "Fay Form", "once": visitor.field("once")},
        )
        assert sent.status_code == 303, sent.text[:400]
        numbers.append(int(sent.headers["location"].rpartition("=")[2]))
    posted = await by_mail(suite, mail("Max Mail <max@example.test>", LOST["subject"], LOST["body"]))
    numbers.append(posted["number"])
    channels = set()
    for number in numbers:
        ticket = await suite.decided(number)
        channels.add(ticket["channel"])
        (decision,) = await suite.decisions(number)
        best = decision["predictions"]["category"][0]
        assert best["label"] == "lost_or_stolen_card"
        assert best["probability"] > 0.5
        assert decision["model"] == "v1"
        assert decision["evidence"]["words"]
        assert set(decision["evidence"]["why"]) == {"en", "es"}
        assert decision["language"] == "en"
    assert channels == {"portal", "email"}


@pytest.mark.req(76)
async def test_an_agent_sees_prediction_and_a_draft_with_named_sources(suite: Suite) -> None:
    ticket = await suite.ticket(CUSTOMER, **LOST)
    await suite.decided(ticket["number"])
    found = await suite.ok("GET", f"/api/v1/tickets/{ticket['number']}/recommendations", AGENT, timeout=30)
    assert found["replies"], found
    draft = found["replies"][0]
    assert draft["text"].strip()
    assert draft["composer"] == "extractive"
    assert draft["sources"]
    for source in draft["sources"]:
        assert source["kind"] in {"macro", "article", "ticket"}
        assert source["title"]
        assert source["quote"]
    path = f"/api/v1/recommendations/{draft['id']}/outcome"
    await suite.ok("POST", path, AGENT, json={"outcome": "accepted"})
    async with suite.browser() as agent:
        await agent.sign_in(AGENT)
        page = await agent.open(f"/agent/tickets/{ticket['number']}")
        assert page.status_code == 200
        assert "Lost or stolen card" in page.text


@pytest.mark.req(13, 28, 33)
async def test_a_conversation_by_mail_and_portal_reopens_closes_and_stays_one_ticket(suite: Suite) -> None:
    asked = mail(
        "Rosa <rosa@example.test>", "Where is my card?", "It has not come.", Message_ID="<r1@example.test>"
    )
    ticket = await by_mail(suite, asked)
    number = ticket["number"]
    path = f"/api/v1/tickets/{number}/messages"
    replied = await suite.ok("POST", path, AGENT, json={"kind": "reply", "body": "It is on its way."})
    assert replied["ticket"]["status"] == "pending"
    again = mail(
        "Rosa <rosa@example.test>", f"Re: Where is my card? [#{number}]", "Still nothing.",
        Message_ID="<r2@example.test>", In_Reply_To="<r1@example.test>",
    )  # fmt: skip
    continued = await by_mail(suite, again)
    assert (continued["number"], continued["status"]) == (number, "open")
    assert (await by_mail(suite, again))["version"] == continued["version"], (
        "the same mail twice is one message"
    )
    closed = await suite.ok(
        "PUT", f"/api/v1/tickets/{number}/closure", AGENT, json={"resolution": "Sent again."}
    )
    assert closed["status"] == "closed"
    reopened = await suite.ok(
        "POST", path, "rosa@example.test", json={"kind": "reply", "body": "It came broken."}
    )
    assert reopened["ticket"]["status"] == "open"
    assert (await suite.read(number))["reopens"] == 1
    texts = [entry["body_text"] for entry in await suite.timeline(number) if entry["entry"] == "message"]
    assert texts == ["It has not come.", "It is on its way.", "Still nothing.", "It came broken."]
    await suite.quiet()


async def test_a_closed_ticket_is_learnt_and_a_reopened_one_is_not(suite: Suite) -> None:
    ticket = await suite.ticket(CUSTOMER, **LOST)
    number, decided = ticket["number"], await suite.decided(ticket["number"])
    await suite.ok("PATCH", f"/api/v1/tickets/{number}", AGENT,
                   json={"version": decided["version"], "category": "card_arrival"})  # fmt: skip
    body = {"kind": "reply", "body": "We have sent another card."}
    await suite.ok("POST", f"/api/v1/tickets/{number}/messages", AGENT, json=body)
    await suite.ok("PUT", f"/api/v1/tickets/{number}/closure", AGENT, json={})
    examples = sa.select(Example.__table__).where(Example.number == number)

    async def learnt() -> Any:
        return await suite.rows("triage", examples)

    (example,) = await eventually(learnt, what="the example")
    assert example.labels["category"] == "card_arrival"
    assert example.set_by["category"] == "person"
    assert example.resolution == body["body"]
    (outcome,) = [o for o in (await suite.decisions(number))[0]["outcomes"] if o["task"] == "category"]
    assert outcome["outcome"] == "edited", "the agent's correction is a verdict on the prediction"
    await suite.ok("DELETE", f"/api/v1/tickets/{number}/closure", AGENT)

    async def forgotten() -> bool:
        return not await suite.rows("triage", examples)

    await eventually(forgotten, what="forgetting the example")


async def test_retraining_shows_progress_and_rolling_back_gives_the_same_bits(start: Start) -> None:
    async with start() as suite:
        texts = [
            LOST,
            {"subject": "Age", "body": "How old must I be?"},
            {"subject": "¿Tarjeta?", "body": "No llega"},
        ]

        async def said() -> list[Any]:
            found = []
            for text in texts:
                answer = await suite.ok("POST", "/api/v1/triage/predict", AGENT, json=text)
                found.append([answer["model"], answer["predictions"], answer["evidence"]["words"]])
            return found

        before = await said()
        ticket = await suite.ticket(STRANGER, **LOST)
        await suite.decided(ticket["number"])
        for text in ("I found a stranger's payment", "My card was cloned", "Someone copied my card"):
            made = await suite.ticket(CUSTOMER, subject=text, body=f"{text} in my account.")
            seen = await suite.decided(made["number"])
            labels = {"version": seen["version"], "category": "compromised_card", "priority": "critical"}
            await suite.ok("PATCH", f"/api/v1/tickets/{made['number']}", AGENT, json=labels)
            await suite.ok(
                "PUT", f"/api/v1/tickets/{made['number']}/closure", AGENT, json={"resolution": "Blocked."}
            )
        notes = set()
        started = await suite.ok("POST", "/api/v1/triage/trainings", ADMIN, json={})

        async def done() -> Any:
            training = await suite.ok("GET", f"/api/v1/triage/trainings/{started['id']}", LEAD)
            notes.add((training["done"], training["note"]))
            assert training["state"] not in {"failed", "cancelled"}, training
            return training if training["state"] == "done" else None

        training = await eventually(done, 90, "the training")
        assert len(notes) > 1, "no progress was to be seen"
        assert training["model"] == "v2"
        assert training["comparison"]["champion"] == "v1"
        assert training["comparison"]["verdict"]["es"]
        assert not training["promoted"], "a challenger does not promote itself"
        assert await said() == before, "a challenger changes nothing before it is promoted"
        await suite.ok("POST", "/api/v1/triage/models/v2/promote", ADMIN)
        after = await said()
        assert {answer[0] for answer in after} == {"v2"}
        assert [answer[1] for answer in after] != [answer[1] for answer in before]
        await suite.ok("POST", "/api/v1/triage/models/rollback", ADMIN)
        assert await said() == before
        (decision,) = await suite.decisions(ticket["number"])
        replayed = await suite.ok("POST", f"/api/v1/triage/decisions/{decision['id']}/replay", ADMIN)
        assert replayed["identical"]
        await suite.quiet()
