"""Portable column types and the naming convention of constraints."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

Guid = sa.Uuid(as_uuid=True)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC. A naive one is refused: it has no meaning."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """Plain data (dicts, lists, strings, numbers) as JSON text, the same bytes on every database."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        return None if value is None else msgspec.json.decode(value)


def choice(*values: str, name: str) -> sa.Enum:
    """A string column that holds one of ``values``, checked by the database; ``name`` names the check."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def metadata_for(service: str) -> sa.MetaData:
    """The metadata of one service's database, with the kernel's own tables in it."""
    from services.common.db import tables  # the tables need the types above

    metadata = sa.MetaData(naming_convention=NAMING, info={"service": service})
    for table in tables.kernel.tables.values():
        table.to_metadata(metadata)
    return metadata
