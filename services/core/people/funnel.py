"""Where customers stand in the sales funnel, as the CRM says: its adapter brings the stages, the desk shows them."""

from datetime import datetime

import sqlalchemy as sa

from services.common.http import Actor
from services.common.text import normalise_email, single_line
from services.core.actors import author_of, setter_of
from services.core.audit import note
from services.core.contract import Change, FunnelKept, FunnelUpdate
from services.core.models import contact, contact_identity


def keep(conn: sa.Connection, data: FunnelUpdate, actor: Actor, at: datetime) -> FunnelKept:
    """Keep the stages of known contacts; addresses that nobody here has are given back."""
    wanted = {
        address: single_line(one.stage, 80)
        for one in data.stages
        if (address := normalise_email(one.email)) is not None
    }
    source = single_line(data.source, 80)
    query = (
        sa.select(contact_identity.c.value, contact.c.id, contact.c.funnel)
        .join(contact, contact.c.id == contact_identity.c.contact_id)
        .where(contact_identity.c.kind == "email", contact_identity.c.value.in_(list(wanted)))
    )
    found = conn.execute(query).all()
    changed = 0
    for row in found:
        stage, before = wanted[row.value], (row.funnel or {}).get("stage", "")
        if stage == before:
            continue
        value = {"stage": stage, "source": source, "at": at.isoformat()} if stage else None
        conn.execute(contact.update().where(contact.c.id == row.id).values(funnel=value, updated_at=at))
        change = Change(field="funnel", old=before or None, new=stage or None, set_by=setter_of(actor))
        note(
            conn, at=at, subject="contact", subject_id=row.id, action="changed", author=author_of(actor),
            changes=[change],
        )  # fmt: skip
        changed += 1
    known = {row.value for row in found}
    given = [one.email for one in data.stages]
    return FunnelKept(changed=changed, unknown=[one for one in given if normalise_email(one) not in known])
