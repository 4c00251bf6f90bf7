"""How a reading moves when its text is translated: `python -m models.recipe.tongues` measures it for each language.

The texts are the sentences of Django's user interface (BSD-3-Clause) and their translations, read from the catalogues
in its wheel, which is used as data only and pinned by hash. Of each language the mean of (reading of the translation -
reading of the English sentence) is kept, as half floats; no text is. The table belongs to two encoders, whose common
fingerprint stands in it: another recipe of either needs it made anew (two minutes on two cores).
"""

import argparse
import base64
import io
import json
import re
import tempfile
import zipfile
from pathlib import Path
from typing import Final

import numpy as np
from babel.messages.mofile import read_mo

from models.recipe.build import ROOT, Wheel, fetch
from services.common.settings import Settings
from services.triage.reader import Reader, load_reader

TEXTS_WHEEL: Final = Wheel(
    "django",
    "5.2.19",
    "5965d974a5218a2b68a11dd1276434707f23886525c23f0598eccedaf4f4ca00",
    "",
)
TARGET: Final = ROOT / "services" / "triage" / "learning" / "tongues.json"
FEWEST: Final = 300
"""Sentences below which a language is left out: its catalogue is half translated."""
SHORTEST: Final = 12  # characters: a word or two moves with its own meaning, not with its language
_CATALOGUE: Final = re.compile(r"locale/([a-z]{2})(_Hans)?/LC_MESSAGES/django\.mo$")
_BLANKS: Final = re.compile(r"%\(\w+\)\w|%\w|\{\w*\}|<[^>]+>|&\w+;")


def pairs(wheel: Path) -> dict[str, dict[str, str]]:
    """English sentences and what they are in each language with enough of them; codes are those of ISO 639-1."""
    found: dict[str, dict[str, str]] = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if (match := _CATALOGUE.search(name)) is None:
                continue
            for message in read_mo(io.BytesIO(archive.read(name))):
                if not (isinstance(message.id, str) and isinstance(message.string, str)):
                    continue  # plural forms
                english, other = plain(message.id), plain(message.string)
                if len(english) >= SHORTEST and other and english != other:
                    found.setdefault(match[1], {})[english] = other
    return {language: found[language] for language in sorted(found) if len(found[language]) >= FEWEST}


def plain(sentence: str) -> str:
    """A sentence without what a program puts into it."""
    return " ".join(_BLANKS.sub(" ", sentence).split())


def measure(wheel: Path, reader: Reader) -> dict[str, object]:
    """The table: fingerprint, source and, a language, what its texts' vectors are moved by (base64, half floats)."""
    spoken = pairs(wheel)
    english = sorted({sentence for said in spoken.values() for sentence in said})
    vectors = dict(zip(english, reader.encode(english), strict=True))
    moved = {}
    for language, said in spoken.items():
        there = reader.encode(list(said.values()))
        mean = (there - np.stack([vectors[sentence] for sentence in said])).mean(axis=0, dtype=np.float64)
        moved[language] = base64.b64encode(mean.astype("<f2").tobytes()).decode("ascii")
    source = f"{TEXTS_WHEEL.package} {TEXTS_WHEEL.version}, catalogues of its user interface, BSD-3-Clause"
    return {"reader": reader.fingerprint, "source": source, "moved": moved}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=Path, default=TARGET)
    target: Path = parser.parse_args().target
    reader = load_reader(Settings())
    try:
        with tempfile.TemporaryDirectory() as work:
            table = measure(fetch(TEXTS_WHEEL, Path(work)), reader)
    finally:
        reader.close()
    target.write_text(json.dumps(table, indent=0, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
