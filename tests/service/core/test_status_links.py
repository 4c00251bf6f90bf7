"""A request followed without signing in: one ticket, for a while, until it is ended; guessers are told nothing."""

import re
from datetime import timedelta
from typing import Any

import pytest

from services.core.status_links.service import link_of
from services.core.tickets import repository
from tests.service.core.conftest import Desk
from tests.service.core.test_mail_intake import mail, receive
from tests.service.core.test_mail_out import use

Headers = dict[str, str]


async def link_to(desk: Desk, number: int) -> str:
    """The link's own part, as the next mail would carry it."""

    def unit(conn: Any) -> str:
        row = repository.by_number(conn, number, desk.core.actor)
        return link_of(conn, desk.core, row, desk.core.now())

    return (await desk.core.db.read(unit)).rpartition("/")[2]


async def looked(desk: Desk, link: str) -> Any:
    return await desk.http.get(f"/api/v1/status-links/{link}", headers=desk.as_service("portal"))


@pytest.mark.req(9, 42)
async def test_who_has_the_link_reads_and_answers_that_one_request(desk: Desk, agent: Headers) -> None:
    number = (await desk.ticket(agent))["number"]
    other = (await desk.ticket(agent, subject="Another matter"))["number"]
    url = f"/api/v1/tickets/{number}/messages"
    await desk.http.post(url, json={"kind": "note", "body": "he is rude"}, headers=agent)
    await desk.http.post(url, json={"kind": "reply", "body": "Which machine?"}, headers=agent)
    link = await link_to(desk, number)
    seen = (await looked(desk, link)).json()
    texts = [e["body_text"] for e in seen["items"] if e["entry"] == "message"]
    assert texts == ["The machine at the station kept my card.", "Which machine?"]
    assert str(other) not in str(seen)
    answer = await desk.http.post(
        f"/api/v1/status-links/{link}/messages",
        json={"kind": "reply", "body": "The left one."},
        headers=desk.as_service("portal"),
    )
    assert answer.status_code == 201
    ticket = (await desk.http.get(f"/api/v1/tickets/{number}", headers=agent)).json()
    assert (ticket["status"], ticket["working_label"]) == ("open", "awaiting_reply")

    shown = [e for e in (await desk.http.get(url, headers=agent)).json()["items"] if e["entry"] == "message"]
    assert (shown[-1]["body_text"], shown[-1]["author"]["name"]) == ("The left one.", "Ana Ruiz")


@pytest.mark.hard("S-53")
async def test_a_link_that_is_not_ours_tells_nothing_about_which_requests_there_are(
    desk: Desk, agent: Headers
) -> None:
    number = (await desk.ticket(agent))["number"]
    link = await link_to(desk, number)
    part = link.split(".")
    forged = [
        f"{link[:-1]}{'a' if link[-1] != 'a' else 'b'}",
        ".".join([str(number + 1), *part[1:]]),
        ".".join([str(number + 777), *part[1:]]),
        ".".join([part[0], str(int(part[1]) + 400), *part[2:]]),
        ".".join([part[0], part[1], "1", *part[3:]]),
        str(number), f"{number}.", f"{number}....", "x", "é.1.2", "0" * 500,
    ]  # fmt: skip
    answers = [await looked(desk, one) for one in forged]
    kept = {(a.status_code, a.json()["code"], a.json()["title"], a.json().get("detail")) for a in answers}
    assert len(kept) == 1, kept
    assert answers[0].status_code == 404
    for headers in ({}, agent):
        refused = await desk.http.get(f"/api/v1/status-links/{link}", headers=headers)
        assert refused.status_code in {401, 403}


@pytest.mark.hard("S-30")
async def test_a_link_ends_after_a_month_when_it_is_revoked_and_when_the_request_changes_hands(
    desk: Desk, agent: Headers
) -> None:
    number = (await desk.ticket(agent))["number"]
    link = await link_to(desk, number)
    desk.clock.advance(timedelta(days=29))
    assert (await looked(desk, link)).status_code == 200
    desk.clock.advance(timedelta(days=3))
    assert (await looked(desk, link)).status_code == 404
    agent = await desk.person("agent@desk.test", "agent")
    second = await link_to(desk, number)
    gone = await desk.http.delete(f"/api/v1/tickets/{number}/status-links", headers=agent)
    assert gone.status_code == 204
    assert (await looked(desk, second)).status_code == 404
    third = await link_to(desk, number)
    assert (await looked(desk, third)).status_code == 200, "the next mail brings one that works"
    mine = await desk.http.delete(f"/api/v1/status-links/{third}", headers=desk.as_service("portal"))
    assert mine.status_code == 204
    assert (await looked(desk, third)).status_code == 404
    history = (await desk.http.get(f"/api/v1/tickets/{number}/messages", headers=agent)).json()["items"]
    assert [e["author"]["kind"] for e in history if e["kind"] == "links_revoked"] == ["staff", "contact"]


@pytest.mark.hard("S-15")
async def test_what_others_mail_to_the_tickets_address_is_not_read_back_to_the_customer(
    desk: Desk, agent: Headers, customer: Headers
) -> None:
    number = (await desk.ticket(agent))["number"]
    use(desk, "")
    address = desk.core.addresses.of(number, desk.core.now())
    code = "Your code to join the company's workspace is 774-213."
    raw = mail(
        code,
        subject="Confirm your address",
        sender="no-reply@chat.example",
        message_id="<c@chat.example>",
        Cc=address,
    )
    assert (await receive(desk, agent, raw)).json()["number"] == number
    seen = [
        (await desk.http.get(f"/api/v1/tickets/{number}/messages", headers=customer)).text,
        (await desk.http.get(f"/api/v1/tickets/{number}", headers=customer)).text,
        (await desk.http.get("/api/v1/tickets", headers=customer)).text,
        (await looked(desk, await link_to(desk, number))).text,
    ]
    assert not [text for text in seen if re.search("774-213|chat.example", text)]
    assert (await desk.http.get("/api/v1/tickets?q=774-213", headers=customer)).json()["items"] == []
    staff = (await desk.http.get(f"/api/v1/tickets/{number}/messages", headers=agent)).text
    assert "774-213" in staff


@pytest.mark.hard("S-15")
async def test_a_file_that_others_mailed_is_not_handed_out_and_a_link_gives_only_its_own(
    desk: Desk, agent: Headers
) -> None:
    portal = desk.as_service("portal")
    made = []
    for subject in ("One", "Two"):
        number = (await desk.ticket(agent, subject=subject))["number"]
        file = (
            await desk.http.post(
                "/api/v1/uploads", params={"filename": "a.txt"}, content=b"hi", headers=agent
            )
        ).json()["id"]
        body = {"kind": "reply", "body": "See the file.", "attachments": [file]}
        await desk.http.post(f"/api/v1/tickets/{number}/messages", json=body, headers=agent)
        made.append((await link_to(desk, number), file))
    (one, mine), (_, others) = made
    good = await desk.http.get(f"/api/v1/status-links/{one}/attachments/{mine}", headers=portal)
    assert (good.status_code, good.headers["content-disposition"][:10]) == (200, "attachment")
    foreign = await desk.http.get(f"/api/v1/status-links/{one}/attachments/{others}", headers=portal)
    assert foreign.status_code == 404


@pytest.mark.req(42)
async def test_every_mail_to_the_customer_carries_the_link(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    number = (await desk.ticket(agent))["number"]
    await desk.http.post(
        f"/api/v1/tickets/{number}/messages", json={"kind": "reply", "body": "Which?"}, headers=agent
    )
    assert desk.service.runner is not None
    while await desk.service.runner.run_next("mail"):
        pass
    [sent] = (await desk.http.get("/api/v1/outgoing", headers=admin)).json()["items"]
    found = re.search(r"/status/(\S+)", sent["text"])
    assert found, sent["text"]
    assert (await looked(desk, found[1])).json()["number"] == number
