"""Statements of the hottest paths, compiled once a dialect: what every intake and every ticket's page asks.

They go to the driver's cursor with the same type processors as everywhere else, and past SQLAlchemy's execution
context, which costs more than SQLite does. Errors come back as SQLAlchemy's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from msgspec import Struct

from services.common.db.types import UTCDateTime

T = TypeVar("T")
Processor = Callable[[Any], Any]
Computed = Callable[[sa.Dialect], sa.ColumnElement[Any]]


class _Plan(Struct, frozen=True):
    """One statement for one dialect: parameters in order with what turns a value into the driver's, and back."""

    sql: str
    parameters: list[tuple[str, Processor | None, Any]]  # with what it is where none is given
    results: list[tuple[str, Processor | None]]


def _plan(statement: Any, dialect: sa.Dialect, returned: Iterable[sa.ColumnElement[Any]] = ()) -> _Plan:
    compiled: Any = statement.compile(dialect=dialect)
    binds = [(name, compiled.binds[name]) for name in compiled.positiontup or []]
    return _Plan(
        sql=str(compiled),
        parameters=[(name, _processor(bind.type, dialect), bind.value) for name, bind in binds],
        results=[(str(getattr(column, "name", "")), _back(column.type, dialect)) for column in returned],
    )


def _back(type_: Any, dialect: sa.Dialect) -> Processor | None:
    if isinstance(
        type_, sa.Float
    ):  # drivers give floats; asyncpg's type would want its own code of the column
        return None
    processor: Processor | None = type_.dialect_impl(dialect).result_processor(dialect, None)
    return processor


def _processor(type_: Any, dialect: sa.Dialect) -> Processor | None:
    if dialect.name == "sqlite" and isinstance(type_, UTCDateTime):
        return _moment
    processor: Processor | None = type_.dialect_impl(dialect).bind_processor(dialect)
    return processor


def _moment(value: datetime | None) -> str | None:
    """What :class:`UTCDateTime` and SQLAlchemy make of a datetime for SQLite together, in a tenth of their time."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a datetime without a time zone cannot be stored")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _run(conn: sa.Connection, plan: _Plan, given: Mapping[str, Any], fetch: Callable[[Any], T]) -> T:
    found = [(to, given.get(name, value)) for name, to, value in plan.parameters]
    values = tuple([value if to is None else to(value) for to, value in found])
    dbapi: Any = conn.dialect.loaded_dbapi
    cursor = conn.connection.cursor()
    try:
        cursor.execute(plan.sql, values)
        return fetch(cursor)
    except dbapi.Error as error:
        gone = conn.dialect.is_disconnect(error, conn.connection.dbapi_connection, cursor)
        raise sa.exc.DBAPIError.instance(
            plan.sql, values, error, dbapi.Error, connection_invalidated=gone, dialect=conn.dialect
        ) from error
    finally:
        cursor.close()


class CompiledInsert:
    """``INSERT`` of all columns of a table; a column that is not given is null.

    ``computed`` names a column whose value the database works out by an expression; the call returns it.
    """

    def __init__(self, table: sa.Table, computed: tuple[str, Computed] | None = None) -> None:
        self._table, self._computed = table, computed
        self._plans: dict[str, _Plan] = {}

    def __call__(self, conn: sa.Connection, row: Mapping[str, Any]) -> Any:
        """Insert one row. Returns the computed column's value, where there is one."""
        plan = self._plans.get(conn.dialect.name)
        if plan is None:
            returned = [self._table.c[self._computed[0]]] if self._computed else []
            plan = _plan(self._statement(conn.dialect), conn.dialect, returned)
            self._plans[conn.dialect.name] = plan
        return _run(conn, plan, row, lambda cursor: cursor.fetchone()[0] if plan.results else None)

    def _statement(self, dialect: sa.Dialect) -> Any:
        values: dict[str, Any] = {c.name: sa.bindparam(c.name, type_=c.type) for c in self._table.c}
        if self._computed is None:
            return self._table.insert().values(values)
        name, expression = self._computed
        values[name] = expression(dialect)
        return self._table.insert().values(values).returning(self._table.c[name])


class CompiledSelect:
    """A ``SELECT`` whose parameters are named ``bindparam``s; rows are dicts by column name."""

    def __init__(self, statement: sa.Select[Any] | sa.CompoundSelect[Any]) -> None:
        self._statement = statement
        self._plans: dict[str, _Plan] = {}

    def __call__(self, conn: sa.Connection, **parameters: Any) -> dict[str, Any] | None:
        """The first row, or None."""
        plan = self._plan(conn.dialect)
        found = _run(conn, plan, parameters, lambda cursor: cursor.fetchone())
        return None if found is None else _row(plan, found)

    def all(self, conn: sa.Connection, **parameters: Any) -> list[dict[str, Any]]:
        """Every row, in order."""
        plan = self._plan(conn.dialect)
        return [_row(plan, found) for found in _run(conn, plan, parameters, lambda cursor: cursor.fetchall())]

    def _plan(self, dialect: sa.Dialect) -> _Plan:
        plan = self._plans.get(dialect.name)
        if plan is None:
            plan = _plan(self._statement, dialect, self._statement.selected_columns)
            self._plans[dialect.name] = plan
        return plan


def _row(plan: _Plan, found: Sequence[Any]) -> dict[str, Any]:
    return {
        name: value if back is None else back(value)
        for (name, back), value in zip(plan.results, found, strict=True)
    }
