"""The short way of a moment into SQLite writes what the long way writes."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from services.common.db.compiled import CompiledSelect, _processor
from services.common.db.types import UTCDateTime

DIALECT = sqlite.dialect()
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-11))])


@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=ZONES))
def test_a_moment_is_written_as_by_the_column_type(moment: datetime) -> None:
    short = _processor(UTCDateTime(), DIALECT)
    long = UTCDateTime().dialect_impl(DIALECT).bind_processor(DIALECT)
    assert short is not None
    assert short(moment) == long(moment)


def test_nothing_stays_nothing_and_a_moment_without_zone_is_refused() -> None:
    short = _processor(UTCDateTime(), DIALECT)
    assert short is not None
    assert short(None) is None
    with pytest.raises(ValueError, match="time zone"):
        short(datetime(2026, 1, 1))
    assert _processor(sa.Integer(), DIALECT) is None


def test_a_compiled_select_keeps_its_own_values_beside_those_that_are_given() -> None:
    engine = sa.create_engine("sqlite://")
    metadata = sa.MetaData()
    thing = sa.Table(
        "thing", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", UTCDateTime)
    )
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    newest = CompiledSelect(
        sa.select(thing.c.id, thing.c.at.label("moment"))
        .where(thing.c.id >= sa.bindparam("least"), thing.c.id != 3)
        .order_by(thing.c.id.desc())
        .limit(2)
    )
    with engine.begin() as conn:
        metadata.create_all(conn)
        conn.execute(thing.insert(), [{"id": number, "at": moment} for number in range(6)])
        assert newest.all(conn, least=2) == [{"id": 5, "moment": moment}, {"id": 4, "moment": moment}]
        assert newest(conn, least=5) == {"id": 5, "moment": moment}
        assert newest(conn, least=6) is None
        assert newest.all(conn, least=6) == []
