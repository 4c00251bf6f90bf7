"""Decisions, what they read, and what people made of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.common.db import Guid, Json, UTCDateTime, choice
from services.triage.models.base import Base


class Decision(Base):
    """One triage of one ticket. ``cause`` makes it unique: the same event delivered twice decides once.

    ``offers`` is the proposal as core got it, with the certified ``thresholds`` that were in force.
    ``opened_at`` is when the ticket came, which may be long before it is decided on.
    """

    __tablename__ = "decision"
    __table_args__ = (
        sa.UniqueConstraint("ticket", "cause"),
        sa.Index(None, "ticket", "id"),
        sa.Index(None, "model", "id"),
        sa.Index(
            "ix_decision_proposed",
            "id",
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        ),
        sa.Index(
            "ix_decision_loose",
            "id",
            sqlite_where=sa.text("linked = 0"),
            postgresql_where=sa.text("linked = false"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Guid, primary_key=True)
    ticket: Mapped[UUID] = mapped_column(Guid)
    number: Mapped[int]
    cause: Mapped[str] = mapped_column(sa.String(80))
    model: Mapped[str] = mapped_column(sa.String(40))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    language: Mapped[str] = mapped_column(sa.String(8))
    channel: Mapped[str] = mapped_column(sa.String(20))
    tier: Mapped[str] = mapped_column(sa.String(40))
    ticket_version: Mapped[int]
    taxonomy_version: Mapped[int] = mapped_column(sa.BigInteger)
    predictions: Mapped[dict[str, Any]] = mapped_column(Json)
    confidence: Mapped[dict[str, float]] = mapped_column(Json)
    chosen: Mapped[dict[str, Any]] = mapped_column(Json)
    offers: Mapped[dict[str, Any]] = mapped_column(Json)
    thresholds: Mapped[dict[str, float]] = mapped_column(Json)
    applied: Mapped[dict[str, Any]] = mapped_column(Json)
    skipped: Mapped[dict[str, str]] = mapped_column(Json)
    abstained: Mapped[list[str]] = mapped_column(Json)
    human: Mapped[bool]
    evidence: Mapped[dict[str, Any]] = mapped_column(Json)
    input_hash: Mapped[str] = mapped_column(sa.String(64))
    latency_ms: Mapped[float]
    state: Mapped[str] = mapped_column(choice("proposed", "answered", "superseded", name="state"))
    opened_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    linked: Mapped[bool] = mapped_column(default=False, server_default=sa.false())


class DecisionInput(Base):
    """What a decision read, kept apart so that erasing a person is deleting this row."""

    __tablename__ = "decision_input"

    decision: Mapped[UUID] = mapped_column(Guid, sa.ForeignKey("decision.id"), primary_key=True)
    contact_ref: Mapped[str] = mapped_column(sa.String(80), index=True)
    subject: Mapped[str] = mapped_column(sa.Text)
    body: Mapped[str] = mapped_column(sa.Text)
    fingerprint: Mapped[str] = mapped_column(sa.String(80))
    vector: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    salt: Mapped[bytes | None] = mapped_column(sa.LargeBinary)


class DecisionOutcome(Base):
    """A person's verdict on one task of a decision; the newest by ticket version stands."""

    __tablename__ = "decision_outcome"
    __table_args__ = (sa.Index(None, "model", "task"),)

    decision: Mapped[UUID] = mapped_column(Guid, sa.ForeignKey("decision.id"), primary_key=True)
    task: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    model: Mapped[str] = mapped_column(sa.String(40))
    outcome: Mapped[str] = mapped_column(choice("accepted", "edited", "refused", name="outcome"))
    predicted: Mapped[Any] = mapped_column(Json)
    value: Mapped[Any] = mapped_column(Json)
    confidence: Mapped[float]
    correct: Mapped[bool]
    ticket_version: Mapped[int]
    actor: Mapped[str] = mapped_column(sa.String(100))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
