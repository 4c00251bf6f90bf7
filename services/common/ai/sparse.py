"""Texts as weighted words for BM25: stateless, so that a document is encoded once and never again.

Words are lower-cased, freed of accents, stripped of stop words and stemmed by the text's language, then numbered by a
hash; the saturated count is the weight. How rare a word is in the collection, the index knows (its `idf` modifier).
The encoder is the one that comes with the embedded engine, so that both engines store the same numbers.
"""

from collections.abc import Iterable
from functools import cache
from typing import Final

import qdrant_edge as qe

from services.common.ai.vectors import Sparse

_LANGUAGES: Final = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}
_WITHOUT_SPACES: Final = {"ja", "th", "zh"}
_AVERAGE_WORDS: Final = 64  # a passage or a ticket without its stop words


def sparse_document(text: str, language: str) -> Sparse:
    """Word weights of a text that is searched. `language` is ISO 639-1; an unknown one is split, not stemmed."""
    return _merged(encoder.embed_document(text) for encoder in _encoders(language))


def sparse_query(text: str, languages: Iterable[str]) -> Sparse:
    """Words of a question, each of weight one, as texts in any of `languages` would hold them.

    Name the languages of the collection: a question in one finds names and codes in texts of another.
    """
    return _merged(encoder.embed_query(text) for language in languages for encoder in _encoders(language))


def _merged(vectors: Iterable[qe.SparseVector]) -> Sparse:
    found: dict[int, float] = {}
    for vector in vectors:
        found.update(zip(vector.indices, vector.values, strict=True))
    return Sparse(sorted(found), [found[index] for index in sorted(found)])


def _encoders(language: str) -> tuple[qe.Bm25, ...]:
    code = language.lower()[:2]
    if code in _WITHOUT_SPACES:
        return _segmenter(), _stemmer("")  # the segmenter leaves numbers and Latin names out
    return (_stemmer(_LANGUAGES.get(code, "")),)


@cache
def _stemmer(name: str) -> qe.Bm25:
    # The engine has no language of that kind for Chinese, so that naming it means: no stemmer, no stop words.
    return qe.Bm25(qe.Bm25Config(language=name or "chinese", ascii_folding=True, avg_len=_AVERAGE_WORDS))


@cache
def _segmenter() -> qe.Bm25:
    tokenizer = qe.TokenizerType.Multilingual
    return qe.Bm25(qe.Bm25Config(language="chinese", tokenizer=tokenizer, avg_len=_AVERAGE_WORDS))
