"""Read copies of what core owns."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.common.db import Json, UTCDateTime
from services.triage.models.base import Base


class Snapshot(Base):
    """Core's taxonomy, people and macros as of one version: a single row, replaced whole.

    A desk has some hundreds of these things; one document that is always consistent beats six tables that
    events could tear apart.
    """

    __tablename__ = "snapshot"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(sa.BigInteger)
    data: Mapped[bytes] = mapped_column(sa.LargeBinary)
    synced_at: Mapped[datetime] = mapped_column(UTCDateTime)


class LabelScheme(Base):
    """The labels that existed at one version of the snapshot, and which team owned them: what a decision of that
    time may be replayed with, after categories have come and gone."""

    __tablename__ = "label_scheme"

    version: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    data: Mapped[dict[str, Any]] = mapped_column(Json)


class Pull(Base):
    """How far a pull from core has come."""

    __tablename__ = "pull"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    cursor: Mapped[str] = mapped_column(sa.String(400))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
