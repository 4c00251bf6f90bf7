"""The pure rules of a form: what is asked after which answers, and what is wrong with them. The only evaluator.

Pages ask the server what to show, so what they show and what is enforced cannot differ.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from services.common.errors import FieldError
from services.core.contract import CustomField, FormCondition, FormItem
from services.core.fields.kinds import Wrong, is_empty, problem, stored

Definitions = Mapping[str, CustomField]


class Outcome(Struct, frozen=True):
    """What a form asks after some answers. ``values`` are the stored forms of those that fit and are asked."""

    shown: list[str]
    required: list[str]
    values: dict[str, Any]
    problems: list[FieldError]


def evaluate(
    items: Sequence[FormItem], fields: Definitions, answers: Mapping[str, Any], *, visible: frozenset[str]
) -> Outcome:
    """Walk the form from above. A field that is not asked counts as empty for those below it.

    ``visible`` are the keys that whoever answers may see. An answer to what is not asked, not visible or not
    of the form is a problem; so is an answer that does not fit, and a required one that is missing.
    """
    shown: list[str] = []
    required: list[str] = []
    values: dict[str, Any] = {}
    problems: list[FieldError] = []
    for item in items:
        field = fields.get(item.field)
        if field is None or not field.active or item.field in shown or not asked(item, values):
            continue
        if item.field not in visible:
            continue
        shown.append(item.field)
        value, wrong = _value(field, answers.get(item.field))
        if wrong:
            problems.append(problem(item.field, wrong))
        elif value is not None:
            values[item.field] = value
        if item.required or field.required:
            required.append(item.field)
            if value is None and not wrong:
                problems.append(problem(item.field, "required"))
    problems += [
        problem(key, _why_not(key, fields, visible))
        for key, value in answers.items()
        if key not in shown and not is_empty(value)
    ]
    return Outcome(shown, required, values, problems)


def _value(field: CustomField, given: Any) -> tuple[Any, str]:
    """The stored value and nothing, or None and what is wrong. The conditions below see only what fits."""
    try:
        return stored(field, given), ""
    except Wrong as wrong:
        return None, wrong.code


def _why_not(key: str, fields: Definitions, visible: frozenset[str]) -> str:
    if key not in fields or fields[key].target != "ticket":
        return "unknown"
    return "not_shown" if key in visible else "forbidden"


def asked(item: FormItem, values: Mapping[str, Any]) -> bool:
    """Whether every condition of ``item`` holds among the answers above it."""
    return all(holds(condition, values.get(condition.field)) for condition in item.when)


def holds(condition: FormCondition, value: Any) -> bool:
    """Whether one condition holds of a stored value; an unanswered question is only ``empty`` or ``is_not``."""
    empty = is_empty(value)
    match condition.op:
        case "filled":
            return not empty
        case "empty":
            return empty
        case "is":
            return not empty and bool(_words(value) & set(condition.value))
        case "is_not":
            return empty or not _words(value) & set(condition.value)
        case "at_least":
            return not empty and any(_compare(value, least) >= 0 for least in condition.value)
        case "at_most":
            return not empty and any(-1 <= _compare(value, most) <= 0 for most in condition.value)


def _words(value: Any) -> set[str]:
    """A value as conditions write it: ``yes`` and ``no``, keys of options, numbers as they are read."""
    if isinstance(value, bool):
        return {"yes" if value else "no"}
    if isinstance(value, list):
        return {str(one) for one in value}
    return {str(value)}


def said(value: Any) -> str:
    """A stored value as conditions write it, for people who ask why one held."""
    return "" if is_empty(value) else ", ".join(sorted(_words(value)))


_INCOMPARABLE = -2


def _compare(value: Any, bound: str) -> int:
    """-1, 0 or 1 as ``value`` is less than, equal to or more than ``bound``; :data:`_INCOMPARABLE` else."""
    try:
        if isinstance(value, str) and "-" in value[1:]:  # a date orders as its text does
            return (value > bound) - (value < bound)
        left, right = Decimal(str(value)), Decimal(bound)
    except ArithmeticError:
        return _INCOMPARABLE
    return (left > right) - (left < right)
