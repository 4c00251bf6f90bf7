"""The desk's looks over HTTP: everybody's to see, an admin's to change."""

from typing import Any

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from services.common.errors import FieldError, Invalid, NotFound, Unauthorized
from services.common.http import Actor, require
from services.core.actors import author_of
from services.core.audit import note
from services.core.brand import colour, logo, store
from services.core.contract import Brand, BrandCheck, BrandColours, BrandInput
from services.core.desk import Core


def _known(actor: Actor) -> None:
    if actor.kind == "anonymous":
        raise Unauthorized


@get("/api/v1/brand", tags=["desk"])
async def read_brand(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> Brand:
    """Name, colours, address, and which logo."""
    _known(actor)
    return store.view(await core.db.read(core.brands.get))


@put("/api/v1/brand", status_code=200, tags=["desk"])
async def keep_brand(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[BrandInput]
) -> Brand:
    """Change it. A colour that cannot be read is refused with its contrast and the nearest that can."""
    require(actor, "admin")
    return await _changed(core, actor, lambda conn: store.keep(conn, data))


@post("/api/v1/brand/check", status_code=200, tags=["desk"])
async def check_brand(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[BrandColours]
) -> BrandCheck:
    """What would be said about two colours, and what pages would make of them."""
    require(actor, "admin")
    accent, dark = colour.parsed(data.accent), colour.parsed(data.accent_dark)
    wrong = [name for name, text, read in (("accent", data.accent, accent), ("accent_dark", data.accent_dark, dark))
             if not read and (text.strip() or name == "accent")]  # fmt: skip
    if wrong or accent is None:
        raise Invalid(
            errors=[FieldError(name, "A colour is written like #0b5c55.", "format") for name in wrong]
        )
    return colour.check(accent, dark or "")


@put("/api/v1/brand/logo", status_code=200, tags=["desk"], request_max_body_size=logo.MOST_BYTES + 1)
async def keep_logo(
    core: NamedDependency[Core], actor: NamedDependency[Actor], request: Request[Any, Any, Any]
) -> Brand:
    """Send the bytes of a PNG, JPEG or WebP picture as the body."""
    require(actor, "admin")
    content = await request.body()
    logo.measured(content)
    file = await core.files.put(content)
    return await _changed(core, actor, lambda conn: store.with_logo(conn, content, file))


@delete("/api/v1/brand/logo", status_code=200, tags=["desk"])
async def drop_logo(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> Brand:
    """Show the name alone."""
    require(actor, "admin")
    return await _changed(core, actor, store.without_logo)


@get("/api/v1/brand/logo", tags=["desk"])
async def read_logo(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> Response[bytes]:
    """The picture, which no browser takes for anything else."""
    _known(actor)
    stored = await core.db.read(core.brands.get)
    if stored.logo is None:
        raise NotFound
    headers = {
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "ETag": f'"{stored.logo.hash}"',
    }
    return Response(await core.files.get(stored.file), media_type=stored.logo.type, headers=headers)


async def _changed(core: Core, actor: Actor, change: Any) -> Brand:
    def unit(conn: Any) -> store.Stored:
        stored: store.Stored = change(conn)
        note(
            conn,
            at=core.now(),
            subject="desk",
            subject_id=store.KEY,
            action="changed",
            author=author_of(actor),
        )
        return stored

    stored = await core.write_once(unit)
    core.brands.forget()
    return store.view(stored)


routes = [read_brand, keep_brand, check_brand, keep_logo, drop_logo, read_logo]
