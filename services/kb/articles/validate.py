"""Checking what authors send; every problem is named at once."""

import re

from services.common.errors import FieldError
from services.common.text import single_line, strip_control
from services.kb.articles.slug import is_slug
from services.kb.contract import TranslationInput
from services.kb.errors import InvalidArticle

LANG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
BODY_LIMIT = 400_000  # characters of Markdown: a book; rendering one takes a second already
SUMMARY_LIMIT = 1000
TITLE_LIMIT = 300
MOST_TAGS = 30


def clean_translations(given: dict[str, TranslationInput | None]) -> dict[str, TranslationInput | None]:
    """The languages with control characters gone and titles on one line. Raises :class:`InvalidArticle`."""
    errors: list[FieldError] = []
    clean: dict[str, TranslationInput | None] = {}
    for lang, text in given.items():
        at = f"translations.{lang}"
        if not LANG.fullmatch(lang):
            errors.append(FieldError(at, "is not a language code such as `es` or `pt-BR`", "language"))
            continue
        clean[lang] = None if text is None else _clean(text, at, errors)
    if errors:
        raise InvalidArticle(errors=errors)
    return clean


def clean_tags(tags: list[str]) -> list[str]:
    """Tags trimmed, without repetition, in order. Raises :class:`InvalidArticle`."""
    clean = list(dict.fromkeys(tag for tag in (single_line(tag, 100) for tag in tags) if tag))
    if len(clean) > MOST_TAGS:
        raise InvalidArticle(errors=[FieldError("tags", f"has more than {MOST_TAGS} entries", "too_many")])
    return clean


def _clean(text: TranslationInput, at: str, errors: list[FieldError]) -> TranslationInput:
    title = single_line(text.title, TITLE_LIMIT)
    if not title:
        errors.append(FieldError(f"{at}.title", "is empty", "required"))
    if len(text.body_markdown) > BODY_LIMIT:
        errors.append(
            FieldError(f"{at}.body_markdown", f"is longer than {BODY_LIMIT} characters", "too_long")
        )
    if text.slug is not None and not is_slug(text.slug):
        errors.append(
            FieldError(f"{at}.slug", "has other than lower-case letters, digits and hyphens", "slug")
        )
    summary = None if text.summary is None else strip_control(text.summary).strip()[:SUMMARY_LIMIT]
    body = strip_control(text.body_markdown[:BODY_LIMIT])
    return TranslationInput(title=title, body_markdown=body, summary=summary, slug=text.slug)
