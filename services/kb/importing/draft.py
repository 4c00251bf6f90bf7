"""What every format is read into before it is written."""

from dataclasses import dataclass, field

from services.kb.contract import State, TranslationInput, Visibility


@dataclass
class Draft:
    """One article to be imported. Texts that share `key` are languages of one article."""

    key: str
    lang: str
    text: TranslationInput
    section: tuple[str, ...] = ()
    section_names: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    state: State = "published"
    visibility: Visibility = "public"
    faq: bool = False


class Unreadable(Exception):
    """A file or record that is no article; the message says why, in a sentence."""
