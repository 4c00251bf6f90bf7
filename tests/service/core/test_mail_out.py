"""An agent's reply reaches the customer's mailbox, or the desk sees why not; answers come back to their ticket."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from services.core.outgoing import transport
from services.core.outgoing.address import ReplyAddresses
from services.core.outgoing.jobs import WAITS
from services.core.outgoing.transport import Outgoing
from tests.service.core.conftest import SECRET, Desk
from tests.service.core.test_mail_intake import entries, mail, receive
from tests.support import postbox
from tests.support.postbox import Postbox

Headers = dict[str, str]


@pytest_asyncio.fixture
async def box(desk: Desk) -> AsyncIterator[Postbox]:
    """A mail server, which the desk sends through."""
    found, server = await postbox.opened()
    use(desk, found.url)
    yield found
    server.close()


def use(desk: Desk, url: str) -> None:
    desk.core.rt.settings = msgspec.structs.replace(
        desk.core.rt.settings, smtp=url, mail_from="support@desk.test"
    )
    desk.core.mail = Outgoing(desk.core.rt.settings)
    desk.core.addresses = ReplyAddresses(SECRET, "support@desk.test")


async def reply(desk: Desk, agent: Headers, number: int, body: str = "A new card is on its way.") -> Any:
    answer = await desk.http.post(
        f"/api/v1/tickets/{number}/messages", json={"kind": "reply", "body": body}, headers=agent
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["entry"]


async def carried(desk: Desk) -> int:
    """Everything that is due is tried."""
    assert desk.service.runner is not None
    tried = 0
    while await desk.service.runner.run_next("mail"):
        tried += 1
    return tried


async def delivery(desk: Desk, agent: Headers, number: int) -> dict[str, str]:
    found = [e for e in await entries(desk, agent, number) if e["author"]["kind"] == "staff"]
    state: dict[str, str] = found[-1]["delivery"]
    return state


async def outgoing(desk: Desk, admin: Headers, **params: str) -> list[dict[str, Any]]:
    page = (await desk.http.get("/api/v1/outgoing", headers=admin, params=params)).json()
    items: list[dict[str, Any]] = page["items"]
    return items


@pytest.mark.req(1, 42, 147)
async def test_a_reply_leaves_in_the_customers_language_and_keeps_the_thread(
    desk: Desk, agent: Headers, box: Postbox
) -> None:
    raw = mail(
        "El cajero de la estación se ha quedado con mi tarjeta y necesito una nueva.", subject="Mi tarjeta"
    )
    number = (await receive(desk, agent, raw)).json()["number"]
    entry = await reply(desk, agent, number, "Te enviamos una tarjeta nueva hoy mismo.")
    assert entry["delivery"]["state"] == "queued"
    assert await carried(desk) == 1
    [sent] = box.mails
    assert (sent["To"], sent["Subject"]) == ("ana@example.com", f"Re: Mi tarjeta [#{number}]")
    assert sent["In-Reply-To"] == "<m1@example.com>"
    assert sent["References"] == "<m1@example.com>"
    assert sent["Auto-Submitted"] is None
    text, html = sent.get_body(("plain",)), sent.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Te enviamos una tarjeta nueva" in text.get_content()
    assert "Responde a este correo" in text.get_content()
    assert 'lang="es"' in html.get_content()
    assert (await delivery(desk, agent, number))["state"] == "sent"
    assert await carried(desk) == 0, "once is enough"


async def test_a_note_and_a_chat_leave_by_no_mail(desk: Desk, agent: Headers, box: Postbox) -> None:
    made = await desk.ticket(agent, channel="chat")
    await reply(desk, agent, made["number"])
    other = await desk.ticket(agent)
    await desk.http.post(
        f"/api/v1/tickets/{other['number']}/messages", json={"kind": "note", "body": "Secret."}, headers=agent
    )
    assert await carried(desk) == 0
    assert box.mails == []


async def answered(desk: Desk, agent: Headers, sent: EmailMessage, **headers: str) -> Any:
    raw = mail("Thank you, it came.", message_id=headers.pop("message_id", "<m9@example.com>"), **headers)
    raw = raw.replace(b"To: help@desk.test", f"To: {headers.get('to', sent['Reply-To'])}".encode())
    return await receive(desk, agent, raw)


@pytest.mark.req(2, 28)
async def test_the_signed_address_brings_an_answer_home_from_another_mailbox(
    desk: Desk, agent: Headers, box: Postbox
) -> None:
    made = await desk.ticket(agent)
    await reply(desk, agent, made["number"])
    await carried(desk)
    answer = await answered(
        desk, agent, box.mails[0], sender="Ana at work <ana@work.example.com>", subject="Re: it"
    )
    assert answer.json()["number"] == made["number"]
    assert answer.json()["status"] == "open"


@pytest.mark.hard("S-52")
async def test_a_forged_or_expired_address_threads_to_nothing(
    desk: Desk, agent: Headers, box: Postbox
) -> None:
    made = await desk.ticket(agent)
    await reply(desk, agent, made["number"])
    await carried(desk)
    [sent] = box.mails
    forged = ReplyAddresses("somebody else's secret, thirty-two or more", "support@desk.test")
    stranger = await receive(
        desk,
        agent,
        mail(
            message_id="<f1@evil.test>", In_Reply_To=sent["Message-ID"], subject=f"Re: [#{made['number']}]"
        ).replace(b"help@desk.test", forged.of(made["number"], desk.clock.now()).encode()),
    )
    assert stranger.json()["number"] != made["number"], "even with everything else that it quotes"
    desk.clock.advance(timedelta(days=200))
    late = await answered(desk, agent_again(desk), sent, message_id="<late@example.com>")
    assert late.json()["number"] != made["number"]


def agent_again(desk: Desk) -> Headers:
    return desk.as_service("portal")


@pytest.mark.hard("R-10")
async def test_a_server_that_refuses_the_recipient_is_a_bounce_that_the_agent_sees(
    desk: Desk, agent: Headers, admin: Headers, box: Postbox
) -> None:
    box.answers["ana@example.com"] = "550 5.1.1 No such person here"
    made = await desk.ticket(agent)
    await reply(desk, agent, made["number"])
    other = await desk.ticket(agent, requester={"email": "luis@example.com"})
    await reply(desk, agent, other["number"])
    await carried(desk)
    state = await delivery(desk, agent, made["number"])
    assert state["state"] == "bounced"
    assert "No such person" in state["detail"]
    assert (await delivery(desk, agent, other["number"]))["state"] == "sent", "nobody waits behind it"
    page = (await desk.http.get(f"/api/v1/tickets/{made['number']}/messages", headers=agent)).json()
    assert "bounced" in [entry["kind"] for entry in page["items"]]
    [item] = await outgoing(desk, admin, fate="bounced")
    box.answers.clear()
    await desk.http.post(f"/api/v1/outgoing/{item['id']}/retry", headers=agent)
    await carried(desk)
    assert (await delivery(desk, agent, made["number"]))["state"] == "sent"


@pytest.mark.hard("R-10")
async def test_a_server_that_asks_for_patience_is_asked_again_later_and_later(
    desk: Desk, agent: Headers, admin: Headers, box: Postbox
) -> None:
    box.answers["ana@example.com"] = "451 4.7.1 Try again later"
    made = await desk.ticket(agent)
    await reply(desk, agent, made["number"])
    assert await carried(desk) == 1
    assert (await delivery(desk, agent, made["number"]))["state"] == "queued"
    for place, wait in enumerate(WAITS):
        assert await carried(desk) == 0, "not before its time"
        desk.clock.advance(timedelta(seconds=wait + 1))
        if place == 1:
            box.answers.pop("ana@example.com")
        await carried(desk)
        if place == 1:
            break
    assert (await delivery_of(desk, made["number"])) == "sent"
    assert box.tried == 3


async def delivery_of(desk: Desk, number: int) -> str:
    who = await desk.person("agent@desk.test", "agent")
    return (await delivery(desk, who, number))["state"]


@pytest.mark.hard("R-10")
async def test_after_the_last_wait_it_has_failed_and_waits_for_a_person(
    desk: Desk, agent: Headers, box: Postbox
) -> None:
    box.answers["ana@example.com"] = "451 4.7.1 Try again later"
    made = await desk.ticket(agent)
    await reply(desk, agent, made["number"])
    await carried(desk)
    for wait in WAITS:
        desk.clock.advance(timedelta(seconds=wait + 1))
        await carried(desk)
    assert await delivery_of(desk, made["number"]) == "failed"
    assert await carried(desk) == 0


@pytest.mark.hard("R-10")
async def test_a_server_that_hangs_or_is_gone_holds_nobody(
    desk: Desk, agent: Headers, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", 0.3)
    monkeypatch.setattr(transport, "WHOLE", 0.5)
    box.hangs = True
    for name in ("ana", "luis", "eva"):
        made = await desk.ticket(agent, requester={"email": f"{name}@example.com"})
        await reply(desk, agent, made["number"])
    began = asyncio.get_running_loop().time()
    assert await carried(desk) == 3
    assert asyncio.get_running_loop().time() - began < 5
    assert box.tried <= 1, "the others leave it alone for a moment"
    box.hangs = False
    desk.core.mail._away_until = 0.0
    desk.clock.advance(timedelta(minutes=2))
    await carried(desk)
    assert {m["To"] for m in box.mails} == {"ana@example.com", "luis@example.com", "eva@example.com"}


@pytest.mark.hard("R-10")
@pytest.mark.req(147)
async def test_a_report_of_non_delivery_marks_the_message(desk: Desk, agent: Headers, box: Postbox) -> None:
    made = await desk.ticket(agent)
    await reply(desk, agent, made["number"])
    await carried(desk)
    report = mail(
        sender="MAILER-DAEMON@example.com", subject="Undelivered", message_id="<dsn@example.com>", MIME_Version="1.0",
        Content_Type='multipart/report; report-type=delivery-status; boundary="b"', body=(
            "--b\r\nContent-Type: text/plain\r\n\r\nIt came back.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
            "Final-Recipient: rfc822; ana@example.com\r\nStatus: 5.2.2\r\n"
            "Diagnostic-Code: smtp; 552 Mailbox full\r\n\r\n"
            f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {box.mails[0]['Message-ID']}\r\n\r\n--b--\r\n"
        ),
    )  # fmt: skip
    answer = await receive(desk, agent, report)
    assert answer.json()["number"] == made["number"]
    state = await delivery(desk, agent, made["number"])
    assert state["state"] == "bounced"
    assert "Mailbox full" in state["detail"]


async def test_the_desk_does_not_talk_to_itself_or_to_lists(desk: Desk, agent: Headers, box: Postbox) -> None:
    own = await receive(desk, agent, mail(sender="Support <support@desk.test>"))
    assert (own.status_code, own.json()["reason"]) == (202, "own_address")
    made = await desk.ticket(agent)
    await reply(desk, agent, made["number"])
    await carried(desk)
    away = await answered(
        desk, agent, box.mails[0], sender="ana@example.com", Precedence="bulk", message_id="<v@example.com>"
    )
    assert away.json()["number"] == made["number"]
    assert away.json()["status"] == "pending", "a machine's mail wakes nobody"


async def test_without_a_server_mail_lies_in_the_local_outbox_where_an_admin_reads_it(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    made = await desk.ticket(agent)
    await reply(desk, agent, made["number"])
    await carried(desk)
    assert (await delivery(desk, agent, made["number"]))["state"] == "kept"
    [item] = await outgoing(desk, admin)
    assert "A new card is on its way." in item["text"]
    assert (await desk.http.get("/api/v1/outgoing", headers=agent)).status_code == 403


@pytest.mark.hard("S-50")
async def test_two_workers_and_a_worker_that_dies_send_no_second_mail(
    desk: Desk, agent: Headers, box: Postbox
) -> None:
    made = await desk.ticket(agent)
    await reply(desk, agent, made["number"])
    await carried(desk)
    from services.core.jobs import jobs
    from services.core.models import outgoing_mail

    row = await desk.core.db.read(lambda conn: conn.execute(outgoing_mail.select()).first())
    assert row is not None
    for _ in range(3):
        await desk.core.db.write(lambda conn: jobs.enqueue(conn, "send_mail", {"mail": str(row.id)}))
    assert await carried(desk) == 3
    assert len(box.mails) == 1
