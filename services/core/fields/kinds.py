"""Pure checks of values by the definition of their field: from what was given to what is stored."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from pydantic_core import SchemaError, SchemaValidator, core_schema

from services.common.errors import FieldError
from services.common.text import normalise_email, single_line, strip_control
from services.core.contract import CustomField

LINE, PAGE = 500, 10_000
"""Characters of a text of one line and of a long one, where the field sets no maximum."""
MOST_NUMBER = 10**15
TEXTS = frozenset({"text", "long_text", "email", "url", "phone"})
_AMOUNT = re.compile(r"-?\d{1,15}([.,]\d{1,6})?")
_NUMBER = re.compile(r"-?\d{1,15}")
_PHONE = re.compile(r"\+?[0-9 ()./\-]{5,40}")
_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}

MESSAGES = {
    "required": "An answer is needed.",
    "not_shown": "This is not asked with these answers.",
    "forbidden": "Only the desk sets this.",
    "unknown": "There is no such field.",
    "invalid": "This does not fit the field.",
    "not_a_choice": "This is none of the choices.",
    "too_small": "Less than the minimum.",
    "too_large": "More than the maximum.",
    "too_short": "Too short.",
    "too_long": "Too long.",
    "pattern": "This does not have the right form.",
}


class Wrong(ValueError):
    """Why a value does not fit; ``code`` is a key of :data:`MESSAGES`."""

    def __init__(self, code: str) -> None:
        super().__init__(MESSAGES[code])
        self.code = code


def problem(key: str, code: str, prefix: str = "fields.") -> FieldError:
    """A problem with the value of the field ``key``."""
    return FieldError(f"{prefix}{key[:80]}", MESSAGES[code], code)


def is_empty(value: Any) -> bool:
    """Whether nothing was answered; ``False`` and 0 are answers."""
    return value is None or value == "" or value == []


def stored(field: CustomField, value: Any) -> Any:
    """``value`` as the field stores it, None for nothing. Raises :class:`Wrong`."""
    if is_empty(value) or (isinstance(value, str) and not value.strip()):
        return None
    return _BY_KIND[field.kind](field, value)


def _text(field: CustomField, value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong("invalid")
    long = field.kind == "long_text"
    text = strip_control(value).strip() if long else single_line(value, len(value))
    most = int(field.maximum) if field.maximum else PAGE if long else LINE
    if len(text) > most:
        raise Wrong("too_long")
    if field.minimum and len(text) < int(field.minimum):
        raise Wrong("too_short")
    if field.pattern and not matches(field.pattern, text):
        raise Wrong("pattern")
    return text


def _email(field: CustomField, value: Any) -> str:
    address = normalise_email(_text(field, value))
    if address is None:
        raise Wrong("invalid")
    return address


def _url(field: CustomField, value: Any) -> str:
    text = _text(field, value)
    try:
        parts = urlsplit(text)
    except ValueError:
        raise Wrong("invalid") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or " " in text:
        raise Wrong("invalid")
    return text


def _phone(field: CustomField, value: Any) -> str:
    text = _text(field, value)
    if not _PHONE.fullmatch(text) or sum(c.isdigit() for c in text) < 5:
        raise Wrong("invalid")
    return text


def _number(field: CustomField, value: Any) -> int:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < MOST_NUMBER:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MOST_NUMBER:
        raise Wrong("invalid")
    _bounds(field, Decimal(value))
    return value


def _amount(field: CustomField, value: Any) -> str:
    """A decimal in text: a comma is a point, and there are no separators of thousands to be mistaken for one."""
    text = repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _AMOUNT.fullmatch(text.strip()):
        raise Wrong("invalid")
    number = Decimal(text.strip().replace(",", "."))
    _bounds(field, number)
    return f"{number:f}"


def _bounds(field: CustomField, number: Decimal) -> None:
    if field.minimum and number < Decimal(field.minimum):
        raise Wrong("too_small")
    if field.maximum and number > Decimal(field.maximum):
        raise Wrong("too_large")


def _date(field: CustomField, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip()):
        raise Wrong("invalid")
    try:
        day = date.fromisoformat(value.strip()).isoformat()
    except ValueError:
        raise Wrong("invalid") from None
    if field.minimum and day < field.minimum:
        raise Wrong("too_small")
    if field.maximum and day > field.maximum:
        raise Wrong("too_large")
    return day


def _yes_no(field: CustomField, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _YES:
        return _YES[value.strip().lower()]
    raise Wrong("invalid")


def _choice(field: CustomField, value: Any) -> str:
    if not isinstance(value, str) or value not in {option.key for option in field.options}:
        raise Wrong("not_a_choice")
    return value


def _choices(field: CustomField, value: Any) -> list[str] | None:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list):
        raise Wrong("invalid")
    chosen = {_choice(field, one) for one in given if one != ""}
    return [option.key for option in field.options if option.key in chosen] or None


_BY_KIND: dict[str, Callable[[CustomField, Any], Any]] = {
    "text": _text, "long_text": _text, "number": _number, "amount": _amount, "date": _date, "yes_no": _yes_no,
    "choice": _choice, "choices": _choices, "email": _email, "url": _url, "phone": _phone,
}  # fmt: skip


@lru_cache(maxsize=200)
def _compiled(pattern: str) -> SchemaValidator:
    return SchemaValidator(
        core_schema.str_schema(pattern=rf"\A(?:{pattern})\z", regex_engine="rust-regex", strict=True)
    )


def matches(pattern: str, text: str) -> bool:
    """Whether all of ``text`` matches. The engine never backtracks, so no pattern makes it slow."""
    return bool(_compiled(pattern).isinstance_python(text))


def is_pattern(pattern: str) -> bool:
    """Whether ``pattern`` can be used: no look-around and no back-references, which need backtracking."""
    try:
        SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
        _compiled(pattern)
    except SchemaError:
        return False
    return True
