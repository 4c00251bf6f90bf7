"""Personal data out of texts that cross from one customer's ticket to another, or to a chat model.

Numbers, addresses and the like are found by their form. Names have no form, so they are found from the other
side: a capitalised word stays only if the desk itself uses it (macros, articles, categories), or if it stands
so in the tickets of several customers. What is hidden becomes ``[name]``, ``[number]`` and so on.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

MINIMUM_CONTACTS = 3  # a word that three customers share names none of them

_STREET_EN = r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|square|sq|court|close|way|boulevard|blvd)"
_STREET_ES = (
    r"(?:calle|c/|avenida|avda\.?|av\.|plaza|pza\.?|paseo|camino|carretera|ronda|travesía|traves[ií]a|rambla)"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|"
    r"septiembre|octubre|noviembre|diciembre)"
)
_FORMS: list[tuple[str, re.Pattern[str]]] = [
    ("email", re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")),
    ("link", re.compile(r"(?:https?://|www\.)[^\s<>()\[\]]+", re.IGNORECASE)),
    ("account", re.compile(r"\b[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]{4}){2,7}(?:[ \-]?[A-Z0-9]{1,3})?\b")),
    (
        "address",
        re.compile(rf"\b\d{{1,5}}[a-z]?,? (?:[^\W\d_][\w'\-]*\.? ){{1,4}}{_STREET_EN}\b\.?", re.IGNORECASE),
    ),
    (
        "address",
        re.compile(
            rf"(?<!\w){_STREET_ES} ?[^\n,.;]{{2,40}}?,? ?(?:n[.ºo°]*\s?|número )?\d{{1,4}}\b", re.IGNORECASE
        ),
    ),
    ("date", re.compile(r"\b\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b")),
    (
        "date",
        re.compile(
            rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of| de)? {_MONTH}(?:,? (?:de )?\d{{4}})?\b"
            rf"|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?\b",
            re.IGNORECASE,
        ),
    ),
    (
        "amount",
        re.compile(
            r"[£$€]\s?\d[\d.,]*|\b\d[\d.,]*\s?(?:[£$€]|(?:eur|gbp|usd|euros?|pounds?|dollars?|libras?|dólares)\b)",
            re.IGNORECASE,
        ),
    ),
    ("number", re.compile(r"(?<![\w])\+?\(?\d(?:[ \-./()]{0,2}\d){3,}(?!\w)")),
    ("code", re.compile(r"\b(?=[\w\-]*\d)(?=[\w\-]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9\-_]{5,}\b")),
    ("postcode", re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b")),
    ("handle", re.compile(r"(?<![\w@])@\w{2,}")),
]

_PARTICLE = r"(?:de|del|la|las|los|y|van|von|da|di|bin|al)"
_CAPITAL = r"[^\W\d_a-zß-öø-ÿ][\w'’\-]*\.?"
_NAME = rf"{_CAPITAL}(?: (?:{_PARTICLE} )*{_CAPITAL}){{0,4}}"
_CUE = (
    r"(?i:\bdear|\bhi|\bhello|\bhey|\bgood (?:morning|afternoon|evening)|\bhola|\bestimad[oa]s?|\bquerid[oa]s?"
    r"|\bbuen[oa]s (?:días|dias|tardes|noches)|\bmr\.?|\bmrs\.?|\bms\.?|\bmiss|\bdr\.?|\bsr\.?|\bsra\.?"
    r"|\bseñora?|\bdon|\bdoña|\bmy name is|\bname:|\bme llamo|\bmi nombre es|\bnombre:|\bsoy|\bi am|\bi['’]m"
    r"|\bthis is|\b(?:kind |best |warm )?regards|\bbest wishes|\bsincerely|\bcheers|\bthanks|\bthank you"
    r"|\bsaludos(?: cordiales)?|\bun saludo|\batentamente|\bcordialmente|\bgracias|\bon behalf of"
    r"|\ben nombre de)"
)
_AFTER_CUE = re.compile(rf"({_CUE})([ ,:]*[ \n]\s*)({_NAME})")
_WORD = re.compile(r"[^\W\d_][\w'’\-]*")
_OPENING = re.compile(r"(?:^|[.!?…:;\n¡¿\"“«(\]•\-–]\s*)$")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words that may be shown: ``common`` in any case at the start of a sentence, ``proper`` anywhere."""

    common: frozenset[str] = frozenset()
    proper: frozenset[str] = frozenset()


def build_lexicon(
    own: Iterable[str], tickets: Iterable[tuple[str, str]] = (), minimum: int = MINIMUM_CONTACTS
) -> Lexicon:
    """The lexicon of the desk's ``own`` texts and of ``(contact, text)`` pairs of tickets.

    A ticket's word counts once a contact, and enters only with ``minimum`` of them; never one that stands
    where names stand.
    """
    common: set[str] = set()
    proper: set[str] = set()
    for text in own:
        lower, upper = _words(text)
        common |= lower
        proper |= upper
    seen: tuple[dict[str, set[str]], dict[str, set[str]]] = (defaultdict(set), defaultdict(set))
    greeted: set[str] = set()
    for contact, text in tickets:
        greeted |= _greeted(text)
        for kind, words in zip(seen, _words(mask(text)), strict=True):
            for word in words:
                kind[word].add(contact)
    shared = [{word for word, contacts in kind.items() if len(contacts) >= minimum} for kind in seen]
    # three customers can be called Ana: who was once addressed so is a name, however often
    return Lexicon(frozenset(common | (shared[0] - greeted)), frozenset(proper | (shared[1] - greeted)))


def _greeted(text: str) -> set[str]:
    """Words that stand where names stand: after a greeting, a signature, "my name is"."""
    found = (word for match in _AFTER_CUE.finditer(text) for word in _WORD.findall(match.group(3)))
    return {word.casefold() for word in found} - _EVERYDAY


def _words(text: str) -> tuple[set[str], set[str]]:
    """Words written small or opening a sentence, and words capitalised in the middle of one."""
    lower: set[str] = set()
    upper: set[str] = set()
    for match in _WORD.finditer(text):
        word = match.group()
        if word[0].isupper() and not _opens(text, match.start()):
            upper.add(word.casefold())
        else:
            lower.add(word.casefold())
    return lower, upper


def _opens(text: str, position: int) -> bool:
    return bool(_OPENING.search(text[max(0, position - 6) : position]))


def mask(text: str, *, names: Iterable[str] = (), lexicon: Lexicon | None = None) -> str:
    """``text`` without personal data. ``names`` are hidden wherever they stand, whole or word by word.

    Without a ``lexicon`` only forms, cues and the given names are hidden.
    """
    for label, pattern in _FORMS:
        text = pattern.sub(f"[{label}]", text)
    text = _mask_given(text, names)
    text = _AFTER_CUE.sub(lambda m: _mask_cued(m, lexicon), text)
    if lexicon is not None:
        text = _mask_unknown(text, lexicon)
    return re.sub(r"\[name\](?:[ ,]+(?:(?:de|del|la|y|van|von) )?\[name\])+", "[name]", text)


def _mask_given(text: str, names: Iterable[str]) -> str:
    wanted: set[str] = set()
    for name in map(str.strip, names):
        if len(name) > 1:
            wanted.add(name)
            wanted.update(part for part in re.split(r"[\s,]+", name) if len(part) > 2)
    if not wanted:
        return text
    longest_first = sorted(wanted, key=lambda name: (-len(name), name))
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)
    return pattern.sub("[name]", text)


def _mask_cued(match: re.Match[str], lexicon: Lexicon | None) -> str:
    words = [word.rstrip(".").casefold() for word in match.group(3).split()]
    # "Thanks. Your card" is no name: every word must be one that the desk itself does not write.
    known = lexicon.common | lexicon.proper if lexicon else _EVERYDAY
    if all(word in known for word in words):
        return match.group()
    return f"{match.group(1)}{match.group(2)}[name]"


_EVERYDAY = frozenset(
    re.findall(
        r"\S+",
        """
        a an the i we you your our it this that these there if in on to for from with as at by please thank
        thanks sorry yes no not once when what how why we're i'm you're customer team support sir madam all
        everyone el la los las un una su sus tu tus nuestro nuestra si no en para por con como este esta esto
        ese esa lo gracias siento sentimos lamento cuando qué que cómo cliente equipo usted ustedes nosotros
        hemos he
        """,
    )
)


def _mask_unknown(text: str, lexicon: Lexicon) -> str:
    def judge(match: re.Match[str]) -> str:
        word = match.group()
        if not word[0].isupper() or _inside_mask(text, match.start()):
            return word
        folded = word.casefold().removesuffix("'s").removesuffix("’s")
        if folded in lexicon.proper or word == "I" or word.startswith(("I'", "I’")):
            return word
        if _opens(text, match.start()) and (folded in lexicon.common or folded in _EVERYDAY):
            return word
        if word.isupper() and folded in lexicon.common:
            return word
        return "[name]"

    return _WORD.sub(judge, text)


def _inside_mask(text: str, position: int) -> bool:
    return position > 0 and text[position - 1] == "["


def is_masked(text: str) -> bool:
    """Whether something was hidden in ``text``; such a sentence is shown to staff and never sent as it is."""
    return bool(
        re.search(r"\[(?:email|link|account|address|date|amount|number|code|postcode|handle|name)\]", text)
    )
