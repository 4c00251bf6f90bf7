"""Training examples: closed tickets with their final labels."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.common.db import Guid, Json, UTCDateTime
from services.triage.models.base import Base


class Example(Base):
    """A closed ticket. ``vector`` is little-endian float32 of ``prepare(subject, body)`` under ``fingerprint``.

    ``labels`` has ``category``, ``priority``, ``tags`` and ``team``; ``set_by`` and ``labelled_at`` say who
    set each and when. ``indexed`` names the vector collection that holds it, so that an index can be rebuilt
    from these rows alone.
    """

    __tablename__ = "example"
    __table_args__ = (sa.Index(None, "closed_at", "ticket"), sa.Index(None, "number"))

    ticket: Mapped[UUID] = mapped_column(Guid, primary_key=True)
    number: Mapped[int]
    version: Mapped[int]
    closed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    subject: Mapped[str] = mapped_column(sa.Text)
    body: Mapped[str] = mapped_column(sa.Text)
    language: Mapped[str] = mapped_column(sa.String(8))
    channel: Mapped[str] = mapped_column(sa.String(20))
    tier: Mapped[str] = mapped_column(sa.String(40))
    contact_ref: Mapped[str] = mapped_column(sa.String(80), index=True)
    labels: Mapped[dict[str, Any]] = mapped_column(Json)
    set_by: Mapped[dict[str, str]] = mapped_column(Json)
    labelled_at: Mapped[dict[str, str]] = mapped_column(Json)
    resolution: Mapped[str] = mapped_column(sa.Text)
    assignee: Mapped[UUID | None] = mapped_column(Guid)
    text_hash: Mapped[str] = mapped_column(sa.String(64))
    vector: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    fingerprint: Mapped[str] = mapped_column(sa.String(80), default="")
    indexed: Mapped[str] = mapped_column(sa.String(120), default="")
    stored_at: Mapped[datetime] = mapped_column(UTCDateTime)
