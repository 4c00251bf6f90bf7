"""The declarative base; the kernel's outbox, inbox and job tables share its metadata."""

from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase

from services.common.db import metadata_for


class Base(DeclarativeBase):
    """Base of triage's tables."""

    metadata = metadata_for("triage")


def table(model: type[Base]) -> sa.Table:
    """The table of a model, for statements that speak of columns."""
    return cast(sa.Table, model.__table__)
