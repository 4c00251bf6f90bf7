"""The reference of ``bench_create``: a bare Litestar app that inserts one ticket and one outbox row.

It uses the same unit of work, server and settings of durability as the product, and nothing else of it:
no identity, no contact, no message, no audit, no idempotency.
"""

import os
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from litestar import Litestar, post
from litestar.params import JSONBody

from services.common.db import Database
from services.common.ids import uuid7

metadata = sa.MetaData()
ticket = sa.Table(
    "bare_ticket",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("subject", sa.String(300), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
)
outbox = sa.Table(
    "bare_outbox",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("type", sa.String(100), nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
)


class NewTicket(msgspec.Struct):
    """As much of a ticket as the reference takes."""

    subject: str
    body: str


def app() -> Litestar:
    db = Database(os.environ["BENCH_DATABASE"])

    @post("/tickets")
    async def create(data: JSONBody[NewTicket]) -> dict[str, Any]:
        now = datetime.now(UTC)
        key = uuid7()

        def unit(conn: sa.Connection) -> None:
            conn.execute(
                ticket.insert(), {"id": key, "subject": data.subject, "body": data.body, "created_at": now}
            )
            event = {"id": uuid7(), "type": "ticket.created", "data": {"ticket": str(key)}, "at": now}
            conn.execute(outbox.insert(), event)

        await db.write(unit)
        return {"id": str(key)}

    async def prepare() -> None:
        await db.write(metadata.create_all)

    return Litestar(
        [create], on_startup=[prepare], on_shutdown=[db.close], openapi_config=None, logging_config=None
    )
