"""Live streams of the running suite: who hears what, and that a stream goes on where it broke off."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import pytest

from services.common.http import Actor
from services.common.live import Live
from tests.suite.conftest import Start
from tests.suite.rig import AGENT, CUSTOMER, LIGHT, STRANGER, Suite, eventually


class Stream:
    """An open ``/live``: its status and the events that came, each with its id."""

    def __init__(self) -> None:
        self.status = 0
        self.text = ""

    @property
    def events(self) -> list[dict[str, Any]]:
        found = []
        for block in self.text.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if "data" in fields:
                found.append({**json.loads(fields["data"]), "event": fields["id"]})
        return found

    @property
    def subjects(self) -> list[str]:
        return [event["id"] for event in self.events]


@asynccontextmanager
async def listening(
    suite: Suite, who: str, topics: str, since: str = "", **headers: str
) -> AsyncIterator[Stream]:
    """A stream as a browser holds it, read as it comes: a client in this process would wait for its end."""
    cookies = await suite.core_session(who)
    sent = {"cookie": "; ".join(f"{k}={v}" for k, v in cookies.items()), "host": "desk.test", **headers}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/live", "raw_path": b"/live", "root_path": "", "server": ("desk.test", 80),
        "client": ("127.0.0.1", 5000), "query_string": urlencode({"topics": topics, "since": since}).encode(),
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in sent.items()], "state": {},
    }  # fmt: skip
    stream, gone = Stream(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            stream.status = message["status"]
        else:
            stream.text += message.get("body", b"").decode()

    task = asyncio.create_task(suite.app(scope, receive, send))
    try:
        await eventually(lambda: _true(stream.status and (stream.text or task.done())), 10, "the stream")
        yield stream
    finally:
        gone.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _true(value: Any) -> Any:
    return value


async def heard(suite: Suite, stream: Stream, number: int) -> None:
    await eventually(lambda: _true(str(number) in stream.subjects), 10, f"news of {number}")


@pytest.mark.hard("S-21")
async def test_a_stream_tells_nobody_of_a_ticket_that_they_may_not_read(suite: Suite) -> None:
    shared, other = await suite.ticket(CUSTOMER), await suite.ticket(CUSTOMER)
    await suite.ok("POST", f"/api/v1/tickets/{shared['number']}/shares", AGENT, json={"staff": LIGHT})
    await suite.quiet()
    async with (
        listening(suite, AGENT, "tickets") as agent,
        listening(suite, LIGHT, "tickets") as light,
        listening(suite, CUSTOMER, f"ticket:{other['number']}") as customer,
    ):
        for one in (other, shared):
            note = {"kind": "note", "body": "A word inside"}
            await suite.ok("POST", f"/api/v1/tickets/{one['number']}/messages", AGENT, json=note)
        await heard(suite, agent, other["number"])
        await heard(suite, agent, shared["number"])
        await heard(suite, light, shared["number"])
        assert str(other["number"]) not in light.subjects
        assert set(customer.subjects) <= {str(other["number"])}


@pytest.mark.hard("S-21")
async def test_a_share_that_is_withdrawn_ends_what_an_open_stream_tells(suite: Suite) -> None:
    one, later = await suite.ticket(CUSTOMER), await suite.ticket(CUSTOMER)
    path = f"/api/v1/tickets/{one['number']}"
    found = await suite.ok("POST", f"{path}/shares", AGENT, json={"staff": LIGHT})
    await suite.ok("POST", f"/api/v1/tickets/{later['number']}/shares", AGENT, json={"staff": LIGHT})
    await suite.quiet()
    async with listening(suite, LIGHT, f"tickets,ticket:{one['number']}") as light:
        assert light.status == 200
        await suite.ok("DELETE", f"{path}/shares/{found['shared_with'][0]['id']}", AGENT)
        await suite.quiet()
        before = len(light.events)
        for number in (one["number"], later["number"]):
            note = {"kind": "note", "body": "A word inside"}
            await suite.ok("POST", f"/api/v1/tickets/{number}/messages", AGENT, json=note)
        await heard(suite, light, later["number"])
        assert str(one["number"]) not in [event["id"] for event in light.events[before:]]


@pytest.mark.hard("S-21")
@pytest.mark.parametrize(
    "topic",
    ["tickets", "ticket:%", "ticket:*", "ticket:1%", "ticket:_", "ticket:", "job:1", "*", "%", "ticket:1;2"],
)
async def test_no_wildcard_opens_a_stream_of_others(suite: Suite, topic: str) -> None:
    async with listening(suite, STRANGER, topic) as stream:
        assert stream.status in {403, 404}


@pytest.mark.hard("S-21")
async def test_a_stream_of_a_strangers_ticket_is_refused_as_if_there_were_none(suite: Suite) -> None:
    made = await suite.ticket(CUSTOMER)
    async with listening(suite, STRANGER, f"ticket:{made['number']}") as stream:
        assert stream.status == 404
    async with listening(suite, STRANGER, "ticket:999999999") as stream:
        assert stream.status == 404


@pytest.mark.hard("R-27")
@pytest.mark.parametrize("how", ["header", "address"])
async def test_a_stream_that_broke_off_goes_on_with_the_next_event(suite: Suite, how: str) -> None:
    live: Live = suite.process.runtime.live
    await suite.quiet()
    async with listening(suite, AGENT, "tickets") as first:
        await live.publish("tickets", "1001", 1)
        await eventually(lambda: _true(len(first.events) == 1), 5, "the first event")
    for version in (2, 3):
        await live.publish("tickets", "1001", version)
    last = first.events[0]["event"]
    given: dict[str, str] = {"last_event_id": last} if how == "header" else {"since": last}
    async with listening(suite, AGENT, "tickets", **given) as again:
        await live.publish("tickets", "1001", 4)
        await eventually(lambda: _true(len(again.events) >= 3), 5, "the others")
        assert [event["version"] for event in again.events] == [2, 3, 4]
        assert again.text.startswith(f"retry: 2000\nid: {last}\n"), "cut off here, it would begin there again"


@pytest.mark.hard("R-27")
async def test_a_stream_from_before_a_restart_starts_over(suite: Suite) -> None:
    for since in ("1-5", "nonsense"):
        async with listening(suite, AGENT, "tickets", since) as stream:
            await eventually(lambda s=stream: _true(bool(s.events)), 20, "a word")  # type: ignore[misc]
            kinds = [event["kind"] for event in stream.events]  # what another test did may come after it
            assert kinds[0] == "reset"
            assert kinds.count("reset") == 1


@pytest.mark.hard("S-33")
async def test_whoever_is_removed_hears_no_more_however_busy_the_stream_is(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.portal.live.routes.PING", 0.3)
    monkeypatch.setattr("services.portal.web.sessions.RENEW_AFTER", 0.2)
    async with start() as suite:
        await suite.colleague("leaver@demo.test", "agent")
        async with listening(suite, "leaver@demo.test", "tickets") as stream:
            actor: Actor = await suite.actor("leaver@demo.test")
            await suite.ok(
                "PATCH", f"/api/v1/staff/{actor.id}", "admin@demo.test", json=await _away(suite, actor)
            )

            async def ended() -> bool:
                before = len(stream.events)
                await suite.process.runtime.live.publish("tickets", "1001", 1)
                await asyncio.sleep(0.1)
                return len(stream.events) == before

            await eventually(ended, 10, "the end of the stream")


async def _away(suite: Suite, actor: Actor) -> dict[str, Any]:
    found = await suite.ok("GET", "/api/v1/staff", "admin@demo.test")
    items = found["items"] if isinstance(found, dict) else found
    mine = next(one for one in items if one["id"] == actor.id)
    return {"active": False, "version": mine["version"]}
