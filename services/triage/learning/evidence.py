"""Why: the words and sentences of the ticket's own text that moved the decision."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .filler import filler
from .lexical import Reading
from .model import TaskModel
from .types import Embed, Evidence, WordWeight

MOST_WORDS = 6
_SENTENCE = re.compile(r"[^\s.!?\n¿¡][^.!?\n]*[.!?]*", re.UNICODE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)


def explain(
    model: TaskModel,
    text: str,
    vector: NDArray[np.floating],
    label: str | None = None,
    language: Sequence[str] | None = None,
    reading: Reading | None = None,
) -> Evidence:
    """Share the lexical score of `label` (the predicted one by default) over the words of the text.

    For a single task the weights are those of the lead over the strongest other label, so that words which
    speak for both weigh nothing. The sum over all words is the lexical part of that lead, exactly; those that
    say nothing by themselves ("my", "de") are left out of what is shown. `reading` is the text hashed before.
    """
    if not model.labels or not text:
        return Evidence(label or "")
    reading = reading or Reading(text)
    scored = model.score(reading, vector, language)
    chance = model.chances(scored)
    here = model.labels.index(label) if label in model.labels else int(chance.argmax())
    direction = _direction(model, scored.scores, here)
    words = _share_out(text, reading, _worth(model, reading, direction))
    lead, from_words = float(scored.scores @ direction), float(scored.lexical @ direction)
    rest = abs(lead - from_words)
    strongest = sorted((w for w in words if not filler(w.text)), key=lambda w: -w.weight)[:MOST_WORDS]
    return Evidence(
        label=model.labels[here],
        words=tuple(w for w in strongest if w.weight > 0),
        lexical_share=round(abs(from_words) / max(abs(from_words) + rest, 1e-9), 4),
    )


def explain_sentences(
    model: TaskModel,
    text: str,
    vector: NDArray[np.floating],
    embed: Embed,
    label: str | None = None,
    language: Sequence[str] | None = None,
) -> Evidence:
    """Leave out each sentence in turn and embed the rest: what each was worth in chance of the label.

    Also says what the model would have answered without its strongest words. Costs one embedding a sentence
    and one more; ask for it when a person opens the explanation, not for every ticket.
    """
    found = explain(model, text, vector, label, language)
    if not found.label:
        return found
    here = model.labels.index(found.label)
    whole = float(model.chances(model.score(Reading(text), vector, language))[here])
    places = [m.span() for m in _SENTENCE.finditer(text)][:24]
    left_out = [text[:a] + text[b:] for a, b in places] if len(places) > 1 else []
    without = _strike(text, found.words[:2])
    vectors = embed([*left_out, without])
    sentences = []
    for (a, b), rest, near in zip(places, left_out, vectors[:-1], strict=False):
        chance = float(model.chances(model.score(Reading(rest), near, language))[here])
        sentences.append(WordWeight(text[a:b], a, b, round(whole - chance, 6)))
    other = model.labels[int(model.chances(model.score(Reading(without), vectors[-1], language)).argmax())]
    return Evidence(
        found.label,
        found.words,
        tuple(sentences),
        found.lexical_share,
        other if other != found.label else None,
    )


def _direction(model: TaskModel, scores: NDArray[np.float32], here: int) -> NDArray[np.float32]:
    """Columns weighed so that their sum is what decides for the label."""
    direction = np.zeros(len(scores), np.float32)
    if model.kind == "ordinal":
        if here > 0:
            direction[here - 1] = 1.0
        if here < len(scores):
            direction[here] = -1.0
        return direction
    direction[here] = 1.0
    if model.kind == "single" and len(scores) > 1:
        others = scores.copy()
        others[here] = -np.inf
        direction[int(others.argmax())] = -1.0
    return direction


def _worth(model: TaskModel, reading: Reading, direction: NDArray[np.float32]) -> NDArray[np.float64]:
    """What one occurrence of each of the reading's buckets adds to the lead."""
    places, data, known = model.lexical.row(reading)
    columns = np.flatnonzero(direction)  # two of many: the others weigh nothing
    worth = np.zeros(len(reading.column))
    worth[known] = data * (model.words[np.ix_(places, columns)] @ direction[columns])
    return worth / reading.times


def _share_out(text: str, reading: Reading, worth: NDArray[np.float64]) -> list[WordWeight]:
    """Spread the worth of each occurrence of a term evenly over the words it touches."""
    spans = [m.span() for m in _WORD.finditer(text)]
    if not spans:
        return []
    begins, ends = np.array(spans).T
    found = reading.terms
    each = worth[reading.where]
    first = np.searchsorted(ends, found.start, side="right")
    last = np.searchsorted(begins, found.end, side="left")
    touched = last - first
    total = np.zeros(len(spans))
    for step in range(int(touched.max(initial=0))):  # a term touches one word or two, seldom more
        more = touched > step
        total += np.bincount(first[more] + step, each[more] / touched[more], len(spans))
    return [
        WordWeight(text[a:b], a, b, round(float(value), 6))
        for (a, b), value in zip(spans, total, strict=True)
    ]


def _strike(text: str, words: Sequence[WordWeight]) -> str:
    for word in sorted(words, key=lambda w: -w.start):
        text = text[: word.start] + text[word.end :]
    return text.strip() or "."
