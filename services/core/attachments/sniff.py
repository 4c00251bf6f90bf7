"""What a file is, by its bytes, and how it is named in a download."""

from urllib.parse import quote

import puremagic

from services.common.text import clean_filename

_HEAD = 8192  # bytes that the type is told by; more would let an archive be looked into
DOWNLOAD_TYPES = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "application/pdf",
        "text/plain",
        "application/zip",
        "message/rfc822",
        "audio/mpeg",
        "video/mp4",
    }
)
_SCRIPTED = ("html", "svg", "xml", "javascript", "ecmascript")


def sniffed(content: bytes, claimed: str = "") -> str:
    """The type that the first bytes show; what they do not show is text or just bytes, never what was claimed."""
    try:
        found = puremagic.from_string(content[:_HEAD], mime=True)
    except (puremagic.PureError, ValueError, IndexError):
        found = ""
    if not found:
        found = "text/plain" if _is_text(content[:_HEAD]) and claimed.startswith("text/plain") else ""
    return found if found and not any(word in found for word in _SCRIPTED) else "application/octet-stream"


def _is_text(head: bytes) -> bool:
    try:
        return "\0" not in head.decode("utf-8", errors="strict")
    except UnicodeDecodeError:
        return False


def disposition(name: str) -> str:
    """``Content-Disposition`` of a download (RFC 6266): an ASCII name, and the real one beside it."""
    name = clean_filename(name)
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_").replace("\\", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
