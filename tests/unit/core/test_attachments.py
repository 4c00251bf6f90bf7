"""Names and types of files, whatever they claim to be."""

import pytest

from services.core.attachments.sniff import disposition, sniffed

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


@pytest.mark.hard("S-01", "S-02")
@pytest.mark.parametrize(
    "name",
    [
        ".htaccess", "\u200b.htaccess", "x.pht", "..%2f..%2fetc/passwd", "a\x00b.html", "\u202egpj.exe", "a" * 400,
        "CON", "x\r\nSet-Cookie: a=b", '"; filename=x', "ñandú 日本.pdf", "../../../x", "", "\U0001f4a9" * 200,
    ],
)  # fmt: skip
def test_no_name_escapes_its_header(name: str) -> None:
    header = disposition(name)
    assert header.startswith('attachment; filename="')
    assert "\r" not in header
    assert "\n" not in header
    assert header.isascii()
    assert header.count('"') == 2
    assert "/" not in header.split("filename*=")[0].removeprefix("attachment; ")
    assert len(header) < 2000


@pytest.mark.hard("S-01")
@pytest.mark.parametrize(
    ("content", "claimed"),
    [
        (b"<html><script>alert(1)</script>", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
        (b"<?xml version='1.0'?><x/>", "text/xml"),
        (b"alert(1)", "application/javascript"),
    ],
)
def test_what_a_browser_would_run_is_only_bytes(content: bytes, claimed: str) -> None:
    assert sniffed(content, claimed) in {"application/octet-stream", "text/plain"}
    assert not any(word in sniffed(content, claimed) for word in ("html", "svg", "xml", "script"))


def test_the_type_is_what_the_bytes_show_and_not_what_is_claimed() -> None:
    assert sniffed(PNG, "text/plain") == "image/png"
    assert sniffed(b"hello", "image/png") == "application/octet-stream"
    assert sniffed("¡hola!".encode(), "text/plain") == "text/plain"
