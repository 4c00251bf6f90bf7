"""What an uploaded file is, by its bytes. Nothing is decoded here: the size of a picture is in its first bytes."""

from io import BytesIO
from typing import Final, NamedTuple

import imagesize  # type: ignore[import-untyped]
import puremagic

from services.kb.errors import MediaRefused, MediaTooLarge

IMAGES: Final = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
VIDEOS: Final = {"video/mp4": "mp4", "video/webm": "webm"}
ENDINGS: Final = {**IMAGES, **VIDEOS}
LARGEST_IMAGE: Final = 8 << 20
LARGEST_VIDEO: Final = 24 << 20
MOST_PIXELS: Final = 40_000_000  # what a browser has to hold for one picture: 160 MB already
LONGEST_SIDE: Final = 20_000
_HEAD: Final = 8192


class Shape(NamedTuple):
    """What a file is; `width` and `height` of pictures."""

    kind: str
    type: str
    width: int | None
    height: int | None


def inspect(content: bytes) -> Shape:
    """The shape of a file. Raises :class:`MediaRefused` or :class:`MediaTooLarge` with a sentence."""
    if not content:
        raise MediaRefused("The file is empty.")
    found = _type(content)
    if found in VIDEOS:
        if len(content) > LARGEST_VIDEO:
            raise MediaTooLarge(f"A video has at most {LARGEST_VIDEO >> 20} MB.")
        return Shape("video", found, None, None)
    if found not in IMAGES:
        raise MediaRefused("Articles show PNG, JPEG, GIF and WebP images, and MP4 and WebM videos.")
    if len(content) > LARGEST_IMAGE:
        raise MediaTooLarge(f"An image has at most {LARGEST_IMAGE >> 20} MB.")
    width, height = _size(content)
    if width < 1 or height < 1:
        raise MediaRefused("The image is damaged.")
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise MediaTooLarge(f"The image is {width} × {height} pixels; make it smaller.")
    return Shape("image", found, width, height)


def _type(content: bytes) -> str:
    head = content[:_HEAD]
    if head[:4] == b"\x1aE\xdf\xa3":  # Matroska's mark; WebM is the part of it that browsers play
        return "video/webm" if b"webm" in head[:64] else ""
    if head[4:8] == b"ftyp":
        return "video/mp4" if head[8:12] not in (b"heic", b"heix", b"avif", b"mif1", b"qt  ") else ""
    try:
        return str(puremagic.from_string(head, mime=True))
    except (puremagic.PureError, ValueError, IndexError):
        return ""


def _size(content: bytes) -> tuple[int, int]:
    try:
        width, height = imagesize.get(BytesIO(content))
    except Exception:  # a parser of anybody's bytes: whatever goes wrong, the picture is damaged
        return 0, 0
    return int(width), int(height)
