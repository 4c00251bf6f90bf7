"""A person's data over HTTP. Admins only."""

from uuid import UUID

from litestar import delete, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.common.http import Actor, require
from services.core.actors import author_of
from services.core.desk import Core
from services.core.privacy.erase import Erased, erase
from services.core.privacy.export import PersonExport, export


@get("/api/v1/contacts/{contact_id:uuid}/export", tags=["people"])
async def export_contact(
    core: NamedDependency[Core], actor: NamedDependency[Actor], contact_id: FromPath[UUID]
) -> PersonExport:
    """Everything the desk holds of one contact, to be handed to them."""
    require(actor, "admin")
    return await core.db.read(lambda conn: export(conn, contact_id))


@delete("/api/v1/contacts/{contact_id:uuid}", tags=["people"], status_code=200)
async def erase_contact(
    core: NamedDependency[Core], actor: NamedDependency[Actor], contact_id: FromPath[UUID]
) -> Erased:
    """Erase a contact: their words, addresses and files here, what was learnt from them in the other services."""
    require(actor, "admin")
    ref_of, author = core.intake.contact_ref, author_of(actor)
    erased = await core.db.write(
        lambda conn: erase(conn, contact_id, ref_of=ref_of, author=author, at=core.now())
    )
    for key in erased.files:
        await core.files.delete(key)
    return erased


routes = [export_contact, erase_contact]
