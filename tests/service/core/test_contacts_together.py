"""Two contacts that are one person: merged with all that hangs on them, and taken apart again."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from services.core.intake.inbound import Inbound, Sender
from services.core.models import audit
from tests.service.core.conftest import Desk
from tests.service.core.test_beside import owned
from tests.service.core.test_together import BOB, call, refused, say, texts

Headers = dict[str, str]
WORK = {"email": "ana.lopez@work.example", "name": "Ana López"}


async def two(desk: Desk, agent: Headers) -> tuple[dict[str, Any], dict[str, Any]]:
    """A ticket of Ana's and one that she wrote from her work address."""
    return await desk.ticket(agent), await desk.ticket(agent, requester=WORK)


async def events(desk: Desk) -> list[dict[str, Any]]:
    query = sa.text("SELECT data FROM outbox WHERE type = 'core.contact.merged.v1' ORDER BY id")
    rows = await desk.core.db.read(lambda conn: conn.execute(query).scalars().all())
    return [one if isinstance(one, dict) else msgspec.json.decode(one) for one in rows]


@pytest.mark.req(21)
async def test_a_merged_contact_brings_tickets_addresses_items_and_words_along(
    desk: Desk, agent: Headers, admin: Headers, customer: Headers
) -> None:
    own, other = await two(desk, agent)
    source, target = other["requester"]["id"], own["requester"]["id"]
    at_work = await desk.person(WORK["email"], "customer", name=WORK["name"])
    await say(desk, other["number"], at_work, "Written at work")
    item = await owned(desk, agent, admin, source)
    person = await call(desk, "GET", f"/contacts/{source}", agent)
    changes = {
        "version": person["version"],
        "tier": "vip",
        "notes": "Calls on Mondays.",
        "organization": "Sol",
    }
    await call(desk, "PATCH", f"/contacts/{source}", agent, changes)

    merged = await call(desk, "PUT", f"/contacts/{source}/merge", agent, {"into": target})

    assert (merged["id"], merged["tickets"], merged["email"]) == (target, 2, own["requester"]["email"])
    assert {one["value"] for one in merged["identities"]} == {own["requester"]["email"], WORK["email"]}
    assert (merged["tier"], merged["notes"], merged["organization"]["name"]) == (
        "vip",
        "Calls on Mondays.",
        "Sol",
    )
    assert [(one["id"], one["tickets"]) for one in merged["merged"]] == [(source, 1)]
    assert [one["id"] for one in await call(desk, "GET", f"/contacts/{target}/items", agent)] == [item["id"]]
    # The customer reads what they wrote under the other address, as theirs.
    assert await texts(desk, other["number"], customer) == [other["description"], "Written at work"]
    # The one that went leads on, is in no list, and takes no changes.
    gone = await call(desk, "GET", f"/contacts/{source}", agent)
    assert (gone["merged_into"], gone["tickets"], gone["identities"]) == (target, 0, [])
    listed = await call(desk, "GET", "/contacts?q=ana", agent)
    assert [one["id"] for one in listed["items"]] == [target]
    stale = {"version": gone["version"], "name": "Somebody"}
    assert await refused(desk, "PATCH", f"/contacts/{source}", agent, stale) == (409, "core.contact_merged")
    assert (await call(desk, "GET", f"/tickets?requester={target}", agent))["items"][0]["number"]
    assert await events(desk) == [
        {
            "contact": target, "contact_ref": desk.core.intake.contact_ref(UUID(target)),
            "from": source, "from_ref": desk.core.intake.contact_ref(UUID(source)),
            "undone": False, "tickets": [],
        }
    ]  # fmt: skip


@pytest.mark.req(21)
async def test_who_writes_from_an_address_of_the_merged_one_is_the_one_that_goes_on(
    desk: Desk, agent: Headers
) -> None:
    own, other = await two(desk, agent)
    source, target = other["requester"]["id"], own["requester"]["id"]
    await call(desk, "PUT", f"/contacts/{source}/merge", agent, {"into": target})
    for sender in (Sender(value=WORK["email"]), Sender(contact_id=UUID(source))):
        inbound = Inbound(channel="email", sender=sender, subject="New", text="Words", language="en")
        made = await desk.core.db.write(
            lambda conn, i=inbound: desk.core.intake.accept(conn, i, desk.clock.now())
        )
        assert str(made.row["requester_id"]) == target


@pytest.mark.req(21)
async def test_a_merge_of_contacts_is_taken_back_and_what_came_since_stays(
    desk: Desk, agent: Headers
) -> None:
    own, other = await two(desk, agent)
    source, target = other["requester"]["id"], own["requester"]["id"]
    person = await call(desk, "GET", f"/contacts/{source}", agent)
    changes = {
        "version": person["version"],
        "tier": "vip",
        "notes": "Calls on Mondays.",
        "organization": "Sol",
    }
    before = await call(desk, "PATCH", f"/contacts/{source}", agent, changes)
    merged = await call(desk, "PUT", f"/contacts/{source}/merge", agent, {"into": target})
    later = await desk.ticket(agent, requester=WORK)
    await call(
        desk, "PATCH", f"/contacts/{target}", agent, {"version": merged["version"], "notes": "Somebody wrote here."}
    )  # fmt: skip

    back = await call(desk, "DELETE", f"/contacts/{source}/merge", agent)

    same = ("name", "email", "identities", "tier", "notes", "organization", "tickets")
    assert {name: back[name] for name in same} == {name: before[name] for name in same}
    assert "merged_into" not in back
    kept = await call(desk, "GET", f"/contacts/{target}", agent)
    assert (kept["tier"], kept["organization"], kept["notes"]) == ("standard", None, "Somebody wrote here.")
    assert (kept["tickets"], kept["merged"]) == (2, [])
    assert (await call(desk, "GET", f"/tickets/{later['number']}", agent))["requester"]["id"] == target
    assert (await events(desk))[-1]["tickets"] == [other["id"]]
    assert await refused(desk, "DELETE", f"/contacts/{source}/merge", agent) == (
        409,
        "core.contact_not_merged",
    )
    rows = await desk.core.db.read(
        lambda conn: conn.execute(
            sa.select(audit.c.action).where(audit.c.subject == "contact", audit.c.subject_id == source)
        ).scalars().all()
    )  # fmt: skip
    assert list(rows)[-2:] == ["merged", "unmerged"]


@pytest.mark.req(21)
async def test_contacts_merge_in_a_line_not_in_a_circle_and_only_by_agents(
    desk: Desk, agent: Headers, light: Headers, customer: Headers
) -> None:
    own, other = await two(desk, agent)
    a, b = own["requester"]["id"], other["requester"]["id"]
    c = (await desk.ticket(agent, requester=BOB))["requester"]["id"]
    for nobody in (light, customer):
        assert (await refused(desk, "PUT", f"/contacts/{a}/merge", nobody, {"into": b}))[0] == 403
        assert (await refused(desk, "DELETE", f"/contacts/{a}/merge", nobody))[0] == 403
    assert await refused(desk, "PUT", f"/contacts/{a}/merge", agent, {"into": a}) == (
        422,
        "core.same_contact",
    )
    nowhere = "01a20172-39ad-7170-bedf-ed9f4e2eabb8"
    assert (await refused(desk, "PUT", f"/contacts/{a}/merge", agent, {"into": nowhere}))[0] == 404
    answers = await asyncio.gather(*(
        desk.http.put(f"/api/v1/contacts/{x}/merge", json={"into": y}, headers=agent)
        for x, y in ((a, b), (b, a), (a, b))
    ))  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    gone, here = (a, b) if "merged_into" in await call(desk, "GET", f"/contacts/{a}", agent) else (b, a)
    merged = await call(desk, "PUT", f"/contacts/{here}/merge", agent, {"into": c})
    assert merged["tickets"] == 3
    assert await refused(desk, "DELETE", f"/contacts/{gone}/merge", agent) == (409, "core.contact_merged")
    back = [await call(desk, "DELETE", f"/contacts/{one}/merge", agent) for one in (here, gone)]
    assert [one["tickets"] for one in back] == [2, 1]


async def test_whoever_was_signed_in_as_the_one_that_went_signs_in_anew(
    desk: Desk, agent: Headers, customer: Headers
) -> None:
    own, other = await two(desk, agent)
    made = await desk.person(WORK["email"], "customer", name=WORK["name"])
    assert made
    source, target = other["requester"]["id"], own["requester"]["id"]
    row = sa.text("SELECT epoch FROM contact WHERE email = :email")
    epoch = await desk.core.db.read(lambda conn: conn.execute(row, {"email": WORK["email"]}).scalar())
    await call(desk, "PUT", f"/contacts/{source}/merge", agent, {"into": target})
    after = await desk.core.db.read(
        lambda conn: conn.execute(sa.text("SELECT max(epoch) FROM contact")).scalar()
    )
    assert after == epoch + 1


@pytest.mark.req(136)
async def test_erasing_a_person_erases_every_contact_that_was_one_with_them(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    own, other = await two(desk, agent)
    source, target = other["requester"]["id"], own["requester"]["id"]
    person = await call(desk, "GET", f"/contacts/{source}", agent)
    await call(
        desk, "PATCH", f"/contacts/{source}", agent, {"version": person["version"], "notes": "Zanzibar"}
    )
    await call(desk, "PUT", f"/contacts/{source}/merge", agent, {"into": target})
    # Asked for by the old id: a link in somebody's notes must not leave half of them here.
    erased = await call(desk, "DELETE", f"/contacts/{source}", admin)
    assert erased["tickets"] == 2

    def unit(conn: sa.Connection) -> str:
        names = ("contact", "contact_merge", "contact_identity", "audit", "message", "ticket")
        return str([[tuple(r) for r in conn.execute(sa.text(f"SELECT * FROM {name}"))] for name in names])

    everything = (await desk.core.db.read(unit)).lower()
    for word in ("zanzibar", "ana.lopez", "lópez"):
        assert word not in everything
    query = sa.text("SELECT data FROM outbox WHERE type = 'core.contact.erased.v1'")
    told = str(await desk.core.db.read(lambda conn: conn.execute(query).scalars().all()))
    for one in (source, target):
        assert desk.core.intake.contact_ref(UUID(one)) in told
