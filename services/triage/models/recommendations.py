"""Draft replies and what agents did with them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.common.db import Guid, Json, UTCDateTime, choice
from services.triage.models.base import Base


class Recommendation(Base):
    """A draft that somebody was shown, with its sources; ``lead`` is ``kind:id`` of the first."""

    __tablename__ = "recommendation"
    __table_args__ = (sa.UniqueConstraint("ticket", "digest"),)

    id: Mapped[UUID] = mapped_column(Guid, primary_key=True)
    ticket: Mapped[UUID] = mapped_column(Guid)
    digest: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    language: Mapped[str] = mapped_column(sa.String(8))
    text: Mapped[str] = mapped_column(sa.Text)
    sources: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    spans: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    lead: Mapped[str] = mapped_column(sa.String(120))
    score: Mapped[float]
    composer: Mapped[str] = mapped_column(sa.String(100))


class RecommendationOutcome(Base):
    """What became of a draft; ``changed`` is the normalised edit distance from draft to what was sent,
    ``reopened`` whether the ticket came back afterwards."""

    __tablename__ = "recommendation_outcome"

    recommendation: Mapped[UUID] = mapped_column(Guid, sa.ForeignKey("recommendation.id"), primary_key=True)
    outcome: Mapped[str] = mapped_column(choice("accepted", "edited", "refused", name="outcome"))
    changed: Mapped[float | None]
    reopened: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    actor: Mapped[str] = mapped_column(sa.String(100))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
