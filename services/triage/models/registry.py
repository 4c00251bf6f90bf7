"""Model versions, who promoted them, and what they promise."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.common.db import Guid, Json, UTCDateTime, choice
from services.triage.models.base import Base


class ModelVersion(Base):
    """A trained model. Its files lie in ``models/triage/<version>/`` of the data folder, named by ``sha256``.

    ``cutoff`` is the last closing time that it learnt from; everything later may judge it. ``held_out`` keeps
    ``{task: [[confidence, right], …]}`` of the reviewed tickets after it, for certificates and comparisons.
    ``removed_at``: its files are gone, because they held vectors of a person who was erased.
    """

    __tablename__ = "model"

    version: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    serial: Mapped[int] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(choice("champion", "challenger", "archived", "failed", name="state"))
    trained_at: Mapped[datetime] = mapped_column(UTCDateTime)
    cutoff: Mapped[datetime | None] = mapped_column(UTCDateTime)
    examples: Mapped[int]
    snapshot_hash: Mapped[str] = mapped_column(sa.String(64))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    fingerprint: Mapped[str] = mapped_column(sa.String(80))
    labels: Mapped[dict[str, Any]] = mapped_column(Json)
    metrics: Mapped[dict[str, Any]] = mapped_column(Json)
    held_out: Mapped[dict[str, Any]] = mapped_column(Json)
    compare: Mapped[dict[str, Any] | None] = mapped_column(Json)
    promoted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    promoted_by: Mapped[str] = mapped_column(sa.String(100), default="")
    job: Mapped[UUID | None] = mapped_column(Guid, unique=True)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Promotion(Base):
    """One change of champion; rollback reads the newest row and undoes it."""

    __tablename__ = "promotion"

    id: Mapped[UUID] = mapped_column(Guid, primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    model: Mapped[str] = mapped_column(sa.String(40))
    previous: Mapped[str] = mapped_column(sa.String(40))
    by: Mapped[str] = mapped_column(sa.String(100))
    reason: Mapped[str] = mapped_column(sa.String(40))
    undone: Mapped[bool] = mapped_column(default=False)


class PromiseSetting(Base):
    """What an admin asks of a task."""

    __tablename__ = "promise"

    task: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    precision: Mapped[float]
    enabled: Mapped[bool]
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_by: Mapped[str] = mapped_column(sa.String(100))


class Certificate(Base):
    """What the evidence allows one model to promise for one task at one precision.

    ``live_…`` compares what the model said of all reviewed decisions with what became of
    them: mean chance, share right, calibration error, and what a true model would measure.
    """

    __tablename__ = "certificate"

    model: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    task: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    precision: Mapped[float]
    basis: Mapped[str] = mapped_column(choice("reviews", "holdout", "none", name="basis"))
    threshold: Mapped[float | None]
    coverage: Mapped[float | None]
    reviews: Mapped[int]
    needed: Mapped[int]
    observed: Mapped[float | None]
    observed_n: Mapped[int]
    revoked: Mapped[bool]
    live_stated: Mapped[float | None]
    live_right: Mapped[float | None]
    live_gap: Mapped[float | None]
    live_noise: Mapped[float | None]
    at: Mapped[datetime] = mapped_column(UTCDateTime)
