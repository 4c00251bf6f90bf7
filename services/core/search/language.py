"""The query language: words, phrases, numbers and ``field:value``, with ``-``, ``OR`` and parentheses.

``status:open category:cards "exact phrase" created>7d -tag:x #1234`` reads as: all of these. The grammar is
permissive where people type prose (an open quote runs to the end, a lone dash is a word), and says where it stands
where it cannot be.
"""

import re
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput
from lark.exceptions import UnexpectedCharacters, UnexpectedToken
from msgspec import Struct

from services.common.text.quote import fold
from services.core.search.errors import wrong

MOST_TERMS = 40
LONGEST = 500

FIELDS: dict[str, tuple[str, ...]] = {
    # The name in English to other names for it; accents and case do not matter.
    "status": ("estado",),
    "is": ("es",),
    "has": ("tiene",),
    "priority": ("prioridad",),
    "category": ("categoria",),
    "tag": ("tags", "etiqueta"),
    "assignee": ("asignado", "asignada", "agente"),
    "team": ("equipo",),
    "channel": ("canal",),
    "type": ("tipo",),
    "label": (),
    "triage": ("triaje",),
    "requester": ("customer", "from", "cliente"),
    "organization": ("organisation", "organizacion", "empresa"),
    "language": ("lang", "idioma"),
    "number": ("numero",),
    "subject": ("asunto",),
    "note": ("nota",),
    "created": ("creado", "creada"),
    "updated": ("actualizado", "actualizada"),
    "closed": ("cerrado", "cerrada"),
}
OWN = "field"
"""``field.KEY:value`` asks for one of the desk's own fields."""
NAMES = {alias: name for name, aliases in FIELDS.items() for alias in (name, *aliases)}


class Words(Struct, frozen=True):
    """A word (matched from its beginning) or, when ``exact``, a phrase."""

    text: str
    exact: bool
    at: int


class Number(Struct, frozen=True):
    value: int


class Field(Struct, frozen=True):
    """``name`` is a key of :data:`FIELDS`, ``op`` one of ``: > < >= <=``."""

    name: str
    op: str
    value: str
    at: int


class Not(Struct, frozen=True):
    one: "Node"


class All(Struct, frozen=True):
    each: list["Node"]


class Some(Struct, frozen=True):
    each: list["Node"]


Node = Words | Number | Field | Not | All | Some

_GRAMMAR = r"""
start: [some]
some: all (_OR all)*
all: term+
?term: MINUS atom -> negated
     | atom
?atom: "(" some ")"
     | KEY OP (VALUE | PHRASE) -> field
     | PHRASE -> phrase
     | NUMBER -> number
     | WORD -> word

MINUS.4: /-(?=[^\s\-])/
_OR.3: /(OR|\|\|?)(?=\s|\(|$)/
KEY.3: /(__NAMES__|(?:field|campo)\.[a-z0-9][a-z0-9_\-]{0,79})(?=(:(?!\/\/)|>=|<=|>|<))/i
OP.3: /:|>=|<=|>|</
NUMBER.2: /#\d{1,15}(?=[\s)]|$)/
PHRASE.2: /"[^"]*("|$)/
VALUE: /[^\s()"]+/
WORD: /[^\s()"]+/
%ignore /\s+/
"""


@cache
def _parser() -> Lark:
    names = sorted([*NAMES, "categoría", "número", "organización"], key=len, reverse=True)
    return Lark(_GRAMMAR.replace("__NAMES__", "|".join(names)), parser="lalr", propagate_positions=False)


class _Tree(Transformer[Token, Any]):
    """Lark's tree as ours."""

    def start(self, items: list[Any]) -> Node:
        return items[0] if items and items[0] is not None else All([])

    def some(self, items: list[Any]) -> Node:
        return items[0] if len(items) == 1 else Some(items)

    def all(self, items: list[Any]) -> Node:
        return items[0] if len(items) == 1 else All(items)

    def negated(self, items: list[Any]) -> Node:
        return Not(items[1])

    def field(self, items: list[Token]) -> Node:
        key, op, value = items
        _, own, of = str(key).partition(".")
        name = f"{OWN}.{of.lower()}" if own else NAMES[fold(key)]
        return Field(name, str(op), str(value).strip('"').strip(), key.start_pos or 0)

    def phrase(self, items: list[Token]) -> Node:
        return Words(items[0].strip('"'), True, items[0].start_pos or 0)

    def number(self, items: list[Token]) -> Node:
        return Number(int(items[0].lstrip("#")))

    def word(self, items: list[Token]) -> Node:
        return Words(str(items[0]), False, items[0].start_pos or 0)


_UNKNOWN = re.compile(r"([^\W\d_][\w]*)(:(?!//)|>=|<=)(?=[^\s:])")


def parse(text: str) -> Node:
    """The tree of a query; an empty one is ``All([])``. Raises :class:`QueryWrong` with place and expectation."""
    if len(text) > LONGEST:
        raise wrong("length", f"A search has at most {LONGEST} characters.", at=LONGEST)
    try:
        tree: Node = _Tree().transform(_parser().parse(text))
    except UnexpectedInput as error:
        raise _located(error, text) from error
    _count(tree, text)
    return tree


def _count(tree: Node, text: str) -> None:
    terms = list(leaves(tree))
    if len(terms) > MOST_TERMS:
        raise wrong("length", f"A search has at most {MOST_TERMS} terms.", at=len(text))
    for one in terms:
        if isinstance(one, Words) and not one.exact and (found := _UNKNOWN.match(one.text)):
            raise wrong(
                "field",
                f"There is no field {found[1]!r} to search in.",
                at=one.at,
                near=found[1],
                expected=near_names(found[1]) or list(FIELDS),
            )


def leaves(node: Node) -> list[Words | Number | Field]:
    """Every term of a tree."""
    if isinstance(node, Not):
        return leaves(node.one)
    if isinstance(node, All | Some):
        return [leaf for one in node.each for leaf in leaves(one)]
    return [node]


def near_names(given: str) -> list[str]:
    """Fields whose names look like ``given``."""
    from difflib import get_close_matches

    return list(dict.fromkeys(NAMES[name] for name in get_close_matches(fold(given), NAMES, n=4, cutoff=0.6)))


def _located(error: UnexpectedInput, text: str) -> Exception:
    place: Any = error.pos_in_stream  # None at the end of the text, whatever its type says
    at = place if isinstance(place, int) and place >= 0 else len(text)
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        at = len(text)
    raw = error.accepts or error.expected if isinstance(error, UnexpectedToken) else set()
    if isinstance(error, UnexpectedCharacters):
        raw = error.allowed or set()
    expected = [words for name, words in _WORDS.items() if name in raw] or ["word", '"phrase"', "field:"]
    near = text[at : at + 20].split(" ", maxsplit=1)[0] or text[at : at + 1]
    what = f"{near!r} cannot stand here." if near else "Something is missing at the end."
    hope = f" Expected: {', '.join(expected)}." if expected else ""
    return wrong("unexpected", what + hope, at=at, near=near, expected=expected)


_WORDS = {
    "WORD": "word",
    "VALUE": "value",
    "PHRASE": '"phrase"',
    "KEY": "field:",
    "NUMBER": "#number",
    "LPAR": "(",
    "RPAR": ")",
}
