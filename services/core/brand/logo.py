"""A logo is a small picture of pixels: told by its bytes, measured without unpacking it, never one with scripts."""

import struct

from services.common.errors import FieldError, Invalid
from services.core.attachments.sniff import sniffed

MOST_BYTES = 256_000
MOST_PIXELS = 2_000  # a side
KINDS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


def measured(content: bytes) -> tuple[str, int, int]:
    """Type, width and height; raises :class:`Invalid` for what is no such picture."""
    if len(content) > MOST_BYTES:
        raise _wrong("too_large", f"A logo has at most {MOST_BYTES // 1000} kB.")
    kind = sniffed(content)
    if kind not in KINDS:
        raise _wrong("type", "A logo is a PNG, JPEG or WebP picture. SVG files may carry scripts.")
    try:
        width, height = {"image/png": _png, "image/jpeg": _jpeg, "image/webp": _webp}[kind](content)
    except (struct.error, IndexError, ValueError):
        raise _wrong("damaged", "The picture is damaged.") from None
    if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS):
        raise _wrong("pixels", f"A logo has at most {MOST_PIXELS} pixels a side.")
    return kind, width, height


def _wrong(reason: str, message: str) -> Invalid:
    return Invalid(errors=[FieldError("logo", message, reason)])


def _png(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR":
        raise ValueError
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _jpeg(data: bytes) -> tuple[int, int]:
    """The frame header's size; segments before it are stepped over."""
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError
        marker, length = data[at + 1], int(struct.unpack(">H", data[at + 2 : at + 4])[0])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length


def _webp(data: bytes) -> tuple[int, int]:
    """Lossy, lossless and extended files each say it in their own way."""
    form = data[12:16]
    if form == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if form == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    if form == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    raise ValueError
