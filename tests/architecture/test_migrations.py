"""Migrations and models say the same, on both databases."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.common.db import Database
from services.suite.runtime import WITH_DATABASE


def differences(package: str, conn: sa.Connection) -> list[Any]:
    """What autogenerate would write, without what a reflection cannot see alike on both databases."""
    models = import_module(f"{package}.models")
    metadata: sa.MetaData = models.metadata if hasattr(models, "metadata") else models.Base.metadata
    context = MigrationContext.configure(conn, opts={"include_object": ours(metadata)})
    return list(compare_metadata(context, metadata))


def ours(metadata: sa.MetaData) -> Callable[..., bool]:
    def include(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
        """Full-text tables are made by hand and have no model; every database writes an expression in its own way."""
        if kind == "index":
            index = compare_to if reflected and compare_to is not None else item
            return all(isinstance(part, sa.Column) for part in index.expressions)
        return not (kind == "table" and reflected and name not in metadata.tables)

    return include


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_models_and_migrations_agree(service: str, migrated_database: Callable[[str], str]) -> None:
    package = f"services.{service}"
    db = Database(migrated_database(package))
    try:
        assert await db.read(lambda conn: differences(package, conn)) == []
    finally:
        await db.close()
