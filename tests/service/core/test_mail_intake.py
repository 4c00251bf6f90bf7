"""Mail becomes tickets: once, on the right thread, or in quarantine with its source."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.core.models import message, quarantine, ticket
from tests.service.core.conftest import Desk

Headers = dict[str, str]


def mail(
    body: str = "My card was swallowed.", sender: str = "Ana Ruiz <ana@example.com>", subject: str = "My card",
    message_id: str = "<m1@example.com>", **headers: str,
) -> bytes:  # fmt: skip
    lines = {"From": sender, "To": "help@desk.test", "Subject": subject, "Message-ID": message_id}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    return "".join(f"{k}: {v}\r\n" for k, v in lines.items() if v).encode() + b"\r\n" + body.encode()


async def receive(desk: Desk, headers: Headers, raw: bytes) -> Any:
    return await desk.http.post(
        "/api/v1/inbound/email", content=raw, headers=headers | {"Content-Type": "message/rfc822"}
    )


async def entries(desk: Desk, headers: Headers, number: int) -> list[dict[str, Any]]:
    page = (await desk.http.get(f"/api/v1/tickets/{number}/messages", headers=headers)).json()
    return [entry for entry in page["items"] if entry["entry"] == "message"]


async def count(desk: Desk, table: sa.Table) -> int:
    query = sa.select(sa.func.count()).select_from(table)
    found: int = await desk.core.db.read(lambda conn: conn.execute(query).scalar_one())
    return found


@pytest.mark.req(2)
async def test_a_mail_with_an_attachment_is_one_ticket_with_all_of_it(desk: Desk, agent: Headers) -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(100)
    raw = mail(MIME_Version="1.0", Content_Type='multipart/mixed; boundary="b"', body=(
        "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
        "--c\r\nContent-Type: text/plain\r\n\r\nLook at this.\r\n"
        "--c\r\nContent-Type: text/html\r\n\r\n"
        '<p>Look <b>at</b> this.<script>x()</script><img src="cid:pic"></p>\r\n--c--\r\n'
        "--b\r\nContent-Type: image/png; name=card.png\r\nContent-ID: <pic@x>\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment; filename=card.png\r\n\r\n{base64.b64encode(png).decode()}\r\n--b--\r\n"
    ))  # fmt: skip
    answer = await receive(desk, agent, raw)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["subject"], made["description"], made["channel"]) == ("My card", "Look at this.", "email")
    assert (made["requester"]["name"], made["requester"]["email"]) == ("Ana Ruiz", "ana@example.com")
    [entry] = await entries(desk, agent, made["number"])
    assert "<b>at</b>" in entry["body_html"]
    assert "script" not in entry["body_html"]
    [file] = entry["attachments"]
    assert (file["name"], file["type"], file["size"]) == ("card.png", "image/png", len(png))
    assert (await desk.http.get(f"/api/v1/attachments/{file['id']}", headers=agent)).content == png
    assert await count(desk, ticket) == 1


@pytest.mark.req(2)
async def test_the_same_mail_again_or_at_once_is_no_second_ticket(desk: Desk, agent: Headers) -> None:
    answers = await asyncio.gather(*[receive(desk, agent, mail()) for _ in range(10)])
    answers.append(await receive(desk, agent, mail()))
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert (await count(desk, ticket), await count(desk, message)) == (1, 1)
    without = mail(message_id="")
    numbers = {(await receive(desk, agent, without)).json()["number"] for _ in range(3)}
    assert len(numbers) == 1
    assert await count(desk, ticket) == 2


@pytest.mark.req(2, 20, 28)
async def test_a_reply_finds_its_ticket_by_references_and_by_number_and_reopens_it(
    desk: Desk, agent: Headers
) -> None:
    made = (await receive(desk, agent, mail())).json()
    number = made["number"]
    await desk.http.put(f"/api/v1/tickets/{number}/closure", json={}, headers=agent)
    quoted = (
        "Still nothing.\n\nOn Mon, 2 Nov 2026 at 10:00, Desk <help@desk.test> wrote:\n> We sent a new one."
    )
    by_reference = await receive(
        desk, agent, mail(quoted, subject="Re: My card", message_id="<m2@x>", References="<z@z> <m1@example.com>")
    )  # fmt: skip
    assert (by_reference.json()["number"], by_reference.json()["status"]) == (number, "open")
    by_number = await receive(
        desk, agent, mail("And now?", subject=f"AW: [#{number}] My card", message_id="<m3@x>")
    )
    assert by_number.json()["number"] == number
    _, second, third = await entries(desk, agent, number)
    assert (second["body_text"], third["body_text"]) == ("Still nothing.", "And now?")
    assert "We sent a new one." in second["quoted_text"]


@pytest.mark.hard("S-13", "S-14")
async def test_a_stranger_who_knows_the_number_or_the_ids_gets_a_ticket_of_their_own(
    desk: Desk, agent: Headers
) -> None:
    made = (await receive(desk, agent, mail())).json()
    number = made["number"]
    attempts = [
        mail("hi", sender="eve@evil.test", subject=f"Re: [#{number}] My card", message_id="<e1@x>"),
        mail("hi", sender="eve@evil.test", message_id="<e2@x>", In_Reply_To="<m1@example.com>"),
        mail("hi", sender="Grace <agent@desk.test>", subject=f"[#{number}]", message_id="<e3@x>",
             References="<m1@example.com>", Cc="ana@example.com", Reply_To="ana@example.com"),
    ]  # fmt: skip
    for raw in attempts:
        answer = await receive(desk, agent, raw)
        assert answer.status_code == 201
        assert answer.json()["number"] != number
        author = (await entries(desk, agent, answer.json()["number"]))[0]["author"]
        assert author["kind"] == "contact"
    assert len(await entries(desk, agent, number)) == 1


async def test_nobody_can_make_anothers_mail_vanish_by_using_its_id_first(desk: Desk, agent: Headers) -> None:
    first = (await receive(desk, agent, mail("spam", sender="eve@evil.test"))).json()
    real = await receive(desk, agent, mail())
    assert real.status_code == 201
    assert real.json()["number"] != first["number"]
    assert (await receive(desk, agent, mail())).json()["number"] == real.json()["number"]
    assert await count(desk, ticket) == 2


@pytest.mark.hard("S-19", "S-03")
@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"no header at all", "no_headers"),
        (b"Subject: who?\r\n\r\nhello", "no_sender"),
        (b"From: nobody\r\nSubject: x\r\n\r\nhello", "no_sender"),
        (b"From: ana@example.com\r\n\r\n \r\n", "empty"),
        (b"Subject: " + b"x" * 300_000, "headers_too_large"),
        (b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 9_999,
         "too_many_parts"),
        (mail(Auto_Submitted="auto-replied"), "automatic_replied"),
        (mail(Return_Path="<>", sender="MAILER-DAEMON@example.com"), "automatic_bounce"),
        (mail(X_Triaje_Loop="yes"), "loop"),
    ],
)  # fmt: skip
async def test_what_cannot_be_a_ticket_is_kept_in_quarantine_with_its_source(
    desk: Desk, agent: Headers, raw: bytes, reason: str
) -> None:
    answer = await receive(desk, agent, raw)
    assert (answer.status_code, answer.json()["reason"]) == (202, reason)
    item = answer.json()["quarantine"]
    again = await receive(desk, agent, raw)
    assert again.json()["quarantine"] == item
    assert (await count(desk, ticket), await count(desk, quarantine)) == (0, 1)
    source = await desk.http.get(f"/api/v1/quarantine/{item}/source", headers=agent)
    assert source.content == raw
    [listed] = (await desk.http.get("/api/v1/quarantine", headers=agent)).json()["items"]
    assert (listed["id"], listed["reason"], listed["resolved_at"]) == (item, reason, None)
    resolved = await desk.http.post(f"/api/v1/quarantine/{item}/resolution", headers=agent)
    assert resolved.json()["resolved_at"]


async def test_an_empty_mail_is_refused_and_an_attachment_alone_is_a_ticket(
    desk: Desk, agent: Headers
) -> None:
    assert (await receive(desk, agent, b"")).status_code == 202
    raw = mail(subject="", Content_Type="application/pdf; name=a.pdf", body="%PDF-1.7")
    made = (await receive(desk, agent, raw)).json()
    assert (made["subject"], made["description"]) == ("(no subject)", "")


@pytest.mark.hard("S-17")
async def test_an_answering_machine_is_noted_and_wakes_nobody(desk: Desk, agent: Headers) -> None:
    number = (await receive(desk, agent, mail())).json()["number"]
    await desk.http.put(f"/api/v1/tickets/{number}/closure", json={}, headers=agent)
    away = mail(
        "I am away.", message_id="<a@x>", In_Reply_To="<m1@example.com>", Auto_Submitted="auto-replied"
    )
    answer = await receive(desk, agent, away)
    assert (answer.status_code, answer.json()["number"], answer.json()["status"]) == (201, number, "closed")
    assert [entry["automatic"] for entry in await entries(desk, agent, number)] == [False, True]


@pytest.mark.req(11)
async def test_a_machine_that_reports_opens_a_ticket(desk: Desk, agent: Headers) -> None:
    answer = await receive(
        desk, agent, mail("Disk full.", sender="cron@host.example", Auto_Submitted="auto-generated")
    )
    assert (answer.status_code, answer.json()["description"]) == (201, "Disk full.")


@pytest.mark.hard("S-19")
async def test_wrong_charsets_and_nested_parts_are_tickets_with_their_text(
    desk: Desk, agent: Headers
) -> None:
    latin = mail(Content_Type="text/plain; charset=utf-8", message_id="<l@x>").replace(
        b"My card was swallowed.", "señal rara".encode("latin-1")
    )
    assert "se" in (await receive(desk, agent, latin)).json()["description"]
    unknown = mail(
        "¿Qué pasa con mi tarjeta?", Content_Type="text/plain; charset=klingon", message_id="<k@x>"
    )
    made = (await receive(desk, agent, unknown)).json()
    assert (made["description"], made["language"]) == ("¿Qué pasa con mi tarjeta?", "es")
    nested = ""
    for level in range(12):
        nested += f"--b{level}\r\nContent-Type: multipart/mixed; boundary=b{level + 1}\r\n\r\n"
    nested += "--b12\r\nContent-Type: text/plain\r\n\r\nat the bottom\r\n"
    deep = mail(nested, Content_Type="multipart/mixed; boundary=b0", message_id="<d@x>")
    assert (await receive(desk, agent, deep)).json()["description"] == "at the bottom"


async def test_an_attachment_of_seventeen_megabytes_is_kept_and_a_mail_over_the_limit_refused(
    desk: Desk, agent: Headers
) -> None:
    data = bytes(range(256)) * 4096 * 17
    lines = base64.encodebytes(data).replace(b"\n", b"\r\n")
    head = mail(
        "--b\r\nContent-Type: application/x-thing\r\nContent-Disposition: attachment; filename=big.bin\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n", Content_Type="multipart/mixed; boundary=b",
    )  # fmt: skip
    answer = await receive(desk, agent, head + lines + b"--b--\r\n")
    assert answer.status_code == 201, answer.text[:300]
    [entry] = await entries(desk, agent, answer.json()["number"])
    assert entry["attachments"][0]["size"] == len(data)
    too_large = await receive(desk, agent, mail() + b"x" * 26_300_000)
    assert (too_large.status_code, too_large.headers["content-type"]) == (413, "application/problem+json")


@pytest.mark.hard("S-19")
async def test_every_fixture_of_five_mail_parsers_ends_as_a_ticket_or_in_quarantine(
    desk: Desk, agent: Headers, eval_data: Path
) -> None:
    files = [
        p
        for p in sorted((eval_data / "email").rglob("*"))
        if p.is_file() and p.suffix in {".eml", ".txt", ""}
    ]
    for path in files[::5]:
        answer = await receive(desk, agent, path.read_bytes())
        assert answer.status_code in {201, 202}, (path, answer.text[:300])
    assert await count(desk, ticket) > 10
    assert await count(desk, quarantine) > 10
