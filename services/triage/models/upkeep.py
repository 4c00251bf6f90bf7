"""What an admin chose, and what the desk noticed."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.common.db import Guid, Json, UTCDateTime, choice
from services.triage.models.base import Base


class Choice(Base):
    """One choice of an admin; what nobody chose is not here."""

    __tablename__ = "choice"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_by: Mapped[str] = mapped_column(sa.String(100))


class Signal(Base):
    """One look at drift: ``kind`` is input or accuracy, ``p`` the chance of such a difference by luck."""

    __tablename__ = "signal"
    __table_args__ = (sa.Index(None, "kind", "id"),)

    id: Mapped[UUID] = mapped_column(Guid, primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    kind: Mapped[str] = mapped_column(choice("input", "accuracy", name="kind"))
    model: Mapped[str] = mapped_column(sa.String(40))
    p: Mapped[float]
    alarm: Mapped[bool]
    detail: Mapped[dict[str, Any]] = mapped_column(Json)


class Incident(Base):
    """An unusual run of similar tickets. ``subject`` is ``category:<key>`` or ``topic:<first ticket>``."""

    __tablename__ = "incident"
    __table_args__ = (sa.Index(None, "state", "id"),)

    id: Mapped[UUID] = mapped_column(Guid, primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    subject: Mapped[str] = mapped_column(sa.String(120))
    state: Mapped[str] = mapped_column(choice("open", "over", "dismissed", name="state"))
    label: Mapped[str | None] = mapped_column(sa.String(80))
    title: Mapped[str] = mapped_column(sa.String(300))
    tickets: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    usual: Mapped[float]
    p: Mapped[float]
    closed_by: Mapped[str] = mapped_column(sa.String(100), default="")
    problem: Mapped[int | None] = mapped_column(sa.BigInteger)


class Advice(Base):
    """Whom a decision proposed as assignee, and why everybody else was not."""

    __tablename__ = "advice"

    decision: Mapped[UUID] = mapped_column(Guid, sa.ForeignKey("decision.id"), primary_key=True)
    staff: Mapped[UUID | None] = mapped_column(Guid)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    ranked: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    refused: Mapped[dict[str, int]] = mapped_column(Json)
