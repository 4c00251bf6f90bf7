"""Announcements over HTTP: leads write them, everybody reads what concerns them."""

from uuid import UUID

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.errors import Forbidden, Unauthorized
from services.common.http import Actor
from services.common.ids import parse_uuid
from services.core.actors import author_of
from services.core.announcements import optout, store
from services.core.contract import (
    Affected,
    Announcement,
    AnnouncementInput,
    CurrentAnnouncement,
    MailWish,
)
from services.core.desk import Core
from services.core.status_links.routes import portal_only
from services.core.taxonomy.routes import staff_only


def _lead(actor: Actor) -> None:
    staff_only(actor)
    if not actor.is_lead:
        raise Forbidden("Leads speak for the desk.")


def _reader(actor: Actor) -> UUID | None:
    """Whose announcements are read: a customer's own, for everybody else what all may see."""
    if actor.kind == "anonymous":
        raise Unauthorized
    return parse_uuid(actor.id) if actor.kind == "contact" else None


@get("/api/v1/announcements/current", tags=["announcements"])
async def current_announcements(
    core: NamedDependency[Core], actor: NamedDependency[Actor]
) -> list[CurrentAnnouncement]:
    """What holds now and concerns the reader."""
    who = _reader(actor)
    return await core.db.read(lambda conn: store.current(conn, who, core.now()))


@post("/api/v1/announcements/{announcement_id:uuid}/affected", status_code=204, tags=["announcements"])
async def affected(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    announcement_id: FromPath[UUID],
    data: JSONBody[Affected],
) -> None:
    """It affects me: counted once a customer, or once a browser that the portal vouches for."""
    who = _reader(actor)
    if who is None:
        portal_only(actor)
    await core.write_once(lambda conn: store.affects(conn, core, announcement_id, who, data.visitor))


@get("/api/v1/announcements", tags=["announcements"])
async def list_announcements(
    core: NamedDependency[Core], actor: NamedDependency[Actor]
) -> list[Announcement]:
    """All of them, with how many were mailed and say that it affects them."""
    staff_only(actor)
    return await core.db.read(lambda conn: store.everything(conn, core.now()))


@get("/api/v1/announcements/{announcement_id:uuid}", tags=["announcements"])
async def read_announcement(
    core: NamedDependency[Core], actor: NamedDependency[Actor], announcement_id: FromPath[UUID]
) -> Announcement:
    """One, with how many people a mail would reach."""
    staff_only(actor)
    return await core.db.read(lambda conn: store.one(conn, announcement_id, core.now()))


@post("/api/v1/announcements", tags=["announcements"])
async def write_announcement(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[AnnouncementInput]
) -> Announcement:
    """Tell customers something."""
    _lead(actor)
    return await core.db.write(lambda conn: store.keep(conn, core, None, data, author_of(actor)))


@put("/api/v1/announcements/{announcement_id:uuid}", status_code=200, tags=["announcements"])
async def change_announcement(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    announcement_id: FromPath[UUID],
    data: JSONBody[AnnouncementInput],
) -> Announcement:
    """Change it; who was mailed is not mailed again."""
    _lead(actor)
    return await core.db.write(lambda conn: store.keep(conn, core, announcement_id, data, author_of(actor)))


@delete("/api/v1/announcements/{announcement_id:uuid}", status_code=204, tags=["announcements"])
async def drop_announcement(
    core: NamedDependency[Core], actor: NamedDependency[Actor], announcement_id: FromPath[UUID]
) -> None:
    """Remove it."""
    _lead(actor)
    await core.db.write(lambda conn: store.drop(conn, announcement_id, author_of(actor), core.now()))


@get("/api/v1/announcement-wishes/{link:str}", tags=["announcements"])
async def read_wish(
    core: NamedDependency[Core], actor: NamedDependency[Actor], link: FromPath[str]
) -> MailWish:
    """Whether who has the link gets announcements by mail."""
    portal_only(actor)
    return await core.db.read(lambda conn: optout.wish(conn, core, link))


@put("/api/v1/announcement-wishes/{link:str}", status_code=200, tags=["announcements"])
async def keep_wish(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    link: FromPath[str],
    data: JSONBody[MailWish],
) -> MailWish:
    """Say whether one wants them."""
    portal_only(actor)
    return await core.write_once(lambda conn: optout.wish(conn, core, link, data.wanted))


routes = [
    current_announcements,
    affected,
    list_announcements,
    read_announcement,
    write_announcement,
    change_announcement,
    drop_announcement,
    read_wish,
    keep_wish,
]
