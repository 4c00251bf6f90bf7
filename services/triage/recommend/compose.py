"""The extractive composer: a draft made of sentences that stand, word for word, in a named source.

Pure and deterministic. The first source gives the body of the draft; sentences of the others join only where
they fit the question and say something new (maximal marginal relevance).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.triage.contract import Source, SourceKind, Span
from services.triage.recommend.masking import is_masked
from services.triage.recommend.sentences import Sentence, is_closing, is_courtesy, is_cut, split

Array = NDArray[np.float32]
LONGEST = 1_200  # characters; agents cut longer drafts down anyway
EXTRA = 3  # sentences that may join the first source's
RELEVANT = 0.5  # share of the best sentence's relevance that an extra one must reach
WORTHY = 0.6  # share of the lead's score that a source must reach to add anything
FEWEST_WORDS = 5
NEW = 0.90  # cosine above which two sentences say the same (e5 cosines lie in 0.7 to 1)


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved text that may be quoted. ``score`` ranks passages; ``text`` is masked where it must be."""

    kind: SourceKind
    id: str
    title: str
    text: str
    language: str
    score: float
    number: int | None = None
    slug: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A composed reply. ``spans`` cover every sentence of ``text`` that claims anything: greetings and what follows a
    sign-off claim nothing and point nowhere."""

    text: str
    sources: tuple[Source, ...]
    spans: tuple[Span, ...]
    score: float
    language: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    sentence: Sentence
    passage: int
    relevance: float
    vector: Array


def usable(passages: Sequence[Passage], language: str) -> list[Passage]:
    """Passages that can be quoted to a customer who writes ``language``, best first, ties by id."""
    wanted = language if language not in ("", "und") else "en"
    fitting = [p for p in passages if p.text.strip() and p.language.split("-")[0] == wanted.split("-")[0]]
    return sorted(fitting, key=lambda p: (-p.score, p.kind, p.id))


def compose(
    question: Array, passages: Sequence[Passage], language: str, embed: Callable[[list[str]], Array]
) -> Draft | None:
    """The draft led by the first of ``passages``, which are all of ``language``; None where it cannot be quoted.

    ``question`` is the ticket's vector, ``embed`` gives one normalised row a sentence.
    """
    ranked = list(passages)
    cut = [quotable(passage) for passage in ranked]
    if not ranked or not cut[0]:
        return None
    flat = [(index, sentence) for index, sentences in enumerate(cut) for sentence in sentences]
    vectors = embed([sentence.text for _, sentence in flat])
    worthy = WORTHY * ranked[0].score
    candidates = [
        _Candidate(sentence, index, float(vectors[row] @ question) * ranked[index].score, vectors[row])
        for row, (index, sentence) in enumerate(flat)
    ]
    body, signature = _signed(_fit([c for c in candidates if c.passage == 0]))
    others = [c for c in candidates if c.passage and ranked[c.passage].score >= worthy]
    extras = _extras([*body, *signature], [c for c in others if _says(c.sentence.text)])
    return _assemble([*body, *extras, *signature], ranked, language)


def quotable(passage: Passage) -> list[Sentence]:
    """The sentences of a passage that may stand in a reply to somebody else."""
    sentences = [s for s in split(passage.text) if not is_cut(s.text)]
    if passage.kind != "ticket":
        return sentences
    # Another customer's answer: courtesies were meant for them, and a masked sentence cannot be sent.
    return [s for s in sentences if _says(s.text) and not is_masked(s.text)]


def _says(sentence: str) -> bool:
    """Whether a sentence says anything on its own; greetings, names and headings do not."""
    return len(sentence.split()) >= FEWEST_WORDS and not is_courtesy(sentence)


def _fit(candidates: list[_Candidate]) -> list[_Candidate]:
    kept: list[_Candidate] = []
    used = 0
    for candidate in candidates:
        used += len(candidate.sentence.text) + 1
        if kept and used > LONGEST:
            break
        kept.append(candidate)
    return kept


def _signed(lead: list[_Candidate]) -> tuple[list[_Candidate], list[_Candidate]]:
    """The lead's own sentences, and its sign-off, which stays at the end."""
    for place, candidate in enumerate(lead):
        if place and is_closing(candidate.sentence.text):
            return lead[:place], lead[place:]
    return lead, []


def _extras(chosen: list[_Candidate], others: list[_Candidate]) -> list[_Candidate]:
    best = max(c.relevance for c in chosen)
    room = LONGEST - sum(len(c.sentence.text) + 1 for c in chosen)
    taken: list[_Candidate] = []
    for candidate in sorted(others, key=lambda c: (-c.relevance, c.passage, c.sentence.start)):
        if len(taken) == EXTRA or candidate.relevance < RELEVANT * best:
            break
        length = len(candidate.sentence.text) + 1
        known = max(float(candidate.vector @ c.vector) for c in chosen + taken)
        if length <= room and known < NEW:
            taken.append(candidate)
            room -= length
    return sorted(taken, key=lambda c: (c.passage, c.sentence.start))


def _assemble(chosen: list[_Candidate], ranked: list[Passage], language: str) -> Draft:
    order: list[int] = []
    for candidate in chosen:
        if candidate.passage not in order:
            order.append(candidate.passage)
    text = ""
    spans: list[Span] = []
    previous: _Candidate | None = None
    signing = False
    for candidate in chosen:
        text += _joint(previous, candidate, ranked)
        start = len(text)
        text += candidate.sentence.text
        signing = signing or (bool(spans) and is_closing(candidate.sentence.text))
        if not signing and not is_courtesy(candidate.sentence.text):
            number = order.index(candidate.passage) + 1
            spans.append(Span(start, len(text), number, candidate.sentence.text))
        previous = candidate
    sources = tuple(
        source_of(number, ranked[index], _quote(chosen, index)) for number, index in enumerate(order, start=1)
    )
    return Draft(text, sources, tuple(spans), round(ranked[order[0]].score, 4), language)


def _joint(previous: _Candidate | None, candidate: _Candidate, ranked: list[Passage]) -> str:
    """What stands between two sentences: the source's own line break where it had one."""
    if previous is None:
        return ""
    if previous.passage != candidate.passage:
        return "\n\n"
    between = ranked[candidate.passage].text[previous.sentence.end : candidate.sentence.start]
    breaks = between.count("\n")
    return "\n\n" if breaks > 1 else "\n" if breaks else " "


def _quote(chosen: list[_Candidate], passage: int) -> str:
    return " ".join(c.sentence.text for c in chosen if c.passage == passage)


def source_of(index: int, passage: Passage, quote: str) -> Source:
    """The numbered source that a passage becomes in a draft."""
    return Source(
        index=index,
        kind=passage.kind,
        id=passage.id,
        title=passage.title,
        quote=quote,
        number=passage.number,
        language=passage.language,
        score=round(passage.score, 4),
    )
