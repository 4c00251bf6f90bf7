"""What a ticket lacks, and asking its customer for it."""

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from services.core.audit import note
from services.core.contract import Author, Change
from services.core.fields.standing import lacking
from services.core.fields.words import question
from services.core.lifecycle.notices import write_notice
from services.core.models import audit
from services.core.outgoing.compose import locale_of
from services.core.taxonomy.lookups import Taxonomy
from services.core.tickets.anatomy import Row
from services.core.tickets.changes import Edit, apply
from services.core.tickets.status import DONE

if TYPE_CHECKING:
    from services.core.desk import Core

ASKED = "asked_for_fields"


def asked_at(conn: sa.Connection, row: Row) -> datetime | None:
    """When the customer was last asked for what lacked."""
    found: datetime | None = conn.execute(
        sa.select(sa.func.max(audit.c.at)).where(audit.c.ticket_id == row["id"], audit.c.action == ASKED)
    ).scalar()
    return found


def ask_by_rule(
    conn: sa.Connection, core: "Core", row: Row, *, author: Author, at: datetime, chain: list[str]
) -> bool:
    """Ask by a rule, once a ticket; returns whether anything was asked."""
    taxonomy = core.lookups.get(conn)
    keys = askable(taxonomy, row)
    if not keys or row["status_category"] in DONE or asked_at(conn, row) is not None:
        return False
    text = letter(core, taxonomy, row, keys)
    if write_notice(conn, core, row, text, at, author=author, chain=chain) is None:
        return False
    if row["status_category"] == "open":
        edit = Edit(values={"status": "pending"}, by="rule", author=author, chain=chain)
        apply(conn, row, [edit], taxonomy, at)
    remember(conn, row, keys, author, at)
    return True


def askable(taxonomy: Taxonomy, row: Row) -> list[str]:
    """Keys of what the ticket lacks and its customer may see."""
    return [key for key in lacking(taxonomy, row) if taxonomy.fields[key].visibility == "customer"]


def letter(core: "Core", taxonomy: Taxonomy, row: Row, keys: list[str]) -> str:
    """The question for ``keys``."""
    first = str(row["requester_name"] or "").split(" ")[0]
    locale = locale_of(row["language"], row["requester_locale"])
    link = f"{core.rt.settings.url}/requests/{row['number']}"
    fields = [taxonomy.fields[key] for key in keys]
    return question(locale, "" if "@" in first else first, row["number"], fields, link)


def remember(conn: sa.Connection, row: Row, keys: list[str], author: Author, at: datetime) -> None:
    """Put into the ticket's history what was asked for."""
    told = Change(field="asked", old=None, new=keys, set_by="rule" if author.kind == "rule" else "person")
    note(
        conn, at=at, subject="ticket", subject_id=row["id"], action=ASKED, author=author, changes=[told],
        ticket_id=row["id"], number=row["number"],
    )  # fmt: skip
