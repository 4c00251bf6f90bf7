"""Text from outside: cleaned, measured, quoted and told apart by language."""

from services.common.text.clean import (
    clean_filename,
    clean_html,
    html_to_text,
    normalise_email,
    single_line,
    strip_control,
    text_to_html,
)
from services.common.text.language import detect_language, likelihood
from services.common.text.quote import Segment, excerpt, mark

__all__ = [
    "Segment",
    "clean_filename",
    "clean_html",
    "detect_language",
    "excerpt",
    "html_to_text",
    "likelihood",
    "mark",
    "normalise_email",
    "single_line",
    "strip_control",
    "text_to_html",
]
