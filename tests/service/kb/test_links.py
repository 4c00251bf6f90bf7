"""Links that lead nowhere are found: inside by looking, outside by asking, and never inside our own network."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.common.errors import Forbidden
from services.common.outside import Outside, networks
from services.kb.contract import ArticlePatch, KbSettingsPatch, SectionInput, TranslationInput
from tests.service.kb.bench import Bench
from tests.unit.kb.test_media import png

PAGES = {
    b"/here": b"200 OK",
    b"/gone": b"410 Gone",
    b"/login": b"403 Forbidden",
    b"/moved": b"302 Found\r\nLocation: /here",
}


@pytest.fixture
async def site() -> AsyncIterator[tuple[int, list[bytes]]]:
    """A site elsewhere: its network is opened for the test, as an operator may."""
    seen: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readuntil(b"\r\n\r\n")).split(b" ")
        seen.append(line[1])
        status = PAGES.get(line[1], b"404 Not Found")
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], seen
    server.close()


async def dead(kb: Bench) -> list[str]:
    await kb.client.check_links(token=kb.agent)
    assert await kb.run("check_links") is not None
    report = await kb.client.stale(token=kb.agent)
    return sorted(url for article in report for url in article.broken)


@pytest.mark.req(101)
async def test_links_into_the_help_centre_are_looked_up(kb: Bench) -> None:
    await kb.client.create_section(SectionInput(key="cards", name={"en": "Cards"}), token=kb.agent)
    image = await kb.client.upload(png(3, 3), name="a.png", alt="A", token=kb.agent)
    await kb.article("Fees", "## How much\n\nA.", index=False)
    good = "[a](/help/en/fees) [b](/help/en/fees#s-how-much) [c](#s-top) [d](/help/sections/cards) [e](/requests/new)"
    bad = "[f](/help/en/nowhere) [g](/help/en/fees#s-gone) [h](#nothing) [i](/help/sections/none)"
    own = f"[j]({kb.desk.settings.url}/help/en/fees#s-no) ![k]({image.path}) [l](mailto:a@example.org)"
    made = await kb.article(
        "Links", f"## Top\n\n{good}\n\n{bad}\n\n{own}\n\n<a href='/help/en/html'>m</a>", index=False
    )
    assert await dead(kb) == [
        "#nothing (anchor)", "/help/en/fees#s-gone (anchor)", "/help/en/nowhere",
        f"{kb.desk.settings.url}/help/en/fees#s-no (anchor)",
    ]  # fmt: skip
    mended = ArticlePatch(version=1, translations={"en": TranslationInput(title="Links", body_markdown=good)})
    await kb.client.update(made.id, mended, token=kb.agent)
    assert not [url for one in await kb.client.stale(token=kb.agent) for url in one.broken]


@pytest.mark.req(101)
@pytest.mark.hard("S-35")
async def test_sites_elsewhere_are_asked_only_where_an_admin_says_so(
    kb: Bench, site: tuple[int, list[bytes]]
) -> None:
    port, seen = site
    urls = [f"http://docs.test:{port}{path.decode()}" for path in (*PAGES, b"/nowhere")]
    body = " ".join(f"[x]({url})" for url in [*urls, "http://169.254.169.254/latest", "http://127.0.0.1:1/"])
    await kb.article("Links", body, index=False)

    async def resolver(host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if host == "docs.test" else [host]

    kb.desk.outside = Outside(allowed=networks("127.0.0.1/32"), resolver=resolver)
    assert (await dead(kb), seen) == ([], [])
    with pytest.raises(Forbidden):
        await kb.client.switch(KbSettingsPatch(external_links=True), token=kb.agent)
    admin = kb.token("admin", person="boss")
    assert (await kb.client.switch(KbSettingsPatch(external_links=True), token=admin)).external_links
    assert await dead(kb) == [
        "http://127.0.0.1:1/ (silent)", "http://169.254.169.254/latest (refused)",
        f"http://docs.test:{port}/gone (410)", f"http://docs.test:{port}/nowhere (404)",
    ]  # fmt: skip


async def test_links_are_looked_at_once_a_week_in_the_night(kb: Bench) -> None:
    await kb.article("Links", "[x](#nothing)", index=False)
    ran = []
    for _ in range(24 * 7):
        kb.clock.advance(timedelta(hours=1))
        if await kb.run("every.check_links_weekly") is not None:
            ran.append((kb.clock.now().weekday(), kb.clock.now().hour))
    assert ran == [(6, 4)]
