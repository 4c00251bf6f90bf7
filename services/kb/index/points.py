"""What of an article goes into the vector index, and under which numbers.

Two kinds of points: a passage has the vector of its text and the weights of its words; a title has its own vector
and the weights of the words of the whole article. Short questions lie near titles, above all in another language;
long ones near passages. And words that stand apart in an article count together in its second kind of point.

Beside each word stands its beginning, at less weight: "creación" and "crear" share no stem, but five letters.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.common.ai.vectors import Point, Sparse
from services.kb.passages.language import language_of_text
from services.kb.passages.store import text_hash, title_id
from services.kb.search.analysis import document_terms, term_id
from services.kb.search.places import PLACE, Place

RECIPE: Final = 4  # raise it when points are made otherwise: every index is then rebuilt from the database
PASSAGE: Final = "passage"
TITLE: Final = "title"
KEYWORDS: Final = ("kind", "article", "lang", "text_lang", "visibility", "section", "tags")

# BM25 with weak normalisation of length: passages are cut to about one length already. A word of the title
# counts like several of the text. Chosen on the LibreOffice pages, like the length of a passage.
K1, B = 1.2, 0.5
TITLE_COUNTS = {PASSAGE: 2, TITLE: 8}
AVERAGE_TERMS = {PASSAGE: 90, TITLE: 350}
BEGINNING = 5  # letters
BEGINNING_WEIGHT = 0.5


def beginning(term: str) -> str | None:
    """The beginning of a word as a term of its own, or None where the word is no longer than that."""
    return f"^{term[:BEGINNING]}" if len(term) >= BEGINNING and term.isalpha() else None


def sparse_of(terms: Sequence[str], title_terms: Sequence[str], kind: str = PASSAGE) -> Sparse:
    """The saturated counts of terms and of their beginnings; the index knows how rare each is."""
    words = Counter(terms)
    for term in title_terms:
        words[term] += TITLE_COUNTS[kind]
    starts: Counter[str] = Counter()
    for term, count in words.items():
        if (start := beginning(term)) is not None:
            starts[start] += count
    norm = K1 * (1 - B + B * sum(words.values()) / AVERAGE_TERMS[kind])
    weights: dict[int, float] = {}
    for term, count in (*words.items(), *starts.items()):
        number = term_id(term)
        weights[number] = max(weights.get(number, 0.0), count * (K1 + 1) / (count + norm))
    return Sparse(list(weights), list(weights.values()))


def query_sparse(terms: dict[str, float]) -> Sparse:
    """The query's side: each term with its weight, and its beginning with half of that."""
    weights: dict[int, float] = {}
    for term, weight in terms.items():
        start = beginning(term)
        for name, share in ((term, 1.0), *([(start, BEGINNING_WEIGHT)] if start else [])):
            number = term_id(name)
            weights[number] = max(weight * share, weights.get(number, 0.0))
    return Sparse(list(weights), list(weights.values()))


def points_of(
    text: Any, rows: Sequence[Any], payload: dict[str, Any], dense: Mapping[bytes, Any]
) -> list[Point]:
    """The points of one translation: its title and its passages (`rows`). `dense` has the vectors by hash."""
    terms = [row.terms.split() for row in rows]
    title_terms = document_terms(text.title, text.lang)
    size = sum(map(len, terms))

    def payload_of(kind: str, text_lang: str) -> dict[str, Any]:
        place = Place((str(text.article_id), text.lang), kind, text_lang, len(rows), size)
        return {**payload, "lang": text.lang, "kind": kind, "text_lang": text_lang, PLACE: place.written()}

    everything = sparse_of([term for part in terms for term in part], title_terms, TITLE)
    points = [
        Point(
            title_id(text.article_id, text.lang), dense[text_hash(text.title)], everything,
            payload_of(TITLE, language_of_text(text.title, text.lang)),
        )
    ]  # fmt: skip
    for row, part in zip(rows, terms, strict=True):
        words = sparse_of(part, title_terms)
        points.append(Point(row.id, dense[row.text_hash], words, payload_of(PASSAGE, row.text_lang)))
    return points
