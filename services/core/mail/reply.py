"""What is new in a reply, and what is only quoted."""

import re

from mailparser_reply import EmailReplyParser

_LANGUAGES = ["en", "es", "de", "fr", "it", "nl", "pl", "sv", "da", "cs", "ja", "ko", "zh"]
_MAX = 40_000  # characters; the library's patterns are not linear, so what lies beyond stays untrimmed
_QUOTED_LINE = re.compile(r"^\s*>")
# Spanish and Portuguese, which the library knows too little of.
_WROTE = re.compile(
    r"(?m)^[ \t>]*(?:El|Em|A) [^\n]{5,250}(?:\n[^\n]{0,120})?\b(?:escribió|escreveu)[ \t]*:[ \t]*$"
)
_FORWARD = re.compile(r"(?mi)^[ \t]*-{2,}[ \t]*(?:mensaje|mensagem) (?:original|reenviado)[ \t]*-{2,}[ \t]*$")
_BLOCK = re.compile(
    r"(?m)^[ \t]*\**De:\**[^\n]{3,300}\n[ \t]*\**(?:Enviado(?: el)?|Fecha|Enviada em|Data):[^\n]*$"
)
_RULE_LINE = re.compile(r"^\s*[-_=*]{5,}[^\n]{0,60}$")
_SIGNATURE_LINE = re.compile(r"^\s*--\s*$")
_parser = EmailReplyParser(languages=_LANGUAGES)


def split_reply(text: str) -> tuple[str, str]:
    """``(new, quoted)``: the newest text of a mail and the history below or between it.

    Nothing is lost: what is not in ``new`` is in ``quoted``. A mail that only quotes, that answers between
    quoted lines, or that is too long to be cut in bounded time is all ``new``.
    """
    text = text.strip()
    if not text or len(text) > _MAX or max(map(len, text.split("\n"))) > 5_000:
        return text, ""
    own = min((hit.start() for p in (_WROTE, _FORWARD, _BLOCK) if (hit := p.search(text))), default=len(text))
    head = text[:own]
    replies = _parser.read(head).replies if head.strip() else []
    new = _without_trailing_quotes(replies[0].full_body if replies else head)
    start = text.find(new) if new else -1
    # The library strips lines, so that its text may not be found as it was; and it may have begun too late.
    if start < 0 or text[:start].strip():
        new, start = _without_trailing_quotes(head), 0
    quoted = text[start + len(new) :].strip()
    if not new or _answers_inside(quoted):
        return text, ""
    return new, quoted


def _without_trailing_quotes(text: str) -> str:
    lines = text.rstrip().split("\n")
    while lines and (not lines[-1].strip() or _QUOTED_LINE.match(lines[-1]) or _RULE_LINE.match(lines[-1])):
        lines.pop()
    return "\n".join(lines).strip()


def _answers_inside(quoted: str) -> bool:
    """Whether somebody wrote between the quoted lines: then the whole is the answer."""
    seen = False
    for line in quoted.split("\n"):
        if _QUOTED_LINE.match(line):
            seen = True
        elif _SIGNATURE_LINE.match(line) or _RULE_LINE.match(line):
            return False
        elif seen and line.strip():
            return True
    return False
