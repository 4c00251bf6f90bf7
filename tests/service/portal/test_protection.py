"""Forms, sessions and headers: what stands between a person's browser and everybody else's pages."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from services.common.settings import Settings
from services.portal.web.security import Guard, policy, safe_next
from services.portal.web.viewer import Flash
from tests.service.portal.fakes import PASSWORD
from tests.service.portal.rig import SECRET, Rig, browser
from tests.service.portal.rig import rig as running

WRITES = [
    "/sign-in",
    "/sign-in/link",
    "/sign-in/link/redeem",
    "/sign-out",
    "/preferences",
    "/help/feedback",
    "/requests/new",
    "/requests/suggestions",
    "/requests/answers",
    "/requests/solved",
    "/requests/questions",
    "/requests/1042/details",
    "/agent/tickets/new",
    "/agent/tickets/1042/details",
    "/agent/tickets/1042/details/question",
    "/agent/tickets/1042/details/customer",
    "/admin/forms/field",
    "/admin/forms/form",
    "/admin/forms/template",
    "/admin/articles/discard",
    "/admin/articles/keep",
    "/admin/articles/media",
    "/admin/articles/review",
    "/admin/brand",
    "/admin/models/incidents/problem",
    "/admin/notices",
    "/admin/sections",
    "/admin/sections/move",
    "/agent/macros",
    "/agent/macros/x/key",
    "/agent/macros/x/use",
    "/agent/notifications/browsers",
    "/agent/notifications/browsers/forget",
    "/agent/tickets/1042/advice/refusal",
    "/agent/tickets/1042/links-revoked",
    "/notices/01a20172-39ad-7170-bedf-ed9f4e2eabb8/affected",
    "/notices/mail/x",
    "/status/x/end",
    "/status/x/messages",
    "/requests/1042/messages",
    "/requests/1042/closure",
    "/agent/tickets/1042/messages",
    "/agent/tickets/1042/fields",
    "/agent/tickets/1042/prediction",
    "/agent/drafts/x/refusal",
    "/agent/views",
    "/agent/tickets/1042/draft",
    "/agent/tickets/1042/presence",
    "/agent/tickets/1042/followers",
    "/agent/tickets/1042/macros",
    "/agent/batch",
    "/agent/batches/undo",
    "/agent/tickets/1042/together",
    "/agent/tickets/1042/incident-replies",
    "/admin/models/trainings",
    "/admin/models/promote",
    "/admin/models/rollback",
    "/admin/models/recalibrate",
    "/admin/models/promise",
    "/admin/models/rules",
    "/admin/models/incidents/dismiss",
    "/admin/articles/save",
    "/admin/articles/restore",
    "/admin/gaps/search",
    "/admin/gaps/draft",
    "/admin/categories",
    "/admin/people",
    "/admin/dead-letters/retry",
    "/admin/outbox/retry",
    "/admin/time/calendar",
    "/admin/time/policy",
    "/admin/automation/rule",
    "/admin/automation/lifecycle",
    "/agent/notifications/read",
    "/agent/notifications/choices",
    "/follow-up/x/answer",
    "/rating/x/answer",
    "/requests/1042/rating",
    "/agent/tickets/1042/resolution",
    "/admin/statuses",
    "/agent/tickets/1042/beside",
    "/agent/contacts/x/save",
    "/agent/contacts/x/merge",
    "/admin/products",
    "/admin/articles/links",
    "/admin/articles/preview",
    "/admin/models/trainings/cancel",
    "/agent/tickets/1042/article",
    "/agent/tickets/1042/article-link",
    "/agent/tickets/1042/shares",
    "/community/new",
    "/community/01a20172-39ad-7170-bedf-ed9f4e2eabb8/answers",
    "/community/01a20172-39ad-7170-bedf-ed9f4e2eabb8/act",
    "/admin/community",
    "/admin/community/ticket",
]


@pytest.mark.hard("S-32")
def test_the_list_of_writes_is_complete(rig: Rig) -> None:
    posts = {route.path for route in rig.service.app.routes if "POST" in getattr(route, "methods", ())}
    known = {re.sub(r"/(1042|x|[0-9a-f-]{36})(?=/|$)", "/*", path) for path in WRITES}
    elsewhere = ("/internal", "/widget/api/")  # bearer tokens; a list of sites, see test_widget
    ours = {re.sub(r"\{[^}]+\}", "*", path) for path in posts if not path.startswith(elsewhere)}
    assert sorted(ours - known) == []


@pytest.mark.hard("S-32")
@pytest.mark.parametrize("path", WRITES)
async def test_a_form_without_its_token_is_refused(admin: Rig, path: str) -> None:
    answer = await admin.http.post(path, data={"body": "x"})
    assert answer.status_code == 403
    assert admin.core.posted == []


@pytest.mark.hard("S-32")
async def test_a_token_of_another_browser_is_refused(customer: Rig) -> None:
    other = customer.another_browser()
    page = await other.get("/sign-in")
    stolen = re.search(r'name="_csrf" value="([^"]+)"', page.text)
    assert stolen
    answer = await customer.http.post("/requests/1042/messages", data={"_csrf": stolen.group(1), "body": "x"})
    assert answer.status_code == 403


@pytest.mark.hard("S-32")
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/page"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://127.0.0.1:8000.evil.example"},
    ],
)
async def test_a_form_from_another_site_is_refused_even_with_a_good_token(
    customer: Rig, headers: dict[str, str]
) -> None:
    token = await customer.csrf("/requests/new")
    answer = await customer.http.post(
        "/requests/1042/messages", data={"_csrf": token, "body": "x"}, headers=headers
    )
    assert answer.status_code == 403
    assert customer.core.posted == []


@pytest.mark.hard("S-32")
async def test_our_own_origin_is_taken(customer: Rig) -> None:
    token = await customer.csrf("/requests/new")
    answer = await customer.http.post(
        "/requests/1042/messages",
        data={"_csrf": token, "body": "hello"},
        headers={"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 303
    assert customer.core.posted[0][1].body == "hello"


@pytest.mark.hard("S-32")
async def test_signing_in_needs_a_token_too_so_nobody_is_signed_in_as_somebody_else(rig: Rig) -> None:
    answer = await rig.http.post("/sign-in", data={"email": "ana@example.org", "password": PASSWORD})
    assert answer.status_code == 403
    assert rig.core.sessions == {}


@pytest.mark.hard("S-32")
async def test_a_mailed_link_signs_in_by_a_button_and_not_by_being_opened(rig: Rig) -> None:
    await rig.http.get("/sign-in/link?token=good-link")
    assert rig.core.sessions == {}
    answer = await rig.post("/sign-in/link/redeem", {"token": "good-link"})
    assert answer.headers["location"] == "/requests"
    again = await rig.another_browser().get("/sign-in/link?token=good-link")
    assert again.status_code == 200


@pytest.mark.hard("S-27")
async def test_the_session_key_changes_when_somebody_signs_in(rig: Rig) -> None:
    rig.http.cookies.set("triaje-session", "chosen-by-an-attacker-000000", domain="127.0.0.1", path="/")
    await rig.sign_in()
    first = rig.http.cookies["triaje-session"]
    assert first != "chosen-by-an-attacker-000000"
    await rig.sign_in("luis@example.org")
    assert rig.http.cookies["triaje-session"] != first
    rig.http.cookies.set("triaje-session", first, domain="127.0.0.1", path="/")
    assert (await rig.http.get("/requests")).headers["location"].startswith("/sign-in")


@pytest.mark.hard("S-27")
async def test_the_form_token_changes_with_the_session(rig: Rig) -> None:
    before = await rig.csrf("/styleguide")
    await rig.sign_in()
    answer = await rig.http.post("/preferences", data={"_csrf": before, "theme": "dark"})
    assert answer.status_code == 403


@pytest.mark.hard("S-32")
async def test_a_token_never_stands_twice_in_the_same_letters(rig: Rig) -> None:
    assert await rig.csrf("/styleguide") != await rig.csrf("/styleguide")


@pytest.mark.hard("S-27")
async def test_signing_out_ends_the_session_on_the_server(customer: Rig) -> None:
    key = customer.http.cookies["triaje-session"]
    await customer.post("/sign-out")
    customer.http.cookies.set("triaje-session", key, domain="127.0.0.1", path="/")
    assert (await customer.http.get("/requests")).status_code == 303
    assert len(customer.core.ended) == 1


@pytest.mark.hard("S-27", "S-33")
async def test_whoever_is_revoked_at_core_is_out_within_a_minute(customer: Rig) -> None:
    assert (await customer.http.get("/requests")).status_code == 200
    customer.core.sessions.clear()
    customer.clock.advance(timedelta(seconds=61))
    assert (await customer.http.get("/requests")).headers["location"].startswith("/sign-in")


async def test_a_session_survives_core_being_away(customer: Rig) -> None:
    customer.core.away = True
    customer.clock.advance(timedelta(seconds=61))
    assert (await customer.http.get("/requests")).status_code == 503
    assert (await customer.http.get("/")).status_code == 200
    customer.core.away = False
    assert (await customer.http.get("/requests")).status_code == 200


@pytest.mark.hard("S-45")
@pytest.mark.parametrize("path", ["/", "/sign-in", "/requests/new", "/styleguide", "/nope"])
async def test_every_page_carries_the_headers(rig: Rig, path: str) -> None:
    answer = await rig.http.get(path)
    headers = answer.headers
    csp = headers["content-security-policy"]
    assert "unsafe" not in csp
    assert "default-src 'none'" in csp
    assert "frame-ancestors 'none'" in csp
    assert "form-action 'self'" in csp
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] in {"same-origin", "no-referrer"}
    assert headers["cache-control"] == "no-store"


@pytest.mark.hard("S-45")
async def test_no_page_has_an_inline_script_style_or_handler(admin: Rig) -> None:
    for path in [
        "/",
        "/requests/new",
        "/agent/tickets/1042",
        "/admin/models",
        "/admin/articles/new",
        "/styleguide",
    ]:
        page = (await admin.http.get(path)).text
        assert not re.findall(r"<script(?![^>]*\bsrc=)", page), path
        assert not re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", page), path


@pytest.mark.hard("S-45")
async def test_each_page_has_its_own_nonce(rig: Rig) -> None:
    found = {
        re.search(r"'nonce-([^']+)'", (await rig.http.get("/")).headers["content-security-policy"])[1]
        for _ in range(3)
    }  # type: ignore[index]
    assert len(found) == 3


@pytest.mark.hard("S-45")
async def test_over_https_cookies_are_pinned_to_the_host(tmp_path: Path) -> None:
    async with running(tmp_path, url="https://help.example") as rig, browser(rig.service) as http:
        answer = await http.get("/")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-triaje-seed=")
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_the_policy_allows_our_own_files_and_the_frames_of_players_only() -> None:
    rules = dict(rule.split(" ", 1) for rule in policy("abc").split("; "))
    assert rules.pop("frame-src").split() == [
        "https://www.youtube-nocookie.com",
        "https://player.vimeo.com",
    ]
    assert "http" not in " ".join(rules.values())


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "evil",
        "",
        "/a\nb",
        "/\t/x",
    ],
)
def test_nobody_is_sent_to_another_site_after_signing_in(path: str) -> None:
    assert safe_next(path, "/fallback") == "/fallback"


def test_a_page_of_our_own_is_returned_to() -> None:
    assert safe_next("/requests/1042?a=b") == "/requests/1042?a=b"


def test_a_message_cookie_that_was_changed_is_ignored() -> None:
    guard = Guard(Settings(secret=SECRET))
    packed = guard.pack_flash(Flash("Saved"))
    assert guard.unpack_flash(packed) == Flash("Saved")
    body, _, signature = packed.partition(".")
    assert guard.unpack_flash(f"{body}x.{signature}") is None
    assert guard.unpack_flash("nonsense") is None


@pytest.mark.hard("S-28")
async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(rig: Rig) -> None:
    known = await rig.post("/sign-in", {"email": "ana@example.org", "password": "no"})
    unknown = await rig.post("/sign-in", {"email": "who@example.org", "password": "no"})

    def shape(text: str) -> str:
        return re.sub(r'(nonce|value|content)="[^"]*"', "", text)

    assert known.status_code == unknown.status_code == 401
    assert shape(known.text) == shape(unknown.text)


@pytest.mark.hard("S-29")
async def test_asking_for_a_link_says_the_same_for_every_address(rig: Rig) -> None:
    answer = await rig.post("/sign-in/link", {"email": "who@example.org"})
    assert answer.status_code == 200
    assert "is known here" in answer.text


async def test_services_need_their_token_inside(rig: Rig) -> None:
    assert (await rig.http.post("/internal/events", json={"events": []})).status_code == 404
