"""The decision log and what erasures owe."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.common.db import Guid, UTCDateTime
from services.triage.models.base import Base


class LogEntry(Base):
    """One decision in the chain. ``serial`` has no gaps; ``digest`` is salted, the salt lies with the input.

    ``chain`` is the hash of the chain before it and of this digest, so that no entry can be changed, dropped
    or put in between without every later one changing too.
    """

    __tablename__ = "log_entry"

    serial: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    decision: Mapped[UUID] = mapped_column(Guid, unique=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    chain: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class Erasure(Base):
    """A person who was erased and from whose tickets a model had learnt.

    ``since`` is when the first of their tickets closed: a model whose examples end before it never saw them (none
    in rows of earlier releases: every model did). ``model`` served at that time.
    """

    __tablename__ = "erasure"

    id: Mapped[UUID] = mapped_column(Guid, primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    examples: Mapped[int]
    model: Mapped[str] = mapped_column(sa.String(40))
