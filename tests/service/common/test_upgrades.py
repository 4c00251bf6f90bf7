"""Upgrading a desk that has data keeps every row: a table that is made anew takes nothing along."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from services.common.db.migrate import config_for, upgrade

QUOTED = re.compile(r"'([^']*)'")


def at_first(url: str, package: str) -> None:
    """The database as the first release made it."""
    config = config_for(package)
    engine = sa.create_engine(url)
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        (first,) = ScriptDirectory.from_config(config).get_bases()
        command.upgrade(config, first)
    engine.dispose()


def fill(url: str) -> dict[str, int]:
    """One row in every table, each pointing to those before it. Returns the number of rows by table."""
    engine = sa.create_engine(url)
    metadata = sa.MetaData()
    metadata.reflect(engine)
    made: dict[str, dict[str, Any]] = {}
    with engine.begin() as conn:
        inspector = sa.inspect(conn)
        for table in metadata.sorted_tables:
            if table.name == "alembic_version" or "_fts" in table.name:  # the index fills itself
                continue
            choices = {}
            for check in inspector.get_check_constraints(table.name):
                allowed = QUOTED.findall(check["sqltext"])
                for column in table.columns:
                    if re.search(rf"\b{column.name}\b", check["sqltext"]) and allowed:
                        choices[column.name] = allowed[0]
            row = {column.name: value(column, choices, made) for column in table.columns}
            conn.execute(table.insert().values(**row))
            made[table.name] = row
        counts = {name: conn.execute(sa.text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in made}
    engine.dispose()
    return counts


def value(column: Any, choices: dict[str, str], made: dict[str, dict[str, Any]]) -> Any:
    for key in column.foreign_keys:
        parent = made.get(key.column.table.name)
        return None if parent is None else parent[key.column.name]
    if column.name in choices:
        return choices[column.name]
    kind = column.type
    if isinstance(kind, sa.JSON):
        return []
    if isinstance(kind, sa.LargeBinary):
        return bytes(32)
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.DateTime):
        return datetime(2026, 1, 1)
    if isinstance(kind, (sa.Integer, sa.Numeric, sa.Float)):
        return 1
    return "0" * 32 if getattr(kind, "length", None) == 32 else "x"


@pytest.mark.parametrize("service", ["core", "triage", "kb"])
def test_an_upgrade_of_a_desk_with_data_loses_no_row(tmp_path: Path, service: str) -> None:
    url, package = f"sqlite:///{tmp_path}/{service}.db", f"services.{service}"
    at_first(url, package)
    before = fill(url)
    assert all(before.values())
    upgrade(url, package)
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        kept = set(sa.inspect(conn).get_table_names())
        after = {
            name: conn.execute(sa.text(f'SELECT count(*) FROM "{name}"')).scalar_one()
            for name in before
            if name in kept
        }
        assert conn.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    engine.dispose()
    lost = {name: count - after[name] for name, count in before.items() if after.get(name, count) < count}
    assert lost == {}
