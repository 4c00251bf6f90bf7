"""Media over HTTP: bytes in for authors, bytes out for who may read an article with them."""

import re
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from services.common.files import sha256
from services.common.http import Actor
from services.kb.articles.policy import must_write
from services.kb.contract import Media
from services.kb.desk import Desk
from services.kb.media import store
from services.kb.media.inspect import inspect

BASE = "/api/v1/kb/media"
_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")


@get(BASE)
async def listing(actor: NamedDependency[Actor], desk: NamedDependency[Desk]) -> list[Media]:
    """The newest images and videos; for those who write."""
    must_write(actor)
    return await desk.db.read(store.listing)


@post(BASE)
async def upload(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
    name: FromQuery[str] = "file",
    alt: FromQuery[str] = "",
) -> Media:
    """Send an image or a video as the body; `alt` says in words what can be seen. The same bytes are kept once."""
    must_write(actor)
    text, content = store.alt_of(alt), await request.body()
    shape, digest, now = inspect(content), sha256(content), desk.clock.now()
    known = await desk.db.read(lambda conn: store.same(conn, actor, digest))
    file = known.file if known is not None else await desk.files.put(content)
    return await desk.db.write(
        lambda conn: store.keep(conn, actor, name, text, shape, len(content), digest, file, now)
    )


@get(BASE + "/{media_id:uuid}")
async def download(
    request: Request[Any, Any, Any],
    media_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
) -> Response[bytes]:
    """The bytes, or the part that a player asks for."""
    row = await desk.db.read(lambda conn: store.find(conn, actor, media_id))
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{row.sha256[:32]}"',
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, media_type=row.type, headers=headers)
    content = await desk.files.get(row.file)
    part = _part(request.headers.get("range", ""), len(content))
    if part is None:
        return Response(content, media_type=row.type, headers=headers)
    headers["Content-Range"] = f"bytes {part[0]}-{part[1] - 1}/{len(content)}"
    return Response(content[part[0] : part[1]], status_code=206, media_type=row.type, headers=headers)


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """The stretch that a `Range` header asks for; None for all of it, and for what makes no sense."""
    match = _RANGE.fullmatch(asked.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        start, end = max(0, size - int(match[2])), size
    else:
        start, end = int(match[1]), min(size, int(match[2]) + 1 if match[2] else size)
    return (start, end) if start < end else None


handlers = [listing, upload, download]
