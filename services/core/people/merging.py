"""Two contacts that are one person: everything of the one goes to the other, and back when that was wrong."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from msgspec import Struct, convert, to_builtins

from services.common.errors import Conflict, Invalid
from services.common.events import record
from services.common.http import Actor
from services.core.actors import author_of, setter_of
from services.core.audit import note
from services.core.contract import CONTACT_MERGED, Change, Contact
from services.core.desk import Core
from services.core.models import (
    announcement_affected,
    announcement_mail,
    announcement_optout,
    attachment,
    contact,
    contact_identity,
    contact_merge,
    item,
    message,
    ticket,
)
from services.core.models.people import TIERS
from services.core.people import contacts
from services.core.people.contacts import ContactMerged
from services.core.people.resolve import ContactNotFound
from services.core.search.index import mark_stale

NOTES = 20_000  # characters that a contact's notes have room for


class ContactNotMerged(Conflict):
    code, title = "core.contact_not_merged", "This contact is not merged"


class SamePerson(Invalid):
    code, title = "core.same_contact", "A contact cannot be merged into itself"


class Kept(Struct, kw_only=True):
    """What a merge moved, so that exactly that goes back; what came later stays where it came.

    ``before`` and ``after`` have the columns of the target that the merge filled in.
    """

    identities: list[tuple[str, str]] = []
    tickets: list[UUID] = []
    messages: list[UUID] = []
    files: list[UUID] = []
    items: list[UUID] = []
    opted_out: bool = False
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}


def merge(
    conn: sa.Connection, core: Core, contact_id: UUID, into: UUID, actor: Actor, at: datetime
) -> Contact:
    """Make ``contact_id`` one with ``into``, who goes on and is answered.

    Tickets with their ratings, messages, files, items and ways to reach them change hands; gaps in the profile are
    filled, a word of the desk's notes is not lost. Sessions of the contact that goes end; passwords do not move.
    Raises :class:`ContactNotFound`, :class:`ContactMerged`, :class:`SamePerson`.
    """
    if contact_id == into:
        raise SamePerson
    source, target = _both(conn, contact_id, into)
    for one in (source, target):
        if one["merged_into"] is not None:
            raise ContactMerged(into=str(one["merged_into"]))
    kept = _hand_over(conn, source["id"], target["id"])
    _announcements(conn, kept, source["id"], target["id"], at)
    values = _profile(source, target)
    kept.before = {name: _plain(target[name]) for name in values}
    kept.after = {name: _plain(value) for name, value in values.items()}
    _write(conn, target["id"], values, at)
    _write(conn, source["id"], {"merged_into": target["id"], "email": None, "epoch": source["epoch"] + 1}, at)
    row = {"source_id": source["id"], "target_id": target["id"], "author_id": actor.id, "at": at}
    conn.execute(contact_merge.insert(), {**row, "kept": to_builtins(kept)})
    mark_stale(conn, ticket.c.requester_id == target["id"])
    _tell(conn, core, source["id"], target["id"], kept, actor, at, undone=False)
    return contacts.one(conn, target["id"])


def unmerge(conn: sa.Connection, core: Core, contact_id: UUID, actor: Actor, at: datetime) -> Contact:
    """Take a merge back; answers the contact that is one of its own again.

    What was moved goes back unless somebody moved it on; the profile of the other is as it was, where nobody changed
    it since. Raises :class:`ContactNotMerged`, and :class:`ContactMerged` where the other went into a third meanwhile.
    """
    found = conn.execute(sa.select(contact_merge).where(contact_merge.c.source_id == contact_id)).first()
    if found is None:
        raise ContactNotMerged
    source, target = _both(conn, contact_id, found.target_id)
    if target["merged_into"] is not None:
        raise ContactMerged(into=str(target["merged_into"]))
    kept = convert(found.kept, Kept, strict=False)
    _give_back(conn, kept, source["id"], target["id"])
    still = {name: old for name, old in kept.before.items() if _plain(target[name]) == kept.after[name]}
    if still.get("organization_id"):
        still["organization_id"] = UUID(still["organization_id"])
    _write(conn, target["id"], still, at)
    first = sa.select(contact_identity.c.value).where(
        contact_identity.c.contact_id == source["id"], contact_identity.c.kind == "email"
    )
    address = conn.execute(first.order_by(contact_identity.c.created_at, contact_identity.c.value)).scalar()
    _write(conn, source["id"], {"merged_into": None, "email": address}, at)
    conn.execute(contact_merge.delete().where(contact_merge.c.source_id == source["id"]))
    mark_stale(conn, ticket.c.requester_id.in_([source["id"], target["id"]]))
    _tell(conn, core, source["id"], target["id"], kept, actor, at, undone=True)
    return contacts.one(conn, source["id"])


def root(conn: sa.Connection, contact_id: UUID) -> UUID:
    """The contact that ``contact_id`` goes on as: itself where it is not merged."""
    here = sa.select(contact.c.id, contact.c.merged_into).where(contact.c.id == contact_id)
    line = here.cte("line", recursive=True)
    line = line.union_all(
        sa.select(contact.c.id, contact.c.merged_into).join(line, contact.c.id == line.c.merged_into)
    )
    last = conn.execute(sa.select(line.c.id).where(line.c.merged_into.is_(None))).scalar()
    return last or contact_id


def merged_with(conn: sa.Connection, contact_id: UUID) -> list[UUID]:
    """``contact_id`` and every contact that went into it, directly or by way of another."""
    line = sa.select(contact.c.id).where(contact.c.id == contact_id).cte("line", recursive=True)
    line = line.union_all(sa.select(contact.c.id).join(line, contact.c.merged_into == line.c.id))
    return list(conn.execute(sa.select(line.c.id)).scalars())


def _both(conn: sa.Connection, one: UUID, other: UUID) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both contacts, locked in one order whichever way they are merged."""
    query = sa.select(contact).where(contact.c.id.in_([one, other])).order_by(contact.c.id)
    rows = {row["id"]: dict(row) for row in conn.execute(query.with_for_update()).mappings()}
    if len(rows) != 2:
        raise ContactNotFound
    return rows[one], rows[other]


def _hand_over(conn: sa.Connection, source: UUID, target: UUID) -> Kept:
    """Everything that hangs on a contact, from ``source`` to ``target``."""
    identity = contact_identity.c.contact_id == source
    pairs = conn.execute(sa.select(contact_identity.c.kind, contact_identity.c.value).where(identity)).all()
    conn.execute(contact_identity.update().where(identity).values(contact_id=target))
    said = sa.and_(message.c.author_kind == "contact", message.c.author_id == str(source))
    return Kept(
        identities=[(row.kind, row.value) for row in pairs],
        tickets=_moved(conn, ticket, ticket.c.requester_id == source, {"requester_id": target}),
        messages=_moved(conn, message, said, {"author_id": str(target)}),
        files=_moved(conn, attachment, attachment.c.owner_id == str(source), {"owner_id": str(target)}),
        items=_moved(conn, item, item.c.contact_id == source, {"contact_id": target}),
    )


def _moved(
    conn: sa.Connection, table: sa.Table, match: sa.ColumnElement[bool], values: dict[str, Any]
) -> list[UUID]:
    """Write ``values`` where it matches; returns which rows these were."""
    ids = list(conn.execute(sa.select(table.c.id).where(match)).scalars())
    conn.execute(table.update().where(match).values(**values))
    return ids


def _announcements(conn: sa.Connection, kept: Kept, source: UUID, target: UUID, at: datetime) -> None:
    """Nobody gets a mail twice because they were two, or one that they had asked not to get."""
    for table in (announcement_mail, announcement_affected):
        had = sa.select(table.c.announcement_id).where(table.c.contact_id == target)
        conn.execute(
            table.update()
            .where(table.c.contact_id == source, table.c.announcement_id.not_in(had))
            .values(contact_id=target)
        )
    wanted = sa.select(announcement_optout.c.contact_id).where(
        announcement_optout.c.contact_id.in_([source, target])
    )
    out = set(conn.execute(wanted).scalars())
    if out == {source}:
        conn.execute(announcement_optout.insert(), {"contact_id": target, "at": at})
        kept.opted_out = True


def _profile(source: dict[str, Any], target: dict[str, Any]) -> dict[str, Any]:
    """What the target's profile takes over: what it has nothing of, the higher tier, notes under its own."""
    values = {
        name: source[name]
        for name in ("organization_id", "email", "funnel")
        if source[name] and not target[name]
    }
    if TIERS.index(source["tier"]) > TIERS.index(target["tier"]):
        values["tier"] = source["tier"]
    own, other = target["fields"] or {}, source["fields"] or {}
    if other.keys() - own.keys():
        values["fields"] = {**other, **own}
    if source["notes"].strip() and source["notes"].strip() not in target["notes"]:
        values["notes"] = "\n\n".join(filter(None, (target["notes"], source["notes"])))[:NOTES]
    return values


def _give_back(conn: sa.Connection, kept: Kept, source: UUID, target: UUID) -> None:
    pairs = [sa.and_(contact_identity.c.kind == k, contact_identity.c.value == v) for k, v in kept.identities]
    here = sa.and_(contact_identity.c.contact_id == target, sa.or_(sa.false(), *pairs))
    conn.execute(contact_identity.update().where(here).values(contact_id=source))
    _back(conn, ticket, ticket.c.requester_id, kept.tickets, target, source)
    _back(conn, message, message.c.author_id, kept.messages, str(target), str(source))
    _back(conn, attachment, attachment.c.owner_id, kept.files, str(target), str(source))
    _back(conn, item, item.c.contact_id, kept.items, target, source)
    if kept.opted_out:
        conn.execute(announcement_optout.delete().where(announcement_optout.c.contact_id == target))


def _back(
    conn: sa.Connection, table: sa.Table, column: sa.Column[Any], ids: list[UUID], held: Any, owner: Any
) -> None:
    """Rows of ``ids`` that ``held`` still has become ``owner``'s again."""
    change = table.update().where(table.c.id == sa.bindparam("row"), column == held).values({column: owner})
    if ids:
        conn.execute(change, [{"row": one} for one in ids])


def _write(conn: sa.Connection, contact_id: UUID, values: dict[str, Any], at: datetime) -> None:
    changed = {**values, "version": contact.c.version + 1, "updated_at": at}
    conn.execute(contact.update().where(contact.c.id == contact_id).values(**changed))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _tell(
    conn: sa.Connection, core: Core, source: UUID, target: UUID, kept: Kept, actor: Actor, at: datetime, *,
    undone: bool,
) -> None:  # fmt: skip
    """Both histories, and the services that know a person by a pseudonym."""
    for here, other in ((source, target), (target, source)):
        old, new = (str(other), None) if undone else (None, str(other))
        note(
            conn, at=at, subject="contact", subject_id=here, action="unmerged" if undone else "merged",
            author=author_of(actor),
            changes=[Change(field="contact", old=old, new=new, set_by=setter_of(actor))],
        )  # fmt: skip
    data = {
        "contact": str(target), "contact_ref": core.intake.contact_ref(target),
        "from": str(source), "from_ref": core.intake.contact_ref(source), "undone": undone,
        "tickets": [str(one) for one in kept.tickets] if undone else [],
    }  # fmt: skip
    record(conn, CONTACT_MERGED, data)
