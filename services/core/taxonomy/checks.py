"""Checks that entries of the taxonomy share."""

from typing import Any

import sqlalchemy as sa
from msgspec import UNSET, UnsetType

from services.common.errors import FieldError, Invalid
from services.common.text import single_line, strip_control
from services.core.taxonomy.errors import Stale

LANGUAGES = ("en", "es")


def named(name: dict[str, str], field: str = "name", limit: int = 200) -> dict[str, str]:
    """Names by language, cleaned; one at least, in languages of the desk. Raises :class:`Invalid`."""
    clean = {lang: single_line(text, limit) for lang, text in name.items()}
    clean = {lang: text for lang, text in clean.items() if text}
    return _languages(clean, field, needed=True)


def texts(text: dict[str, str], field: str, limit: int = 20_000) -> dict[str, str]:
    """Longer texts by language, cleaned; none is needed."""
    clean = {lang: strip_control(one)[:limit].strip() for lang, one in text.items()}
    return _languages({lang: one for lang, one in clean.items() if one}, field, needed=False)


def _languages(clean: dict[str, str], field: str, *, needed: bool) -> dict[str, str]:
    wrong = sorted(set(clean) - set(LANGUAGES))
    if wrong:
        raise Invalid(
            errors=[FieldError(f"{field}.{wrong[0][:8]}", "The languages are en and es.", "unknown")]
        )
    if needed and not clean:
        raise Invalid(errors=[FieldError(field, "A name in one language at least.", "empty")])
    return clean


def given(**values: Any) -> dict[str, Any]:
    """The values that a PATCH body has, without those left out."""
    return {
        name: value
        for name, value in values.items()
        if not isinstance(value, UnsetType) and value is not UNSET
    }


def versioned_update(
    conn: sa.Connection, table: sa.Table, match: sa.ColumnElement[bool], version: int, values: dict[str, Any]
) -> None:
    """Write ``values`` if the row still has ``version``; raises :class:`Stale` otherwise."""
    written = conn.execute(
        table.update().where(match, table.c.version == version).values(**values, version=version + 1)
    )
    if written.rowcount != 1:
        raise Stale(version=conn.execute(sa.select(table.c.version).where(match)).scalar())
