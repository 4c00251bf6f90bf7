"""What may be shown in an article is told by its bytes."""

import struct
import zlib

import pytest

from services.kb.errors import MediaRefused, MediaTooLarge
from services.kb.media.inspect import LARGEST_IMAGE, inspect
from services.kb.media.uses import named_in
from services.kb.passages.markdown import render


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * (min(width, 50) * 3 + 1) * min(height, 50))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.req(88)
def test_pictures_and_films_are_known_by_their_bytes() -> None:
    assert inspect(png(30, 20)) == ("image", "image/png", 30, 20)
    gif = b"GIF89a" + struct.pack("<HH", 7, 9) + b"\0\0\0;"
    assert inspect(gif) == ("image", "image/gif", 7, 9)
    assert inspect(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 50).type == "video/mp4"
    assert (
        inspect(b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x84webm" + b"\0" * 50).type == "video/webm"
    )


@pytest.mark.hard("S-03")
@pytest.mark.parametrize(("width", "height"), [(100_000, 100_000), (60_000, 10), (2**31 - 1, 2**31 - 1)])
def test_a_picture_that_grows_when_it_is_opened_is_refused_without_opening_it(
    width: int, height: int
) -> None:
    with pytest.raises(MediaTooLarge):
        inspect(png(width, height))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>", b"%PDF-1.7\n", b"PK\x03\x04" + b"\0" * 60,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 4, png(0, 5), b"\xff\xd8\xff\xe0" + b"\0" * 20, b"GIF89a",
        b"\x1aE\xdf\xa3" + b"\0" * 80,
    ],
)  # fmt: skip
def test_what_is_no_picture_and_no_film_is_refused(content: bytes) -> None:
    with pytest.raises((MediaRefused, MediaTooLarge)):
        inspect(content)


def test_a_picture_has_a_largest_size() -> None:
    with pytest.raises(MediaTooLarge):
        inspect(png(10, 10) + b"\0" * LARGEST_IMAGE)


OWN = "/media/0197f000-0000-7000-8000-000000000001"


def test_the_media_of_a_text_are_those_that_it_names() -> None:
    assert {str(found) for found in named_in(f"![a]({OWN}.png) and /media/nonsense.png")} == {OWN[7:]}


@pytest.mark.hard("S-10")
def test_a_page_loads_no_picture_from_elsewhere_and_plays_our_own_films() -> None:
    html = render(
        f"![ours]({OWN}.png)\n\n![theirs](https://spy.example/p.gif)\n\n![How it works]({OWN}.mp4)\n\n"
        '<img src="//spy.example/x"><video src="https://spy.example/v" poster="https://spy.example/p" autoplay></video>'
        f'<img src="{OWN}.png/../../../agent">'
    )
    assert "spy.example" not in html
    assert "autoplay" not in html
    assert f'<img src="{OWN}.png"' in html
    assert f'<video src="{OWN}.mp4" controls' in html
    assert "/agent" not in html
