"""Understanding a query: its language, its words as the index knows them, what was probably meant."""

from dataclasses import dataclass, field

from services.common.text import detect_language, likelihood
from services.kb.search.analysis import STOP, STOP_ANY, Token, is_code, tokens, word_terms
from services.kb.search.lexicon import SHORTEST, Lexicon

MOST_WORDS = 40  # of a long complaint, the rarest words say what it is about
EMBEDDED = 700  # characters that the embedder reads; vectors of more say less
RESPELT = 0.7  # weight of a word that is our guess, beside 1 for one that was typed
COMMON = frozenset(
    {
        "ar",
        "cs",
        "da",
        "de",
        "el",
        "en",
        "es",
        "fi",
        "fr",
        "it",
        "ja",
        "ko",
        "nl",
        "no",
        "pl",
        "pt",
        "ro",
        "ru",
        "sv",
        "tr",
        "uk",
        "zh",
    }
)
LIKELIER = 3  # times as likely as the articles' language must another be to be believed
MISSPELT = 0.5  # share of words one slip from ours from which it must be likelier still
LIKELIER_MISSPELT = 30
TELLING = 2  # words from which a detector is believed that names another language than the articles'


@dataclass(frozen=True)
class Word:
    """A word of the query: `terms` are what the index may have for it, with the weight of each."""

    folded: str
    terms: dict[str, float]
    code: bool = False
    known: bool = True


@dataclass(frozen=True)
class Query:
    """What is searched for. `text` is what was typed, `meant` the same with slips mended, for the embedder.

    `coverage` maps a language to the share of the words that its articles have: nothing tells better whether
    words can find pages of that language at all.
    """

    text: str
    meant: str
    lang: str
    words: tuple[Word, ...]
    coverage: dict[str, float] = field(default_factory=dict)

    @property
    def terms(self) -> dict[str, float]:
        """All terms with their weights; a term that several words share counts once, at its highest."""
        found: dict[str, float] = {}
        for word in self.words:
            for term, weight in word.terms.items():
                found[term] = max(weight, found.get(term, 0.0))
        return found

    @property
    def codes(self) -> tuple[str, ...]:
        """Words that look like identifiers or error codes."""
        return tuple(word.folded for word in self.words if word.code)

    @property
    def corrected(self) -> str | None:
        """The query as it was understood, where that is not what was typed."""
        return self.meant if self.meant.lower() != self.text[:EMBEDDED].lower() else None


def understand(typed: str, lexicon: Lexicon, *, reader: str | None = None) -> Query:
    """Analyse what a person typed. `reader` is the language that they read, a hint for short queries."""
    languages = lexicon.languages or (reader or "en",)
    text = _calm(typed)
    prefer = tuple(dict.fromkeys([*([reader.split("-")[0]] if reader else []), *languages[:6], "en", "es"]))
    lang = detect_language(text, prefer=prefer)
    found = tokens(text)
    content = [token for token in found if token.folded not in STOP_ANY] or found
    coverage = {language: _coverage(content, language, lexicon) for language in languages}
    lang = _settle(lang, coverage, reader, found, lexicon)
    mended = _mend(content, lang, coverage, lexicon)
    words = [_word(token, mended.get(token.folded), languages, lexicon) for token in _unique(content)]
    if len(words) > MOST_WORDS:
        words = sorted(words, key=lambda word: lexicon.count(word.folded) or 1_000_000)[:MOST_WORDS]
    return Query(typed, _meant(text[:EMBEDDED], found, mended), lang, tuple(words), coverage)


def _unique(found: list[Token]) -> list[Token]:
    return list({token.folded: token for token in found}.values())


def _coverage(content: list[Token], lang: str, lexicon: Lexicon) -> float:
    unique = {token.folded for token in content}
    return sum(lexicon.knows(word, lang) for word in unique) / len(unique) if unique else 0.0


def _calm(text: str) -> str:
    """A text that is shouted in lower case: neither detector nor embedder takes "TARJETA" for "tarjeta"."""
    letters = [char for char in text if char.isalpha()]
    shouted = len(letters) > 3 and all(char.isupper() for char in letters) and " " in text.strip()
    return text.lower() if shouted else text


def _settle(
    lang: str, coverage: dict[str, float], reader: str | None, found: list[Token], lexicon: Lexicon
) -> str:
    """The detected language, unless the articles' own words are the better witness.

    Detectors take "baja voz" for Galician and misspelt words for anything, so that a language which no article has
    must be one that many people write, and clearly likelier than the articles' own. Words that the articles know are
    no proof against it: half-translated articles know English ones. Words one slip from theirs are.
    """
    if lang in coverage or not coverage:
        return lang
    likest = max(coverage, key=lambda known: (coverage[known], _near(found, known, lexicon), known == reader))
    if lang not in COMMON or len(found) < TELLING:
        return likest
    wanted = LIKELIER_MISSPELT if _near(found, likest, lexicon) >= MISSPELT else LIKELIER
    text = " ".join(token.surface for token in found)
    return lang if likelihood(text, lang, likest) > wanted else likest


def _near(found: list[Token], lang: str, lexicon: Lexicon) -> float:
    """The share of the words that a language does not have, but one that is a slip away."""
    near = [
        token
        for token in found
        if len(token.folded) >= SHORTEST
        and not lexicon.knows(token.folded, lang)
        and token.folded not in STOP.get(lang, ())
        and lexicon.respell(token.folded, lang)
    ]
    return len(near) / len(found) if found else 0.0


def _mend(
    content: list[Token], lang: str, coverage: dict[str, float], lexicon: Lexicon
) -> dict[str, tuple[tuple[str, str], ...]]:
    """Words that no article has, each with (folded, surface) of what it may be: only in the query's language."""
    found = {}
    if lang in coverage:
        for token in content:
            if not lexicon.knows(token.folded) and not is_code(token.folded):
                near = lexicon.respell(token.folded, lang)
                if near:
                    found[token.folded] = tuple((word.folded, word.surface) for word in near)
    return found


def _word(
    token: Token, mended: tuple[tuple[str, str], ...] | None, languages: tuple[str, ...], lexicon: Lexicon
) -> Word:
    terms = dict.fromkeys(word_terms(token.folded, languages), 1.0)
    for folded, _ in mended or ():
        for term in word_terms(folded, languages):
            terms.setdefault(term, RESPELT)
    code = is_code(token.folded)
    return Word(token.folded, terms, code, lexicon.knows(token.folded) or mended is not None)


def _meant(text: str, found: list[Token], mended: dict[str, tuple[tuple[str, str], ...]]) -> str:
    pieces: list[str] = []
    at = 0
    for token in found:
        if token.end > len(text):
            break
        better = mended.get(token.folded)
        if better:
            pieces += [text[at : token.start], _like(token.surface, better[0][1])]
            at = token.end
    return "".join([*pieces, text[at:]])


def _like(typed: str, word: str) -> str:
    """The word in the case that was typed."""
    if typed.isupper() and len(typed) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if typed[:1].isupper() else word
