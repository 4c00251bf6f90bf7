"""Signing in: sessions, links, tokens, and those who try too often."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.common.http.tokens import Verifier
from services.common.jobs import JobContext
from services.core.identity.magic import send_magic_link
from services.core.models import api_token, magic_link, session
from tests.service.core.conftest import PASSWORD, Desk

Headers = dict[str, str]


async def sign_in(desk: Desk, email: str, password: str = PASSWORD, address: str = "10.0.0.1") -> Any:
    body = {"email": email, "password": password, "address": address}
    return await desk.http.post("/internal/sessions", json=body, headers=desk.as_service("portal"))


async def renew(desk: Desk, handle: str) -> Any:
    return await desk.http.post(f"/internal/sessions/{handle}/token", headers=desk.as_service("portal"))


@pytest.mark.hard("S-27")
async def test_a_password_opens_a_session_whose_token_core_and_others_believe(desk: Desk) -> None:
    await desk.person("grace@desk.test", "agent", name="Grace", password=True)
    answer = await sign_in(desk, " Grace@Desk.test ")
    assert answer.status_code == 201
    opened = answer.json()
    assert opened["actor"]["roles"] == ["agent"]
    me = await desk.http.get("/api/v1/me", headers={"Authorization": f"Bearer {opened['token']}"})
    assert me.json()["email"] == "grace@desk.test"

    async def keys() -> dict[str, Any]:
        found: dict[str, Any] = (await desk.http.get("/.well-known/jwks.json")).json()
        return found

    async def nobody(token: str) -> Any:
        raise AssertionError

    actor = await Verifier(desk.core.rt.tokens, desk.clock, keys, nobody).verify(opened["token"])
    assert (actor.email, actor.roles) == ("grace@desk.test", ("agent",))


@pytest.mark.hard("S-27")
async def test_every_sign_in_makes_a_new_session_and_signing_out_kills_it_on_the_server(desk: Desk) -> None:
    await desk.person("grace@desk.test", "agent", password=True)
    first, second = (
        (await sign_in(desk, "grace@desk.test")).json(),
        (await sign_in(desk, "grace@desk.test")).json(),
    )
    assert first["handle"] != second["handle"]
    assert (await renew(desk, first["handle"])).status_code == 200
    gone = await desk.http.delete(f"/internal/sessions/{first['handle']}", headers=desk.as_service("portal"))
    assert gone.status_code == 204
    assert (await renew(desk, first["handle"])).status_code == 401
    assert (await renew(desk, second["handle"])).status_code == 200
    assert (await renew(desk, "ses_guessed")).status_code == 401


@pytest.mark.hard("S-33")
async def test_a_token_lives_a_minute_and_a_person_who_left_is_out_within_it(
    desk: Desk, admin: Headers
) -> None:
    await desk.person("grace@desk.test", "agent", password=True)
    opened = (await sign_in(desk, "grace@desk.test")).json()
    staff = next(
        s
        for s in (await desk.http.get("/api/v1/staff", headers=admin)).json()
        if s["email"].startswith("grace")
    )
    left = {"version": staff["version"], "active": False}
    assert (
        await desk.http.patch(f"/api/v1/staff/{staff['id']}", json=left, headers=admin)
    ).status_code == 200
    assert (await renew(desk, opened["handle"])).status_code == 401
    desk.clock.advance(timedelta(seconds=61))
    answer = await desk.http.get("/api/v1/me", headers={"Authorization": f"Bearer {opened['token']}"})
    assert answer.status_code == 401
    assert (await sign_in(desk, "grace@desk.test")).status_code == 401


@pytest.mark.hard("S-27")
async def test_a_change_of_roles_or_password_ends_sessions(desk: Desk, admin: Headers) -> None:
    await desk.person("grace@desk.test", "agent", password=True)
    opened = (await sign_in(desk, "grace@desk.test")).json()
    staff = next(
        s
        for s in (await desk.http.get("/api/v1/staff", headers=admin)).json()
        if s["email"].startswith("grace")
    )
    await desk.http.patch(
        f"/api/v1/staff/{staff['id']}", json={"version": staff["version"], "roles": ["lead"]}, headers=admin
    )
    assert (await renew(desk, opened["handle"])).status_code == 401
    opened = (await sign_in(desk, "grace@desk.test")).json()
    own = {"Authorization": f"Bearer {opened['token']}"}
    wrong = {"password": "another good one 7", "current_password": "guess"}
    assert (await desk.http.patch("/api/v1/me", json=wrong, headers=own)).status_code == 422
    weak = {"password": "short", "current_password": PASSWORD}
    assert (await desk.http.patch("/api/v1/me", json=weak, headers=own)).status_code == 422
    good = {"password": "another good one 7", "current_password": PASSWORD}
    assert (await desk.http.patch("/api/v1/me", json=good, headers=own)).status_code == 200
    assert (await renew(desk, opened["handle"])).status_code == 401
    assert (await sign_in(desk, "grace@desk.test")).status_code == 401
    assert (await sign_in(desk, "grace@desk.test", "another good one 7")).status_code == 201


async def test_a_session_ends_by_itself(desk: Desk) -> None:
    await desk.person("grace@desk.test", "agent", password=True)
    opened = (await sign_in(desk, "grace@desk.test")).json()
    desk.clock.advance(timedelta(days=15))
    assert (await renew(desk, opened["handle"])).status_code == 401


@pytest.mark.hard("S-28")
async def test_the_answer_is_the_same_whether_the_account_exists_or_not(desk: Desk) -> None:
    await desk.person("grace@desk.test", "agent", password=True)
    await desk.person("ana@example.com", "customer")
    answers = [
        await sign_in(desk, email, password, address=f"10.1.0.{place}")
        for place, (email, password) in enumerate(
            [("grace@desk.test", "wrong"), ("nobody@desk.test", "wrong"), ("ana@example.com", ""), ("nonsense", "x"),
             ("grace@desk.test", "x" * 100_000), ("grace@desk.test", "")]
        )
    ]  # fmt: skip
    seen = {
        json.dumps({k: v for k, v in a.json().items() if k != "instance"}, sort_keys=True) for a in answers
    }
    assert {a.status_code for a in answers} == {401}
    assert len(seen) == 1


@pytest.mark.hard("S-28")
async def test_guessing_is_limited_per_pair_without_locking_the_owner_out(desk: Desk) -> None:
    await desk.person("grace@desk.test", "agent", password=True)
    assert (await sign_in(desk, "grace@desk.test", address="192.0.2.1")).status_code == 201
    burst = await asyncio.gather(
        *[sign_in(desk, "grace@desk.test", f"guess {n}", "203.0.113.9") for n in range(20)]
    )
    codes = [answer.status_code for answer in burst]
    assert codes.count(401) == 6
    assert codes.count(429) == 14
    limited = await sign_in(desk, "grace@desk.test", PASSWORD, "203.0.113.9")
    assert limited.status_code == 429
    assert int(limited.headers["Retry-After"]) > 0
    unknown = await asyncio.gather(*[sign_in(desk, "nobody@desk.test", "x", "203.0.113.9") for n in range(8)])
    assert [a.status_code for a in unknown].count(429) == 2
    assert (await sign_in(desk, "grace@desk.test", address="192.0.2.1")).status_code == 201


@pytest.mark.hard("S-28")
async def test_many_addresses_at_one_account_are_limited_but_not_where_its_owner_signs_in(desk: Desk) -> None:
    await desk.person("grace@desk.test", "agent", password=True)
    assert (await sign_in(desk, "grace@desk.test", address="192.0.2.1")).status_code == 201
    for start in range(0, 70, 10):
        answers = await asyncio.gather(
            *[sign_in(desk, "grace@desk.test", "guess", f"198.51.100.{start + n}") for n in range(10)]
        )
    assert {answer.status_code for answer in answers} == {429}
    assert (await sign_in(desk, "grace@desk.test", address="192.0.2.1")).status_code == 201


async def run_jobs(desk: Desk, email: str) -> None:
    """What the worker does with the request for a link."""
    context = JobContext(desk.core, desk.core.db, desk.clock, None, 1, None)  # type: ignore[arg-type]
    await send_magic_link(context, {"email": email, "locale": "en"})


def outbox(desk: Desk) -> list[str]:
    folder = Path(desk.core.rt.settings.data) / "outbox"
    return [path.read_bytes().decode() for path in sorted(folder.glob("*.eml"))] if folder.exists() else []


def link_in(mail: str) -> str:
    from email import message_from_string, policy

    text = message_from_string(mail, policy=policy.default).get_content()
    return text.split("token=")[1].split()[0]


async def redeem(desk: Desk, token: str) -> Any:
    return await desk.http.post(
        "/internal/magic-links/redeem", json={"token": token}, headers=desk.as_service("portal")
    )


@pytest.mark.hard("S-30")
async def test_a_link_signs_in_once_and_is_stored_only_as_a_hash(desk: Desk, customer: Headers) -> None:
    await run_jobs(desk, "ana@example.com")
    token = link_in(outbox(desk)[0])
    stored = await desk.core.db.read(lambda conn: conn.execute(sa.select(magic_link)).mappings().all())
    assert token not in str(stored)
    assert len(token) > 40
    opened = await redeem(desk, token)
    assert (opened.status_code, opened.json()["actor"]["kind"]) == (201, "contact")
    assert (await redeem(desk, token)).status_code == 401


@pytest.mark.hard("S-30")
async def test_a_link_is_used_by_one_of_two_who_come_at_once(desk: Desk, customer: Headers) -> None:
    await run_jobs(desk, "ana@example.com")
    token = link_in(outbox(desk)[0])
    answers = await asyncio.gather(*[redeem(desk, token) for _ in range(5)])
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401, 401]


@pytest.mark.hard("S-30")
async def test_an_old_empty_or_made_up_link_opens_nothing(desk: Desk, customer: Headers) -> None:
    await run_jobs(desk, "ana@example.com")
    token = link_in(outbox(desk)[0])
    for wrong in ("", "lnk_", token[:-1], token + "x", "null"):
        assert (await redeem(desk, wrong)).status_code == 401
    desk.clock.advance(timedelta(minutes=31))
    assert (await redeem(desk, token)).status_code == 401


@pytest.mark.hard("S-29")
async def test_asking_for_links_tells_nothing_and_floods_nobody(desk: Desk, customer: Headers) -> None:
    answers = []
    for email in ["ana@example.com"] * 10 + ["nobody@example.com", "nonsense"]:
        body = {"email": email, "address": "192.0.2.7"}
        answers.append(
            await desk.http.post("/internal/magic-links", json=body, headers=desk.as_service("portal"))
        )
    assert {(a.status_code, a.text) for a in answers} == {(202, '{"sent":true}')}
    from services.common.jobs import list_jobs

    jobs = await list_jobs(desk.core.db, name="send_magic_link")
    assert len(jobs) == 4  # three for Ana, and one for who has no account
    await run_jobs(desk, "nobody@example.com")
    assert outbox(desk) == []


@pytest.mark.hard("S-33")
async def test_api_tokens_are_shown_once_hashed_listed_without_secret_and_revoked(
    desk: Desk, admin: Headers
) -> None:
    made = await desk.http.post(
        "/api/v1/tokens", json={"name": "CRM", "scopes": ["tickets:read"]}, headers=admin
    )
    secret, token = made.json()["secret"], made.json()["token"]
    assert secret.startswith("trj_")
    assert len(secret) > 40
    stored = await desk.core.db.read(lambda conn: conn.execute(sa.select(api_token)).mappings().all())
    assert secret not in str(stored)
    listed = await desk.http.get("/api/v1/tokens", headers=admin)
    assert secret not in listed.text
    client = {"Authorization": f"Bearer {secret}"}
    assert (await desk.http.get("/api/v1/tickets", headers=client)).status_code == 200
    assert (await desk.http.get("/api/v1/me", headers=client)).json()["name"] == "CRM"
    assert (await desk.http.delete(f"/api/v1/tokens/{token['id']}", headers=admin)).json()["revoked_at"]
    answer = await desk.http.post(
        "/internal/tokens/introspect", json={"token": secret}, headers=desk.as_service()
    )
    assert answer.json()["active"] is False
    desk.clock.advance(timedelta(seconds=31))
    assert (await desk.http.get("/api/v1/tickets", headers=client)).status_code == 401


async def test_a_token_needs_a_name_and_scopes_that_exist(desk: Desk, admin: Headers) -> None:
    for body in (
        {"name": "", "scopes": ["admin"]},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["root"]},
        {"name": "x", "scopes": ["admin"], "days": 0},
    ):
        assert (await desk.http.post("/api/v1/tokens", json=body, headers=admin)).status_code == 422


async def test_a_token_with_days_expires(desk: Desk, admin: Headers) -> None:
    made = await desk.http.post(
        "/api/v1/tokens", json={"name": "x", "scopes": ["tickets:read"], "days": 1}, headers=admin
    )
    client = {"Authorization": f"Bearer {made.json()['secret']}"}
    assert (await desk.http.get("/api/v1/tickets", headers=client)).status_code == 200
    desk.clock.advance(timedelta(days=1, seconds=31))
    assert (await desk.http.get("/api/v1/tickets", headers=client)).status_code == 401


@pytest.mark.hard("S-27")
async def test_handles_are_stored_as_hashes(desk: Desk) -> None:
    await desk.person("grace@desk.test", "agent", password=True)
    handle = (await sign_in(desk, "grace@desk.test")).json()["handle"]
    stored = await desk.core.db.read(lambda conn: conn.execute(sa.select(session)).mappings().all())
    assert len(stored) == 1
    assert handle not in str(stored)


INSIDE = (
    ("POST", "sessions"),
    ("GET", "training-examples"),
    ("GET", "snapshot/taxonomy"),
    ("POST", "tokens/introspect"),
)


async def test_internal_routes_are_not_there_for_anyone_but_services(desk: Desk, admin: Headers) -> None:
    for headers in ({}, admin, await desk.api_token("admin")):
        for method, path in INSIDE:
            answer = await desk.http.request(method, f"/internal/{path}", json={}, headers=headers)
            assert answer.status_code == 404
