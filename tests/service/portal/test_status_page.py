"""A request behind the link of a mail: read, answered and ended without signing in; numbers alone open nothing."""

import re

import pytest

from services.portal.requests.status import LOOKING
from tests.service.portal.rig import Rig

LINK = "/status/1042.99.0.abc.def"


@pytest.mark.req(9)
async def test_who_has_the_link_reads_and_answers_without_an_account(rig: Rig) -> None:
    page = await rig.http.get(LINK)
    assert page.status_code == 200
    assert "me cobraron dos veces" in page.text
    assert "retención" not in page.text, "a note is the desk's own"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "private, no-store"
    sent = await rig.post(f"{LINK}/messages", {"body": "Todavía sigue así."})
    assert (sent.status_code, sent.headers["location"]) == (303, LINK)
    assert rig.core.by_link == [("1042.99.0.abc.def", "Todavía sigue así.")]


@pytest.mark.req(9)
async def test_what_was_typed_stays_when_it_cannot_be_taken(rig: Rig) -> None:
    empty = await rig.post(f"{LINK}/messages", {"body": " "})
    assert empty.status_code == 422
    assert "Write something first." in empty.text
    rig.core.away = True
    away = await rig.post(f"{LINK}/messages", {"body": "A long story"})
    assert away.status_code == 503
    assert "A long story" in away.text


@pytest.mark.hard("S-30")
async def test_a_link_is_ended_by_who_has_it_and_then_opens_nothing(rig: Rig) -> None:
    assert (await rig.post(f"{LINK}/end")).headers["location"] == "/"
    assert (await rig.http.get(LINK)).status_code == 404
    assert (await rig.post(f"{LINK}/messages", {"body": "Still me"})).status_code == 404


@pytest.mark.hard("S-15", "S-53")
async def test_a_number_alone_opens_nothing_and_does_not_say_whether_there_is_such_a_request(
    rig: Rig,
) -> None:
    def shape(text: str) -> str:
        text = re.sub(r'(nonce|value|content)="[^"]*"', "", text)
        return re.sub(r"\b(1042|9999)\b|<code[^>]*>[^<]*</code>|[0-9a-f]{16,}", "", text)

    for path in ("/requests/{}", "/requests/sent?number={}", "/status/{}.99.0.abc.xyz", "/t/{}"):
        there, not_there = [await rig.http.get(path.format(number)) for number in (1042, 9999)]
        assert there.status_code == not_there.status_code, path
        assert shape(there.text) == shape(not_there.text), path
        assert there.headers.get("location", "").replace("1042", "9999") == not_there.headers.get(
            "location", ""
        )
        assert "me cobraron" not in there.text


@pytest.mark.hard("S-53")
async def test_guessing_is_slow(rig: Rig) -> None:
    tries = int(LOOKING.split("/")[0])
    answers = [(await rig.http.get(f"/status/{n}.99.0.abc.xyz")).status_code for n in range(tries + 1)]
    assert answers == [404] * tries + [429]


@pytest.mark.hard("S-15")
async def test_an_agent_makes_the_mailed_links_worthless(agent: Rig) -> None:
    answer = await agent.post("/agent/tickets/1042/links-revoked", {"view": "mine"})
    assert answer.status_code == 303
    assert agent.core.status_links == {}
    customer = agent.another_browser()
    assert (await customer.get(LINK)).status_code == 404
    await customer.aclose()
