"""Erasing a person leaves nothing that tells who they were or what they wrote; their data can be handed out before."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from tests.service.core.conftest import Desk

CANARIES = ("Wilhelmina", "canary-person", "zanzibar", "QX-77-CANARY", "sesame.pdf")


async def planted(desk: Desk, agent: dict[str, str], customer: dict[str, str]) -> dict[str, Any]:
    """A conversation with a customer whose every word can be recognised, on each path that keeps words."""
    file = await desk.http.post(
        "/api/v1/uploads?filename=sesame.pdf", content=b"%PDF-1.4 zanzibar", headers=customer
    )
    assert file.status_code == 201, file.text
    made = await desk.http.post(
        "/api/v1/tickets",
        headers={**customer, "Idempotency-Key": "once"},
        json={
            "subject": "My card QX-77-CANARY is in zanzibar",
            "body": "I am Wilhelmina and lost it in zanzibar.",
            "attachments": [file.json()["id"]],
        },
    )
    assert made.status_code == 201, made.text
    ticket: dict[str, Any] = made.json()
    path = f"/api/v1/tickets/{ticket['number']}"
    for who, kind, body in (
        (agent, "reply", "Dear Wilhelmina, where in zanzibar?"),
        (agent, "note", "Wilhelmina called about QX-77-CANARY."),
        (customer, "reply", "At the zanzibar harbour."),
    ):
        said = await desk.http.post(f"{path}/messages", headers=who, json={"kind": kind, "body": body})
        assert said.status_code == 201, said.text
    kept = await desk.http.put(
        f"{path}/draft", headers=agent, json={"kind": "reply", "body": "Wilhelmina, about zanzibar"}
    )
    assert kept.status_code < 300, kept.text
    now = (await desk.http.get(path, headers=agent)).json()
    changed = await desk.http.patch(
        path, headers=agent, json={"version": now["version"], "subject": "Lost card of Wilhelmina"}
    )
    assert changed.status_code == 200, changed.text
    return ticket


async def found(desk: Desk) -> dict[str, set[str]]:
    """Which canaries stand in which tables, in any column."""

    def unit(conn: sa.Connection) -> dict[str, set[str]]:
        seen: dict[str, set[str]] = {}
        for name in sa.inspect(conn).get_table_names():
            for row in conn.execute(sa.text(f'SELECT * FROM "{name}"')):
                text = " ".join(
                    bytes(value).decode("utf-8", "replace")
                    if isinstance(value, (bytes, memoryview))
                    else str(value)
                    for value in row
                )
                hits = {canary for canary in CANARIES if canary.lower() in text.lower()}
                if hits:
                    seen.setdefault(name, set()).update(hits)
        return seen

    return await desk.core.db.read(unit)


@pytest.mark.req(136)
async def test_an_erased_person_is_in_no_row_and_no_file(
    desk: Desk, agent: dict[str, str], admin: dict[str, str]
) -> None:
    customer = await desk.person("canary-person@example.com", "customer", name="Wilhelmina Oyelaran")
    ticket = await planted(desk, agent, customer)
    assert set().union(*(await found(desk)).values()) == set(CANARIES)
    contact = ticket["requester"]["id"]
    kept = list(desk.core.files.folder.rglob("*"))
    assert any(path.is_file() for path in kept)

    erased = await desk.http.delete(f"/api/v1/contacts/{contact}", headers=admin)
    assert erased.status_code == 200, erased.text
    assert erased.json()["tickets"] == 1
    assert erased.json()["messages"] == 4

    assert await found(desk) == {}
    assert not [path for path in desk.core.files.folder.rglob("*") if path.is_file()]
    shown = (await desk.http.get(f"/api/v1/tickets/{ticket['number']}", headers=agent)).json()
    assert shown["requester"]["name"] == "[erased]"
    assert (await desk.http.get("/api/v1/tickets", headers=customer)).status_code in {401, 200}


@pytest.mark.req(136)
async def test_the_others_hear_of_it_under_the_pseudonym_only(
    desk: Desk, agent: dict[str, str], admin: dict[str, str]
) -> None:
    ticket = await desk.ticket(agent)
    contact = ticket["requester"]["id"]
    assert (await desk.http.delete(f"/api/v1/contacts/{contact}", headers=admin)).status_code == 200
    rows = await desk.core.db.read(
        lambda conn: conn.execute(
            sa.text("SELECT data FROM outbox WHERE type = 'core.contact.erased.v1'")
        ).all()
    )
    assert len(rows) == 1
    assert desk.core.intake.contact_ref(UUID(contact)) in str(rows[0][0])


@pytest.mark.req(136)
async def test_erasing_is_for_admins_and_twice_is_no_error(
    desk: Desk, agent: dict[str, str], lead: dict[str, str], admin: dict[str, str]
) -> None:
    contact = (await desk.ticket(agent))["requester"]["id"]
    for who in (agent, lead):
        assert (await desk.http.delete(f"/api/v1/contacts/{contact}", headers=who)).status_code == 403
        assert (await desk.http.get(f"/api/v1/contacts/{contact}/export", headers=who)).status_code == 403
    for _ in range(2):
        assert (await desk.http.delete(f"/api/v1/contacts/{contact}", headers=admin)).status_code == 200
    gone = "01890000-0000-7000-8000-000000000000"
    assert (await desk.http.delete(f"/api/v1/contacts/{gone}", headers=admin)).status_code == 404


@pytest.mark.req(136)
async def test_a_person_gets_what_was_said_to_each_other_and_no_notes(
    desk: Desk, agent: dict[str, str], admin: dict[str, str]
) -> None:
    customer = await desk.person("canary-person@example.com", "customer", name="Wilhelmina Oyelaran")
    ticket = await planted(desk, agent, customer)
    given = await desk.http.get(f"/api/v1/contacts/{ticket['requester']['id']}/export", headers=admin)
    assert given.status_code == 200, given.text
    data = given.json()
    assert data["contact"]["email"] == "canary-person@example.com"
    (shown,) = data["tickets"]
    assert [message["text"] for message in shown["messages"]] == [
        "I am Wilhelmina and lost it in zanzibar.",
        "Dear Wilhelmina, where in zanzibar?",
        "At the zanzibar harbour.",
    ]
    assert shown["messages"][0]["attachments"][0]["name"] == "sesame.pdf"


async def test_a_new_ticket_of_the_same_address_is_a_new_person(
    desk: Desk, agent: dict[str, str], admin: dict[str, str]
) -> None:
    first = (await desk.ticket(agent))["requester"]["id"]
    await desk.http.delete(f"/api/v1/contacts/{first}", headers=admin)
    second = (await desk.ticket(agent))["requester"]["id"]
    assert second != first
