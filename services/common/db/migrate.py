"""Alembic, one tree a service, run before anything is served."""

import asyncio
from importlib import import_module
from pathlib import Path

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

from services.common.db.engine import DatabaseBroken, check_sqlite, sqlite_engine


def upgrade(url: str, package: str) -> None:
    """Bring the database at ``url`` to the newest revision of ``package`` (``services.<name>``).

    Raises :class:`DatabaseBroken` for a damaged SQLite file. Safe to run from several processes at once on
    PostgreSQL (an advisory lock) and on SQLite (its writer lock).
    """
    database = sa.make_url(url).database
    if url.startswith("sqlite"):
        Path(str(database)).parent.mkdir(parents=True, exist_ok=True)
        check_sqlite(url)
        engine = sqlite_engine(url, immediate=True, poolclass=sa.NullPool)
        # A table that is changed is made anew and the old one dropped, which would take along every row that
        # points to it. SQLite's own advice: enforce nothing meanwhile, and check at the end.
        sa.event.listen(engine, "connect", lambda raw, record: raw.execute("PRAGMA foreign_keys=OFF"))
        with engine.begin() as conn:
            before = _revision(conn)
            _upgrade(conn, package)
            if before not in {None, _revision(conn)}:
                _check_references(conn, str(database))
        engine.dispose()
    else:
        asyncio.run(_upgrade_postgres(url, package))


def _revision(conn: sa.Connection) -> str | None:
    return MigrationContext.configure(conn).get_current_revision()


def _check_references(conn: sa.Connection, database: str) -> None:
    """Undo an upgrade that would leave rows without what they point to."""
    if lost := conn.exec_driver_sql("PRAGMA foreign_key_check").all():
        tables = ", ".join(sorted({str(row[0]) for row in lost}))
        raise DatabaseBroken(
            f"{database} was not upgraded: rows of {tables} point to nothing. Restore a backup with "
            "`triaje restore`, or ask for help with this message."
        )


def config_for(package: str) -> Config:
    """The Alembic configuration of a service; its scripts lie in ``<package>/migrations``."""
    config = Config()
    module = import_module(package)
    config.set_main_option("script_location", str(Path(str(module.__file__)).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(conn: sa.Connection, package: str) -> None:
    config = config_for(package)
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


async def _upgrade_postgres(url: str, package: str) -> None:
    engine = create_async_engine(url, poolclass=sa.NullPool)
    async with engine.begin() as conn:
        await conn.execute(sa.text("SELECT pg_advisory_xact_lock(727465)"))
        await conn.run_sync(_upgrade, package)
    await engine.dispose()


def run_env(metadata: sa.MetaData) -> None:
    """The whole of a service's ``migrations/env.py``: run on the connection that ``upgrade`` made."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transactional_ddl=True,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_object=_has_a_model,
    )
    with context.begin_transaction():
        context.run_migrations()


def _has_a_model(item: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Leave alone what only the database knows: the tables that a full-text index keeps for itself."""
    return not (kind == "table" and reflected and compare_to is None)
