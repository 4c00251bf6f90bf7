"""Signing in, staying in and getting out: sessions, links, tokens, forms of others, headers."""

import email
import email.policy
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from services.core.models import api_token, magic_link, session, staff
from tests.suite.conftest import Start, held
from tests.suite.rig import ADMIN, AGENT, CUSTOMER, Browser, Suite

COOKIE = "triaje-session"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(start: Start) -> AsyncIterator[Suite]:
    """A suite with limits of its own: a try to sign in counts."""
    async with held(start()) as suite:
        yield suite


def letters(desk: Suite) -> list[Path]:
    return sorted((desk.settings.data / "outbox").glob("*.eml"))


async def link_for(desk: Suite, address: str, browser: Browser) -> str:
    """The secret of a mailed link."""
    before = set(letters(desk))
    await browser.open("/sign-in")
    assert (await browser.send("/sign-in/link", {"email": address})).status_code == 200
    await desk.quiet()
    (letter,) = set(letters(desk)) - before
    text = email.message_from_bytes(letter.read_bytes(), policy=email.policy.default).get_content()
    found = re.search(r"token=(\S+)", text)
    assert found
    return found.group(1)


# -- S-27: sessions


@pytest.mark.hard("S-27")
async def test_a_session_gets_a_new_key_at_sign_in_and_ends_on_the_server(desk: Suite) -> None:
    async with desk.browser("10.1.0.1") as browser:
        planted = "x" * 43
        browser.http.cookies.set(COOKIE, planted)
        await browser.sign_in(AGENT)
        first = browser.http.cookies.get(COOKIE, domain="127.0.0.1") or ""
        assert first not in {"", planted}
        assert (await browser.open("/agent")).status_code == 200
        await browser.open("/agent")
        await browser.send("/sign-out", {})
        browser.http.cookies.clear()
        browser.http.cookies.set(COOKIE, first)
        again = await browser.open("/agent")
        assert (again.status_code, again.headers["location"].split("?")[0]) == (303, "/sign-in")
    hashes = await desk.rows("core", sa.select(session.c.hash, session.c.ended_at))
    assert all(len(row.hash) == 32 for row in hashes), "only hashes are stored"


@pytest.mark.hard("S-27")
async def test_signing_in_again_ends_the_session_before(desk: Suite) -> None:
    async with desk.browser("10.1.0.2") as browser:
        await browser.sign_in(CUSTOMER)
        old = browser.http.cookies.get(COOKIE, domain="127.0.0.1") or ""
        page = await browser.open("/requests")
        assert page.status_code == 200
        answer = await browser.send("/sign-in", {"email": AGENT, "password": "demo"})
        assert answer.status_code == 303
        async with desk.browser("10.1.0.2") as other:
            other.http.cookies.set(COOKIE, old)
            assert (await other.open("/requests")).status_code == 303


@pytest.mark.hard("S-33")
async def test_whoever_is_let_go_is_out_within_a_minute(desk: Suite) -> None:
    suite = desk
    await suite.colleague("gone@desk.test", "agent")
    cookie = await suite.core_session("gone@desk.test")
    heads = await suite.as_("gone@desk.test")
    async with suite.browser() as browser:
        browser.http.cookies.update(cookie)
        assert (await browser.open("/agent")).status_code == 200
        people = await suite.ok("GET", "/api/v1/staff", ADMIN)
        (them,) = [one for one in people if one["email"] == "gone@desk.test"]
        change = {"version": them["version"], "active": False}
        await suite.ok("PATCH", f"/api/v1/staff/{them['id']}", ADMIN, json=change)
        suite.clock.shift(timedelta(seconds=61))
        assert (await browser.open("/agent")).status_code == 303
    for path in ("/api/v1/tickets", "/api/v1/triage/models", "/api/v1/kb/index"):
        assert (await suite.http.get(path, headers=heads)).status_code == 401, path


# -- S-28: guessing


@pytest.mark.hard("S-28")
async def test_guessing_is_slowed_and_tells_nothing_about_who_has_an_account(desk: Suite) -> None:
    said = {}
    for address, who in (("10.2.0.1", "lead@demo.test"), ("10.2.0.2", "nobody-at-all@demo.test")):
        answers = []
        async with desk.browser(address) as browser:
            for _ in range(9):
                await browser.open("/sign-in")
                answer = await browser.send("/sign-in", {"email": who, "password": "wrong"})
                answers.append((answer.status_code, _words(answer.text, who)))
        said[who] = answers
    known, unknown = said.values()
    assert [status for status, _ in known] == [status for status, _ in unknown]
    assert [text for _, text in known] == [text for _, text in unknown], "the pages differ"
    statuses = [status for status, _ in known]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    async with desk.browser("10.2.0.3") as owner:
        await owner.sign_in("lead@demo.test")  # strangers at other addresses have not locked them out


def _words(page: str, who: str) -> str:
    """A page without what differs from one answer to the next anyway."""
    page = page.replace(who, "WHO")
    page = re.sub(r'(nonce|value|content|name="_csrf" value)="[^"]*"', "", page)
    return re.sub(r"[0-9a-f]{16,}|[\w-]{22,}", "", page)


# -- S-29, S-30: links


@pytest.mark.hard("S-29")
async def test_asking_for_links_floods_nobody_and_tells_nothing(desk: Suite) -> None:
    await desk.customer("flooded@example.test")
    before, pages = len(letters(desk)), []
    async with desk.browser("10.3.0.1") as browser:
        for who in [*["flooded@example.test"] * 8, "unknown@example.test", "not an address"]:
            await browser.open("/sign-in")
            answer = await browser.send("/sign-in/link", {"email": who})
            pages.append((answer.status_code, _words(answer.text, who)))
    await desk.quiet()
    assert len(letters(desk)) - before == 3, "three in an hour and no more"
    assert len(set(pages)) == 1, "the answer is the same, whoever asks for whom, and how often"


@pytest.mark.hard("S-30")
async def test_a_link_works_once_and_for_half_an_hour(desk: Suite) -> None:
    suite = desk
    async with suite.browser("10.4.0.1") as browser:
        await suite.customer("link@example.test")
        token = await link_for(suite, "link@example.test", browser)
        page = await browser.open(f"/sign-in/link?token={token}")
        assert page.headers["referrer-policy"] == "no-referrer"
        assert (await browser.open(f"/sign-in/link?token={token}")).status_code == 200, (
            "looking uses nothing up"
        )
        first = await browser.send("/sign-in/link/redeem", {"token": token})
        assert first.status_code == 303, first.text[:300]
        assert (await browser.open("/requests")).status_code == 200
    async with suite.browser("10.4.0.2") as thief:
        await thief.open("/sign-in")
        for wrong in (token, "", " ", "lnk_", "0", "null", token[:-1], token + "x", token.upper()):
            answer = await thief.send("/sign-in/link/redeem", {"token": wrong})
            assert answer.status_code == 401, repr(wrong)
        late = await link_for(suite, "link@example.test", thief)
        stored = await suite.rows(
            "core", sa.select(magic_link.c.hash, magic_link.c.expires_at, magic_link.c.created_at)
        )
        assert all(len(row.hash) == 32 for row in stored)
        assert all(row.expires_at - row.created_at <= timedelta(hours=24) for row in stored)
        assert len(late) >= 22 + 4, "at least 128 bits"
        suite.clock.shift(timedelta(minutes=31))
        await thief.open("/sign-in")
        assert (await thief.send("/sign-in/link/redeem", {"token": late})).status_code == 401


# -- S-32: forms of others


@pytest.mark.hard("S-32")
async def test_a_form_that_is_not_ours_changes_nothing(desk: Suite) -> None:
    made = await desk.ticket(CUSTOMER)
    await desk.decided(made["number"])
    path, body = f"/requests/{made['number']}/messages", {"body": "Forged words"}
    async with desk.browser("10.5.0.1") as victim, desk.browser("10.5.0.2") as other:
        await other.open("/sign-in")
        await victim.open("/sign-in")
        early = victim.csrf
        await victim.sign_in(CUSTOMER)
        await victim.open("/requests/new")
        good = victim.csrf
        attempts: list[tuple[str, dict[str, str]]] = [
            ("", {}), ("nonsense", {}), (other.csrf, {}), (early, {}),
            (good, {"Origin": "https://evil.test"}), (good, {"Origin": "null"}), (good, {"Referer": "https://evil.test/x"}),
            (good, {"Sec-Fetch-Site": "cross-site"}), (good, {"Origin": "http://127.0.0.1:8000.evil.test"}),
        ]  # fmt: skip
        for token, heads in attempts:
            answer = await victim.http.post(path, data={**body, "_csrf": token}, headers=heads)
            assert answer.status_code == 403, (token, heads, answer.status_code)
        assert not [e for e in await desk.timeline(made["number"]) if e["body_text"] == "Forged words"]
        assert (await victim.send(path, body)).status_code == 303, "the same form from our page is taken"


@pytest.mark.hard("S-32")
async def test_nobody_is_signed_in_or_out_by_a_foreign_form(desk: Suite) -> None:
    async with desk.browser("10.5.0.3") as victim:
        answer = await victim.http.post("/sign-in", data={"email": AGENT, "password": "demo"})
        assert answer.status_code == 403
        assert COOKIE not in answer.headers.get("set-cookie", "")
        await victim.sign_in(CUSTOMER)
        assert (await victim.http.post("/sign-out", data={})).status_code == 403
        assert (await victim.open("/requests")).status_code == 200


@pytest.mark.hard("S-32")
async def test_the_api_takes_no_cookie(desk: Suite) -> None:
    async with desk.browser("10.5.0.4") as agent:
        await agent.sign_in(AGENT)
        for path in ("/api/v1/me", "/api/v1/tickets", "/api/v1/triage/models"):
            assert (await agent.http.get(path)).status_code == 401, path
        made = await agent.http.post("/api/v1/tickets", json={"subject": "x", "body": "x"})
        assert made.status_code == 401


@pytest.mark.hard("S-32")
async def test_reading_pages_writes_nothing(desk: Suite) -> None:
    suite = desk
    made = await suite.ticket(CUSTOMER)
    await suite.decided(made["number"])
    number = made["number"]
    async with suite.browser() as browser:
        await browser.sign_in(ADMIN)
        await suite.quiet()
        before = await suite.counts()
        paths = [
            "/", "/help/search?q=card", "/requests", "/requests/new", f"/requests/{number}", "/agent", "/agent/queue",
            f"/agent/tickets/{number}", f"/agent/tickets/{number}/fresh", "/admin", "/admin/models", "/admin/people",
            "/admin/dead-letters", "/admin/categories", "/admin/articles", "/sign-in", f"/t/{number}", "/sign-out",
            "/admin/models/promote", "/admin/models/rollback", f"/requests/{number}/closure",
        ]  # fmt: skip
        for path in paths:
            answer = await browser.open(path)
            assert answer.status_code < 500, f"{path}: {answer.status_code}"
        await suite.quiet()
        assert await suite.counts() == before
    assert (await suite.read(number))["version"] == made["version"]


# -- S-33: API tokens


@pytest.mark.hard("S-33")
async def test_a_token_is_shown_once_kept_as_a_hash_scoped_and_revocable(desk: Suite) -> None:
    suite = desk
    body = {"name": "reader", "scopes": ["tickets:read"]}
    issued = await suite.ok("POST", "/api/v1/tokens", ADMIN, json=body)
    secret, heads = issued["secret"], {"Authorization": f"Bearer {issued['secret']}"}
    assert secret.startswith("trj_")
    assert len(secret) >= 22 + 4
    listed = await suite.call("GET", "/api/v1/tokens", ADMIN)
    assert secret not in listed.text
    rows = await suite.rows("core", sa.select(api_token))
    assert secret not in str(rows)
    for name in ("core", "triage", "kb"):
        raw = (suite.settings.data / f"{name}.db").read_bytes()
        raw += (suite.settings.data / f"{name}.db-wal").read_bytes()
        assert secret.encode() not in raw, f"{name} keeps the secret"
    assert (await suite.http.get("/api/v1/tickets", headers=heads)).status_code == 200
    assert (
        await suite.http.post("/api/v1/tickets", json={"subject": "x", "body": "x"}, headers=heads)
    ).status_code == 403
    for path in ("/api/v1/triage/models", "/api/v1/kb/index", "/api/v1/jobs"):
        assert (await suite.http.get(path, headers=heads)).status_code == 403, path
    await suite.ok("DELETE", f"/api/v1/tokens/{issued['token']['id']}", ADMIN)
    suite.clock.shift(timedelta(seconds=31))
    for path in ("/api/v1/tickets", "/api/v1/triage/models", "/api/v1/kb/index"):
        assert (await suite.http.get(path, headers=heads)).status_code == 401, path


@pytest.mark.hard("S-33")
async def test_a_token_ends_on_its_day(desk: Suite) -> None:
    suite = desk
    body = {"name": "short", "scopes": ["tickets:read"], "days": 1}
    issued = await suite.ok("POST", "/api/v1/tokens", ADMIN, json=body)
    heads = {"Authorization": f"Bearer {issued['secret']}"}
    assert (await suite.http.get("/api/v1/tickets", headers=heads)).status_code == 200
    suite.clock.shift(timedelta(days=1, minutes=1))
    assert (await suite.http.get("/api/v1/tickets", headers=heads)).status_code == 401


@pytest.mark.hard("S-33")
async def test_passwords_are_argon2_and_never_leave(desk: Suite) -> None:
    rows = await desk.rows("core", sa.select(staff.c.password_hash).where(staff.c.password_hash.is_not(None)))
    assert rows
    assert all(row.password_hash.startswith("$argon2id$") for row in rows)
    for path in ("/api/v1/staff", "/api/v1/contacts", "/api/v1/me", "/api/v1/audit"):
        assert "argon2" not in (await desk.call("GET", path, ADMIN)).text, path


# -- S-45: headers

PAGES = ("/", "/requests/new", "/sign-in", "/no-such-page", "/help/search?q=card", "/api/docs")
CALLS = ("/api/v1/kb/search?q=card", "/api/v1/tickets", "/api/v1/nothing", "/.well-known/jwks.json", "/api/docs/openapi.json",  # noqa: E501
         "/internal/events", "/health/ready", "/metrics")  # fmt: skip


@pytest.mark.req(135)
@pytest.mark.hard("S-45")
async def test_every_answer_carries_the_headers_that_protect_it(start: Start) -> None:
    async with start(url="https://desk.example.test") as suite, suite.browser() as browser:
        for path in (*PAGES, *CALLS):
            answer = await browser.http.get(path)
            _protected(path, answer.headers)
        signed = await browser.sign_in(AGENT)
        cookies = signed.headers.get_list("set-cookie")
        (kept,) = [cookie for cookie in cookies if "triaje-session=" in cookie]
        assert kept.startswith("__Host-triaje-session=")
        attributes = {part.strip().lower() for part in kept.split(";")}
        assert {"secure", "httponly", "path=/"} <= attributes
        assert attributes & {"samesite=lax", "samesite=strict"}
        assert not any(part.startswith("domain") for part in attributes)
        for path in ("/agent", "/admin/models"):
            _protected(path, (await browser.http.get(path)).headers)


def _protected(path: str, headers: Any) -> None:
    assert headers["x-content-type-options"] == "nosniff", path
    assert headers["strict-transport-security"], path
    assert headers["referrer-policy"], path
    assert "no-store" in headers["cache-control"], path
    csp = headers["content-security-policy"]
    assert "default-src 'none'" in csp, path
    assert "frame-ancestors" in csp, path
    assert "unsafe-inline" not in csp, path
    assert "unsafe-eval" not in csp, path
    assert "server" not in headers, path
