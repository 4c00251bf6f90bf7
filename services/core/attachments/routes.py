"""Files over HTTP: bytes in, bytes out as a download that no browser will run."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from services.common.errors import FieldError, Invalid, Unauthorized
from services.common.files import sha256
from services.common.http import Actor, require
from services.common.ids import uuid7
from services.common.text import clean_filename
from services.core.attachments.repository import find
from services.core.attachments.sniff import DOWNLOAD_TYPES, disposition, sniffed
from services.core.contract import Attachment
from services.core.desk import Core
from services.core.models import attachment
from services.core.settings import MAX_UPLOAD


@post("/api/v1/uploads", tags=["tickets"], request_max_body_size=MAX_UPLOAD)
async def upload(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    filename: FromQuery[str] = "file",
) -> Attachment:
    """Send the bytes of a file as the body; then put its id into a message of yours."""
    if actor.kind == "anonymous":
        raise Unauthorized
    require(actor, "tickets:write")
    content = await request.body()
    if not content:
        raise Invalid(errors=[FieldError("body", "The file is empty.", "empty")])
    row: dict[str, Any] = {
        "id": uuid7(),
        "owner_id": actor.id,
        "name": clean_filename(filename),
        "type": sniffed(content, request.headers.get("content-type", "")),
        "size": len(content),
        "sha256": sha256(content),
        "file": await core.files.put(content),
        "message_id": None,
        "ticket_id": None,
        "created_at": core.now(),
    }
    await core.db.write(lambda conn: conn.execute(attachment.insert(), row) and None)
    return Attachment(id=row["id"], name=row["name"], size=row["size"], type=row["type"])


@get("/api/v1/attachments/{attachment_id:uuid}", tags=["tickets"])
async def download(
    core: NamedDependency[Core], actor: NamedDependency[Actor], attachment_id: FromPath[UUID]
) -> Response[bytes]:
    """The bytes of a file, to be saved and not to be run."""
    require(actor, "tickets:read")
    return await handed_out(core, await core.db.read(lambda conn: find(conn, attachment_id, actor, actor.id)))


async def handed_out(core: Core, row: Any) -> Response[bytes]:
    """The file of a row as a download that no browser runs or keeps."""
    content = await core.files.get(row.file)
    return Response(
        content,
        media_type=row.type if row.type in DOWNLOAD_TYPES else "application/octet-stream",
        headers={
            "Content-Disposition": disposition(row.name),
            "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-store",
        },
    )


routes = [upload, download]
