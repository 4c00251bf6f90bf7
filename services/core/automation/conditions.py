"""Pure conditions of rules: what they may ask of a ticket, and why they hold. No pattern is ever compiled."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from services.core.contract import FormCondition
from services.core.fields import rules as forms

CHOICES = (
    "status",
    "status_category",
    "priority",
    "category",
    "team",
    "assignee",
    "channel",
    "language",
    "type",
    "tier",
)
FIELDS = (*CHOICES, "tags", "words", "open")
OPERATORS = ("is", "is_not", "at_least", "at_most", "empty", "not_empty", "contains")
OWN = "field."
"""``field.KEY`` asks for one of the desk's own fields, as the search does."""
MAX_WORDS = 200


class Condition(Struct, frozen=True, kw_only=True):
    """One question. ``value`` has the alternatives: any of them will do (none of them for ``is_not``)."""

    field: str
    op: str = "is"
    value: tuple[str, ...] = ()


class Facts(Struct, frozen=True, kw_only=True):
    """A ticket as conditions see it.

    ``text`` is what was written, ``ranks`` the order of priorities, ``own`` the stored answers to the desk's fields.
    """

    values: Mapping[str, Any]
    tags: frozenset[str]
    text: str
    open: bool
    ranks: Mapping[str, int]
    own: Mapping[str, Any] = {}


def plain_words(text: str) -> str:
    """Lower case without accents, every other sign a space: so words are found however they are typed."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    return f" {' '.join(''.join(c if c.isalnum() else ' ' for c in bare).split())} "


def found_word(words: Sequence[str], text: str) -> str | None:
    """The first of ``words`` (or phrases; ``robad*`` takes any ending) that stands in the text as a whole word."""
    plain = plain_words(text)
    for word in words[:MAX_WORDS]:
        open_end = word.rstrip().endswith("*")
        wanted = plain_words(word).strip()
        if wanted and (f" {wanted}" if open_end else f" {wanted} ") in plain:
            return word
    return None


def reasons(all_of: Sequence[Condition], any_of: Sequence[Condition], facts: Facts) -> list[str] | None:
    """Why the rule holds, a few words a condition; None where it does not."""
    held = [holds(condition, facts) for condition in all_of]
    if any(reason is None for reason in held):
        return None
    either = [reason for condition in any_of if (reason := holds(condition, facts)) is not None]
    if any_of and not either:
        return None
    return [reason for reason in [*held, *either[:1]] if reason]


def holds(condition: Condition, facts: Facts) -> str | None:
    """Why one condition holds (an empty string where there is nothing to say), or None."""
    if condition.field == "words":
        word = found_word(condition.value, facts.text)
        if condition.op == "is_not":
            return "" if word is None else None
        return f"“{word}”" if word is not None else None
    if condition.field == "open":
        return "" if facts.open == (condition.value[:1] != ("no",)) else None
    if condition.field == "tags":
        return _tags(condition, facts.tags)
    if condition.field.startswith(OWN):
        return _own(condition, facts.own.get(condition.field.removeprefix(OWN)))
    check = _CHECKS.get(condition.op)
    return check(condition, facts) if check else None


def _tags(condition: Condition, tags: frozenset[str]) -> str | None:
    shared = sorted(tags & set(condition.value))
    match condition.op:
        case "is" | "contains":
            return ", ".join(shared) if shared else None
        case "is_not":
            return None if shared else ""
        case "empty":
            return None if tags else ""
        case "not_empty":
            return ", ".join(sorted(tags)) if tags else None
    return None


def _own(condition: Condition, value: Any) -> str | None:
    """As forms decide it, so that a rule and a form never differ on an answer; ``contains`` looks for words."""
    shown = forms.said(value)
    if condition.op == "contains":
        word = found_word(condition.value, shown)
        return f"“{word}”" if word is not None else None
    op = {"not_empty": "filled"}.get(condition.op, condition.op)
    asked = FormCondition(field=condition.field, op=op, value=list(condition.value))  # type: ignore[arg-type]
    if not forms.holds(asked, value):
        return None
    return "" if op in {"is_not", "empty"} else shown


def _is(condition: Condition, facts: Facts) -> str | None:
    value = facts.values.get(condition.field)
    return str(value) if value in condition.value else None


def _is_not(condition: Condition, facts: Facts) -> str | None:
    return "" if facts.values.get(condition.field) not in condition.value else None


def _empty(condition: Condition, facts: Facts) -> str | None:
    return None if facts.values.get(condition.field) else ""


def _not_empty(condition: Condition, facts: Facts) -> str | None:
    value = facts.values.get(condition.field)
    return str(value) if value else None


def _ranked(condition: Condition, facts: Facts) -> str | None:
    """A priority at least, or at most, as high as another."""
    bound = facts.ranks.get(condition.value[0]) if condition.value else None
    rank = facts.ranks.get(str(facts.values.get("priority")))
    if condition.field != "priority" or bound is None or rank is None:
        return None
    held = rank >= bound if condition.op == "at_least" else rank <= bound
    return str(facts.values["priority"]) if held else None


_CHECKS: dict[str, Callable[[Condition, Facts], str | None]] = {
    "is": _is,
    "is_not": _is_not,
    "empty": _empty,
    "not_empty": _not_empty,
    "at_least": _ranked,
    "at_most": _ranked,
}
