"""How the desk looks is an admin's to say, without a restart: what cannot be read or is no picture is refused."""

import re
import struct
import zlib
from typing import Any

import pytest
import sqlalchemy as sa

from services.core.models import outgoing_mail
from tests.service.core.conftest import Desk

Headers = dict[str, str]


def png(width: int = 120, height: int = 40) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\x0b\x5c\x55" * width for _ in range(min(height, 50))))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def keep(desk: Desk, who: Headers, **values: Any) -> Any:
    return await desk.http.put("/api/v1/brand", json=values, headers=who)


@pytest.mark.req(89)
async def test_a_colour_that_cannot_be_read_is_refused_with_its_contrast_and_one_that_passes(
    desk: Desk, admin: Headers
) -> None:
    refused = await keep(desk, admin, accent="#ffd200")
    assert refused.status_code == 422
    [error] = refused.json()["errors"]
    assert (error["field"], error["code"]) == ("accent", "contrast")
    found = re.search(r"contrast is (1\.\d\d) : 1.*(#[0-9a-f]{6}) passes", error["message"])
    assert found, error
    kept = await keep(desk, admin, accent=found[2], name="Banco Faro", version=0)
    assert kept.status_code == 200, kept.text
    assert kept.json()["palette"]["accent"] == found[2]
    dark = await keep(desk, admin, accent=found[2], accent_dark="#202020", version=1)
    assert dark.json()["errors"][0]["field"] == "accent_dark"
    said = await desk.http.post("/api/v1/brand/check", json={"accent": "#ffd200"}, headers=admin)
    assert (said.json()["light"]["passes"], said.json()["light"]["nearest"]) == (False, found[2])
    for text in ("yellow", "#fff;}body{display:none}", "url(//evil.example)"):
        assert (await keep(desk, admin, accent=text, version=1)).status_code == 422


@pytest.mark.req(89)
async def test_name_logo_colour_and_address_are_in_the_next_mail(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    number = (await desk.ticket(agent))["number"]
    await keep(desk, admin, name="Banco <Faro>", accent="#0b5c55", url="https://ayuda.faro.example/")
    made = await desk.http.put("/api/v1/brand/logo", content=png(), headers=admin)
    assert (made.status_code, made.json()["logo"]["width"]) == (200, 120)
    await desk.http.post(
        f"/api/v1/tickets/{number}/messages", json={"kind": "reply", "body": "Which one?"}, headers=agent
    )
    assert desk.service.runner is not None
    while await desk.service.runner.run_next("mail"):
        pass
    query = sa.select(outgoing_mail.c.text, outgoing_mail.c.html)
    [(text, html)] = await desk.core.db.read(lambda conn: conn.execute(query).all())
    assert "https://ayuda.faro.example/status/" in text
    assert "Banco &lt;Faro&gt;" in html
    assert f"https://ayuda.faro.example/brand/logo/{made.json()['logo']['hash']}" in html
    assert "#0b5c55" in html


@pytest.mark.req(89)
@pytest.mark.hard("S-01")
async def test_a_logo_is_a_small_picture_and_nothing_that_runs(desk: Desk, admin: Headers) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for content in (svg, b"<html><script>alert(1)</script>", b"GIF89a" + bytes(50), png(3000, 10), png()[:20],
                    b"\xff\xd8\xff\xe0" + bytes(30), b"", png() + bytes(300_000)):  # fmt: skip
        answer = await desk.http.put("/api/v1/brand/logo", content=content, headers=admin)
        assert answer.status_code in {413, 422}, (content[:20], answer.text)
    assert (await desk.http.get("/api/v1/brand", headers=admin)).json()["logo"] is None
    await desk.http.put("/api/v1/brand/logo", content=png(), headers=admin | {"content-type": "text/html"})
    served = await desk.http.get("/api/v1/brand/logo", headers=desk.as_service("portal"))
    assert (served.headers["content-type"], served.headers["x-content-type-options"]) == (
        "image/png",
        "nosniff",
    )
    assert "sandbox" in served.headers["content-security-policy"]
    gone = await desk.http.delete("/api/v1/brand/logo", headers=admin)
    assert gone.json()["logo"] is None


@pytest.mark.req(89)
async def test_an_address_is_a_plain_origin_and_two_admins_do_not_overwrite_each_other(
    desk: Desk, admin: Headers, lead: Headers
) -> None:
    for url in (
        "javascript:alert(1)",
        "https://a.example/path",
        "//a.example",
        "https://u:p@a.example",
        "a.example",
    ):
        answer = await keep(desk, admin, url=url)
        assert answer.json()["errors"][0]["field"] == "url", url
    assert (await keep(desk, admin, name="One", version=0)).json()["version"] == 1
    late = await keep(desk, admin, name="Two", version=0)
    assert (late.status_code, late.json()["code"]) == (409, "core.stale_brand")
    assert (await keep(desk, lead, name="Three", version=1)).status_code == 403
