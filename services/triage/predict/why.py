"""One plain sentence per language about why a category was chosen. Pure."""

from collections.abc import Sequence
from typing import Any


def why(
    words: Sequence[dict[str, Any]],
    label: str | None,
    similar: Sequence[str],
    abstained: bool,
    has_model: bool,
) -> dict[str, str]:
    """The sentence in English and in Spanish. ``similar`` are the labels of the nearest solved tickets."""
    if not has_model:
        return {
            "en": "No model can serve yet, so a person decides.",
            "es": "Todavía no hay un modelo en servicio, así que decide una persona.",
        }
    if label is None:
        return {
            "en": "There is no text to go by, so a person decides.",
            "es": "No hay texto en que basarse, así que decide una persona.",
        }
    said = [] if abstained else [word["text"] for word in words if word["weight"] > 0][:3]
    same = sum(other == label for other in similar)
    english, spanish = _because(said, same, len(similar))
    if abstained:
        return {
            "en": f"Unlike anything solved so far; the nearest guess is shown.{english}",
            "es": f"No se parece a nada resuelto hasta ahora; se muestra lo más cercano.{spanish}",
        }
    return {
        "en": english.strip() or "Chosen by the meaning of the whole text.",
        "es": spanish.strip() or "Elegido por el sentido del texto completo.",
    }


def _because(words: list[str], same: int, of: int) -> tuple[str, str]:
    english = spanish = ""
    if words:
        listed = ", ".join(f"“{word}”" for word in words)
        quoted = ", ".join(f"«{word}»" for word in words)
        english += f" Words that point to it: {listed}."
        spanish += f" Palabras que apuntan a ello: {quoted}."
    if same:
        english += (
            f" {same} of the {of} nearest solved tickets had it."
            if of > 1
            else " The nearest solved ticket had it."
        )
        spanish += (
            f" {same} de los {of} tickets resueltos más parecidos la tenían."
            if of > 1
            else " El ticket resuelto más parecido la tenía."
        )
    return english, spanish
