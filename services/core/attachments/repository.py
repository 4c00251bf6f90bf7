"""Who may have which file."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import Invalid, NotFound
from services.common.http import Actor
from services.core.contract import Attachment
from services.core.messages.timeline import shown_to
from services.core.models import attachment, message, ticket
from services.core.settings import MAX_ATTACHMENTS
from services.core.tickets.repository import readable


class AttachmentNotFound(NotFound):
    code, title = "core.attachment_not_found", "There is no such file"


class AttachmentUnusable(Invalid):
    code, title = "core.attachment_unusable", "A file cannot be attached"


def claim(conn: sa.Connection, ids: list[UUID], owner: str, ticket_id: UUID) -> list[Attachment]:
    """Bind uploads of ``owner`` to a ticket; raises :class:`AttachmentUnusable` for any that is not theirs."""
    if len(ids) > MAX_ATTACHMENTS or len(set(ids)) != len(ids):
        raise AttachmentUnusable(f"A message has at most {MAX_ATTACHMENTS} files, each once.")
    free = attachment.c.id.in_(ids), attachment.c.owner_id == owner, attachment.c.ticket_id.is_(None)
    rows = {row.id: row for row in conn.execute(sa.select(attachment).where(*free).with_for_update())}
    if len(rows) != len(ids):
        raise AttachmentUnusable("Upload the file first; it can be attached once, by who uploaded it.")
    conn.execute(attachment.update().where(attachment.c.id.in_(ids)).values(ticket_id=ticket_id))
    return [Attachment(id=i, name=rows[i].name, size=rows[i].size, type=rows[i].type) for i in ids]


def find(
    conn: sa.Connection, attachment_id: UUID, actor: Actor, owner: str, *, ticket_id: UUID | None = None
) -> Any:
    """The row of a file that ``actor`` may have; raises :class:`AttachmentNotFound`.

    A customer gets what hangs on public messages of their own tickets, and their uploads that hang nowhere;
    with ``ticket_id`` it has to be that ticket's.
    """
    seen = sa.and_(attachment.c.ticket_id.is_not(None), readable(actor))
    if not actor.is_staff:
        seen = sa.and_(seen, shown_to(actor))
    if ticket_id is not None:
        seen = sa.and_(seen, attachment.c.ticket_id == ticket_id)
    own = sa.and_(attachment.c.ticket_id.is_(None), attachment.c.owner_id == owner, sa.literal(owner) != "")
    query = (
        sa.select(attachment)
        .outerjoin(ticket, attachment.c.ticket_id == ticket.c.id)
        .outerjoin(message, attachment.c.message_id == message.c.id)
        .where(attachment.c.id == attachment_id, sa.or_(seen, own))
    )
    row = conn.execute(query).first()
    if row is None:
        raise AttachmentNotFound
    return row
