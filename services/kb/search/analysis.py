"""Text to terms: what the index stores, what a query asks for and what is highlighted are cut here alike.

A term is a folded, lightly stemmed word. Folding drops case and accents, so that "Contraseña" and
"contrasena" are one word. The stemmers take off endings of number and gender only: they may leave two forms
of a word apart, but they do not merge different words, which on titles and short queries costs more.
"""

import re
import unicodedata
import zlib
from functools import lru_cache
from typing import NamedTuple

# A word, or words held together by what holds error codes, versions, paths and addresses together.
TOKEN = re.compile(r"#?\w+(?:[-._/:@+'’]\w+)*(?:\+\+|#)?", re.UNICODE)
PART = re.compile(r"\w+", re.UNICODE)
LONGEST = 64  # characters of a term; base64 and the like would only fill the index

# Words that carry no topic. A query of nothing else is searched as it stands.
STOP = {
    "en": frozenset(
        [
            "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do", "does",
            "for", "from", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its", "may", "me",
            "my", "no", "not", "of", "on", "or", "our", "shall", "should", "so", "than", "that", "the", "their",
            "them", "then", "there", "these", "they", "this", "to", "was", "we", "were", "what", "when",
            "where", "which", "who", "why", "will", "with", "would", "you", "your", "am", "s", "t", "ll", "ve",
            "re", "d", "m", "don", "isn", "doesn", "didn", "can't", "please", "hi", "hello", "want", "need"
        ]
    ),
    "es": frozenset(
        [
            "a", "al", "algo", "ante", "aquel", "aquella", "asi", "como", "con", "contra", "cual", "cuando",
            "de", "del", "desde", "donde", "e", "el", "ella", "ellas", "ellos", "en", "entre", "era", "es",
            "esa", "ese", "eso", "esta", "estan", "estas", "este", "esto", "estos", "fue", "ha", "hace",
            "hacia", "han", "hasta", "hay", "la", "las", "le", "les", "lo", "los", "mas", "me", "mi", "mis",
            "muy", "ni", "no", "nos", "o", "os", "para", "pero", "por", "porque", "que", "quien", "se", "ser",
            "si", "sin", "sobre", "son", "su", "sus", "tambien", "te", "ti", "tiene", "todo", "tu", "tus", "u",
            "un", "una", "uno", "unas", "unos", "y", "ya", "yo", "he", "hemos", "soy", "puede", "puedo",
            "quiero", "hola", "favor"
        ]
    ),
}  # fmt: skip
STOP_ANY = frozenset().union(*STOP.values())


class Token(NamedTuple):
    """A word in its place: `text[start:end]` is `surface`, `folded` its form without case and accents."""

    surface: str
    folded: str
    start: int
    end: int


def fold(text: str) -> str:
    """Lower case without accents; compatibility forms (ﬁ, ①, full width) become plain ones."""
    if text.isascii():
        return text.lower()
    # Twice, because letters of mathematics and the like have a case only once they are plain letters.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def tokens(text: str) -> list[Token]:
    """The words of a text in order. A compound such as `ERR-4021` is one token; `terms` adds its parts."""
    found = []
    for match in TOKEN.finditer(text):
        surface = match.group()
        if len(surface) <= LONGEST:
            found.append(Token(surface, fold(surface), match.start(), match.end()))
    return found


def parts(folded: str) -> list[str]:
    """What a compound is also found by: its pieces, and all of them run together (`err-4021`: `err4021`)."""
    if folded.isalnum():  # nearly every word
        return []
    pieces = PART.findall(folded)
    if len(pieces) < 2:
        return pieces if pieces != [folded] else []
    return [*pieces, "".join(pieces)]


def is_code(folded: str) -> bool:
    """Whether a word looks like an identifier: digits beside letters or joined by punctuation, or `#n/a`."""
    digits = any(char.isdigit() for char in folded)
    letters = any(char.isalpha() for char in folded)
    joined = any(not char.isalnum() and char not in "'’_-" for char in folded)
    return (digits and letters) or (digits and joined) or (folded.startswith("#") and len(folded) > 2)


@lru_cache(maxsize=65536)
def stem(folded: str, lang: str) -> str:
    """The term of a folded word in a language; of a language without rules, the word itself."""
    if len(folded) < 4 or not folded.isalpha():
        return folded
    if lang == "en":
        return _english(folded)
    if lang in ROMANCE:
        return _romance(folded)
    return folded


ROMANCE = frozenset({"es", "pt", "it", "ca", "gl"})


def _english(word: str) -> str:
    for ending, keep, shortest in (
        ("ies", "y", 5),
        ("sses", "ss", 5),
        ("xes", "x", 5),
        ("ches", "ch", 6),
        ("shes", "sh", 6),
    ):
        if word.endswith(ending) and len(word) >= shortest:
            return word[: -len(ending)] + keep
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if word.endswith("ing") and len(word) > 5:
        return _undouble(word[:-3])
    if word.endswith("ed") and len(word) > 4 and not word.endswith("eed"):
        return _undouble(word[:-2])
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def _undouble(word: str) -> str:
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        return word[:-1]
    return word.removesuffix("e")


def _romance(word: str) -> str:
    if word.endswith("ces") and len(word) > 4:  # luces, luz
        word = word[:-3] + "z"
    elif word.endswith("es") and len(word) > 4 and word[-3] not in "aeiou":
        word = word[:-2]
    elif word.endswith("s") and len(word) > 3 and not word.endswith("is"):
        word = word[:-1]
    return word[:-1] if word[-1] in "aeo" and len(word) > 3 else word


def document_terms(text: str, lang: str) -> list[str]:
    """The terms of a text as the index stores them, with repetition."""
    result = []
    for token in tokens(text):
        result.append(stem(token.folded, lang))
        result.extend(stem(piece, lang) for piece in parts(token.folded))
    return result


def word_terms(folded: str, languages: tuple[str, ...]) -> set[str]:
    """The terms by which a word of a query is found in pages of any of `languages`."""
    found = {stem(folded, lang) for lang in languages} or {folded}
    for piece in parts(folded):
        found |= {stem(piece, lang) for lang in languages}
    return found


def term_id(term: str) -> int:
    """The dimension of a term in a sparse vector: 32 stable bits. Two of 100,000 terms collide about once."""
    return zlib.crc32(term.encode())
