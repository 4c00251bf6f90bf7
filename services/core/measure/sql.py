"""What SQLite and PostgreSQL say differently: lengths of time, and medians."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class seconds_between(FunctionElement[float]):  # noqa: N801  (it is read as a function of SQL)
    """Seconds from the first moment to the second."""

    type = sa.Float()
    inherit_cache = True


@compiles(seconds_between, "postgresql")
def _postgresql(element: seconds_between, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(one, **options) for one in element.clauses)
    return f"CAST(EXTRACT(EPOCH FROM ({end} - {start})) AS DOUBLE PRECISION)"


@compiles(seconds_between, "sqlite")
def _sqlite(element: seconds_between, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(one, **options) for one in element.clauses)
    return f"(julianday({end}) - julianday({start})) * 86400.0"


def medians(rows: sa.Subquery) -> sa.Select[Any]:
    """The median of ``value`` for each ``key`` of ``rows``: the mean of the two in the middle of an even number."""
    ranked = sa.select(
        rows.c.key,
        rows.c.value,
        sa.func.row_number().over(partition_by=rows.c.key, order_by=rows.c.value).label("n"),
        sa.func.count().over(partition_by=rows.c.key).label("of"),
    ).subquery()
    middle = ranked.c.n.in_([(ranked.c.of + 1) // 2, (ranked.c.of + 2) // 2])
    return (
        sa.select(ranked.c.key, sa.func.avg(ranked.c.value).label("median"))
        .where(middle)
        .group_by(ranked.c.key)
    )
