"""What a text may carry that its reader does not see or that speaks to a machine: out before anything is learnt.

Not a guard for a model that follows instructions (the classifier follows none): words of a label that stand in a
disguise would otherwise count like the customer's own.
"""

import re

_ALIKE = str.maketrans(
    "асеорхуіјѕԁһкмтвнАСЕОРХУІЈЅКМТВНαεοριυνκτΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aceopxyijsdhkmtbhACEOPXYIJSKMTBHaeopiuvktABEZHIKMNOPTYX",
)
"""Cyrillic and Greek letters that look like Latin ones."""
_WORD = re.compile(r"\w+")
_LATIN = re.compile(r"[a-zA-Z\u00c0-\u024f]")
_OTHER = re.compile(r"[\u0370-\u052f]")
_UNSEEN = re.compile(
    r"<(?P<tag>\w+)\b[^>]{0,300}(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0"
    r"|color\s*:\s*(?:white|#fff(?:fff)?\b|transparent))[^>]{0,300}>.*?</(?P=tag)\s*>",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]{0,300}>", re.DOTALL)
_FIELD = r"(?:categor(?:y|ía|ia)|priority|prioridad|tags?|etiquetas?|team|equipo|urgency|urgencia)"
_ASKED = r"(?:categor(?:y|ía|ia)|priority|prioridad|urgency|urgencia)"
_VERB = (
    r"(?:set|put|assign|output|mark|change|return|answer"
    r"|pon(?:er|ga|gan)?|asign[ae]r?|cambi[ae]r?|marc(?:a|ar|que))"
)
_VALUE = rf"(?:(?:the|this|its|la|su)\s+)?{_ASKED}\s+(?:(?:to|as|a|como|en)\s+)?[\w\-]+"
_ORDER = re.compile(
    rf"\b{_FIELD}\s*[:=]\s*[\w\-]+|\b{_VERB}\s+{_VALUE}(?:(?:\s*,|\s+and|\s+y)\s+{_VALUE})*", re.IGNORECASE
)
_PROMPT = re.compile(
    r"^[ \t]*(?-i:SYSTEM|ASSISTANT|DEVELOPER|INSTRUCTIONS?)[ \t]*:[^.!?\n]*"
    r"|^[ \t]*(?:system|assistant|developer|instructions?)[ \t]*:(?=[^.!?\n]*\b(?:priority|prioridad|categor|urgen"
    r"|tags?|etiqueta|team|equipo|prompt|instruc|label))[^.!?\n]*"
    r"|\b(?:ignore|disregard|forget|ignora|ignore|olvida|olvide)\b[^.!?\n]{0,40}\b(?:instructions?|prompt|instrucciones)\b",
    re.IGNORECASE | re.MULTILINE,
)
_BLOB = re.compile(
    r"(?<![\w+/])(?=[\w+/\-]*[a-z])(?=[\w+/\-]*[A-Z])(?=[\w+/\-]*\d)[A-Za-z0-9+/_\-]{24,}={0,2}"
)


def undisguised(text: str) -> str:
    """``text`` without markup, hidden passages, encoded blobs and orders to fill a field, letters as they look."""
    if "<" in text:
        text = _TAG.sub(" ", _UNSEEN.sub(" ", text))
    text = _BLOB.sub(" ", text)
    text = _ORDER.sub(" ", _PROMPT.sub(" ", text))
    return _as_it_looks(text)


def _as_it_looks(text: str) -> str:
    """Latin letters for those that only look like them, where words mix scripts; a Greek or Russian text stays."""
    if not _OTHER.search(text):
        return text
    foreign = [word for word in _WORD.findall(text) if _OTHER.search(word)]
    mixed = sum(bool(_LATIN.search(word)) for word in foreign)
    return text.translate(_ALIKE) if 2 * mixed >= len(foreign) else text
