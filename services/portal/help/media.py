"""``/media``: images and videos of articles, as the knowledge base hands them out."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.common.errors import NotFound
from services.common.ids import parse_uuid
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

ASKED = ("range", "if-none-match")
GIVEN = ("accept-ranges", "content-range", "etag", "cache-control", "content-security-policy",
         "cross-origin-resource-policy", "x-content-type-options")  # fmt: skip


@get("/media/{name:str}", include_in_schema=False)
async def media(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    name: FromPath[str],
) -> Response[bytes]:
    """A file that the viewer may see because they may read an article with it."""
    found = parse_uuid(name.rpartition(".")[0])
    if found is None:
        raise NotFound
    asked = {key: request.headers[key] for key in ASKED if key in request.headers}
    answer = await portal.reader.file(found, headers=asked, token=portal.token(viewer))
    return Response(
        answer.content,
        status_code=answer.status_code,
        media_type=answer.headers.get("content-type", "application/octet-stream"),
        headers={key: answer.headers[key] for key in GIVEN if key in answer.headers},
    )


ROUTES = [media]
