"""The short way of a moment into SQLite writes what the long way writes."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from services.common.db.compiled import _processor
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
