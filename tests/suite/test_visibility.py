"""A visitor sees no staff article, no customers' article and no draft, whatever way they try."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.suite.conftest import Start
from tests.suite.rig import AGENT, CUSTOMER, Suite

WORD = "xylograph"  # in the hidden articles alone
STATES = {
    "staff": {"visibility": "staff"},
    "customers": {"visibility": "customers"},
    "draft": {"state": "draft"},
    "archived": {"state": "archived"},
}


async def write(suite: Suite, name: str, **values: Any) -> dict[str, Any]:
    body = {
        "translations": {
            "en": {
                "title": f"The {WORD} card {name}",
                "body_markdown": f"## Limits\n\nThe {WORD} card {name} has no limit.",
            },
            "es": {"title": f"La tarjeta {WORD} {name}", "body_markdown": f"La tarjeta {WORD} {name}."},
        },
        "state": "published",
        "tags": [WORD],
        **values,
    }
    made: dict[str, Any] = await suite.ok("POST", "/api/v1/kb/articles", AGENT, json=body)
    return made


async def ways(suite: Suite, hidden: list[dict[str, Any]]) -> list[tuple[str, httpx.Response]]:
    """Everything that a visitor can ask, by API and by page, with the words and addresses of what is hidden."""
    found: list[tuple[str, httpx.Response]] = []
    nobody: dict[str, str] = {}

    async def ask(method: str, path: str, **options: Any) -> httpx.Response:
        answer = await suite.call(method, path, nobody, **options)
        found.append((f"{method} {path} {options.get('params') or ''}", answer))
        return answer

    for params in (
        {"q": WORD},
        {"q": f"{WORD} card limits", "tag": WORD},
        {"q": f"tarjeta {WORD}", "lang": "es"},
    ):
        await ask("GET", "/api/v1/kb/search", params=params)
    given = await ask("POST", "/api/v1/kb/suggestions", json={"subject": f"{WORD} card", "body": "limits?"})
    for path in ("articles", "sections", "addresses"):
        await ask("GET", f"/api/v1/kb/{path}")
    for params in (
        {"state": "draft"},
        {"visibility": "staff"},
        {"tag": WORD},
        {"q": WORD},
        {"sort": "popular"},
    ):
        await ask("GET", "/api/v1/kb/articles", params=params)
    await ask("GET", "/api/v1/kb/reports/searches")
    await ask("POST", "/internal/passages", json={"text": WORD, "visibility": ["staff"]})
    session = given.json()["session"]
    for article in hidden:
        for tail in ("", "/versions/en"):
            await ask("GET", f"/api/v1/kb/articles/{article['id']}{tail}")
        body = {"kind": "opened", "article": article["id"]}
        await ask("POST", f"/api/v1/kb/suggestions/{session}/events", json=body)
        await ask("POST", f"/api/v1/kb/articles/{article['id']}/feedback", json={"helpful": True})
        for lang, text in article["translations"].items():
            await ask("GET", f"/api/v1/kb/pages/{lang}/{text['slug']}")
            await ask("GET", f"/help/{lang}/{text['slug']}")
    for path in ("/", f"/?q={WORD}", f"/help/search?q={WORD}", "/sitemap.xml", "/robots.txt", "/help/en/feed.xml",
                 "/help/es/feed.xml", "/requests/new"):  # fmt: skip
        await ask("GET", path)
    return found


@pytest.mark.req(92)
@pytest.mark.hard("S-20", "S-22")
async def test_a_visitor_finds_nothing_hidden_by_any_way(start: Start) -> None:
    async with start() as suite:
        hidden = [await write(suite, name, **values) for name, values in STATES.items()]
        public = await suite.ok("GET", "/api/v1/kb/addresses", {})
        slug = public[0]["slugs"]["en"]
        await suite.quiet()
        for name, answer in await ways(suite, hidden):
            said = answer.text.lower().replace("%20", " ")
            for echo in (
                f'value="{WORD}"',
                f"q={WORD}",
                f"subject={WORD}",
                f'"query":"{WORD}',
                f"tarjeta {WORD}",
            ):
                said = said.replace(echo, "")
            assert "the xylograph card " not in said, name
            assert "la tarjeta xylograph" not in said, name
            for article in hidden:
                assert article["id"] not in said, name
                assert article["translations"]["en"]["slug"] not in said, name
        async with suite.browser("10.1.1.1") as browser:  # the same browser, signed in and out again
            await browser.sign_in(AGENT)
            seen = await browser.open(f"/help/en/{hidden[0]['translations']['en']['slug']}")
            assert WORD in seen.text
            assert 'content="noindex"' in seen.text
            assert "no-store" in seen.headers["cache-control"], "no cache may keep a page of staff"
            await browser.send("/sign-out", {})
            for path in (f"/help/en/{hidden[0]['translations']['en']['slug']}", f"/help/search?q={WORD}"):
                assert "has no limit" not in (await browser.open(path)).text
            await browser.open("/requests/new")
            typed = {"subject": f"{WORD} card", "body": "what are its limits?"}
            answer = await browser.send("/requests/suggestions", typed)
            assert "has no limit" not in answer.text
            opened = {
                "article": hidden[0]["id"],
                "lang": "en",
                "slug": hidden[0]["translations"]["en"]["slug"],
            }
            assert (await browser.send("/requests/answers", opened)).status_code == 404
            cached = await browser.open(f"/help/en/{slug}")
            assert cached.status_code == 200
            assert "no-store" in cached.headers["cache-control"]


@pytest.mark.req(92)
async def test_a_customer_reads_what_is_for_customers_and_nothing_of_staff(start: Start) -> None:
    async with start() as suite:
        made = {name: await write(suite, name, **values) for name, values in STATES.items()}
        await suite.quiet()
        found = await suite.ok("GET", "/api/v1/kb/search", CUSTOMER, params={"q": WORD, "limit": 50})
        articles = {UUID(hit["article"]) for hit in found["items"]} & {UUID(a["id"]) for a in made.values()}
        assert articles == {UUID(made["customers"]["id"])}
        listed = await suite.ok("GET", "/api/v1/kb/addresses", CUSTOMER)
        assert made["customers"]["id"] not in str(listed), "site maps are for everybody, whoever asks"


@pytest.mark.hard("S-22")
async def test_an_article_taken_back_is_gone_everywhere_at_once(start: Start) -> None:
    async with start() as suite:
        made = await write(suite, "public")
        await suite.quiet()
        slug = made["translations"]["en"]["slug"]
        assert slug in (await suite.call("GET", "/sitemap.xml", {})).text
        patch = {"version": made["version"], "visibility": "staff"}
        await suite.ok("PATCH", f"/api/v1/kb/articles/{made['id']}", AGENT, json=patch)
        for name, answer in await ways(suite, [made]):
            assert "has no limit" not in answer.text, name
            assert slug not in answer.text.replace(f"/{slug}", "") or answer.status_code == 404, name


@pytest.mark.req(100)
@pytest.mark.hard("S-22")
async def test_a_visitor_reads_no_post_of_a_community_for_customers_and_nobody_one_that_waits(
    start: Start,
) -> None:
    async with start() as suite:
        asked = {
            "title": f"Which {WORD} card has no limit?",
            "body": "I have a post office box.",
            "lang": "en",
        }
        made = await suite.ok("POST", "/api/v1/kb/questions", CUSTOMER, json=asked)
        assert made["state"] == "held"
        paths = (
            "/api/v1/kb/questions", f"/api/v1/kb/questions/search?q={WORD}", f"/api/v1/kb/questions/{made['id']}",
            f"/api/v1/kb/search?q={WORD}", "/community", f"/community/{made['id']}", f"/?q={WORD}",
            f"/help/search?q={WORD}", "/sitemap.xml", "/help/en/feed.xml", "/api/v1/kb/posts",
        )  # fmt: skip
        for state in ("held", "shown", "removed"):
            if state != "held":
                await suite.ok("PUT", f"/api/v1/kb/posts/{made['id']}/state", AGENT, json={"state": state})
            for path in paths:
                said = (await suite.call("GET", path, {})).text
                assert "has no limit?" not in said, (state, path)
                assert "post office box" not in said, (state, path)
        gone = await suite.call("GET", "/api/v1/kb/questions", CUSTOMER)
        assert "has no limit?" not in gone.text, "a removed post is nobody's"
