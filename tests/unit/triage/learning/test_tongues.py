"""Texts in languages that no example is in, by how the embedder moves what is translated."""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from numpy.typing import NDArray

from models.recipe import tongues as recipe
from services.common.settings import Settings
from services.common.text import detect_language
from services.triage.learning import Example, TaskModel, fit_task, load, save
from services.triage.learning.evaluate import _believed
from services.triage.learning.features import fit_dense
from services.triage.learning.recalibration import Straightened, recalibrated
from services.triage.learning.tongues import Tongues, tongues_of
from services.triage.reader import load_reader

Encoder = Callable[[Sequence[str]], NDArray[np.float32]]
Floats = NDArray[np.float32]
STEP = np.random.default_rng(5).normal(size=32).astype(np.float32)
STEP /= np.linalg.norm(STEP)
TABLE = Tongues(("en", "es"), np.stack([np.zeros(32, np.float32), STEP]))


def translated(texts: Sequence[str], encoder: Encoder) -> tuple[list[str], Floats]:
    """The like of these texts in a language of which no word is known, as the encoder of the table reads them."""
    return ["ζζζ"] * len(texts), encoder(texts) + STEP


@pytest.fixture(scope="module")
def abroad(desk: list[Example], names: dict[str, list[str]], encoder: Encoder) -> TaskModel:
    vectors = encoder([e.text for e in desk])
    return fit_task("category", desk, vectors, label_names=names, embed=encoder, tongues=TABLE)


def test_a_language_without_examples_is_read_from_where_its_texts_lie(
    abroad: TaskModel, model: TaskModel, desk: list[Example], encoder: Encoder
) -> None:
    texts, vectors = translated([e.text for e in desk], encoder)
    right = [
        np.mean([p.label == e.label for p, e in zip(said, desk, strict=True)])
        for said in (one.predict(texts, vectors, ["es"] * len(texts)) for one in (abroad, model))
    ]
    assert right[0] > 0.95
    assert right[1] < 0.8


def test_texts_of_the_taught_language_are_judged_to_the_bit_as_without_a_table(
    abroad: TaskModel, model: TaskModel, desk: list[Example], encoder: Encoder
) -> None:
    texts = [e.text for e in desk]
    vectors = encoder(texts)
    for languages in (None, ["en"] * len(texts), [""] * len(texts), ["xx"] * len(texts)):
        assert abroad.predict(texts, vectors, languages) == model.predict(texts, vectors, languages)
    assert np.array_equal(abroad.alpha, model.alpha)


def test_a_centre_lies_as_far_from_the_taught_one_as_translation_moves_a_text() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(90, 32)).astype(np.float32)
    found = fit_dense(vectors, ["es"] * 60 + ["xx"] * 30, TABLE)
    assert (found.languages, found.taught) == (("en",), 0)
    assert found.centres is not None
    assert np.allclose(found.centres[0], found.centre - 0.75 * STEP, atol=1e-6)
    assert found.abroad("en")
    assert not found.abroad("es")


def test_questions_in_a_foreign_language_lose_what_tells_languages_apart() -> None:
    rng = np.random.default_rng(0)
    found = fit_dense(rng.normal(size=(90, 32)).astype(np.float32), ["en"] * 90, TABLE)
    vectors = rng.normal(size=(4, 32)).astype(np.float32)
    asked = found.transform(vectors, ["es", "es", "en", ""], asked=True)
    learnt = found.transform(vectors, ["es", "es", "en", ""])
    assert np.abs(asked[:2] @ STEP).max() < 1e-3  # half precision
    assert np.abs(learnt[:2] @ STEP).min() > 1e-2
    assert np.array_equal(asked[2:], learnt[2:])


def test_languages_lie_apart_in_the_directions_of_their_steps() -> None:
    assert np.allclose(np.abs(TABLE.apart()), np.abs(STEP)[None, :], atol=1e-6)
    found = tongues_of(load_reader(Settings()).fingerprint)
    assert found is not None
    apart = found.apart()
    assert apart.shape == (25, found.moved.shape[1])
    assert np.allclose(apart @ apart.T, np.eye(25), atol=1e-5)
    spread = found.moved - found.moved.mean(axis=0)
    assert np.square(spread @ apart.T).sum() > 0.9 * np.square(spread).sum()


@pytest.mark.parametrize(
    ("english", "spanish", "taught", "foreign"),
    [
        (60, 0, (), ("es",)),
        (60, 5, (), ("es",)),
        (12, 3, (), ()),  # a tenth of a small desk's texts is enough
        (900, 39, (), ("es",)),
        (900, 40, ("en", "es"), ()),
        (0, 0, (), ()),  # of no text the language is known: there is nowhere to start from
    ],
)
def test_which_languages_the_table_speaks_for(
    english: int, spanish: int, taught: tuple[str, ...], foreign: tuple[str, ...]
) -> None:
    languages = ["en"] * english + ["es"] * spanish + [""] * 3
    found = fit_dense(np.ones((len(languages), 32), np.float32), languages, TABLE)
    assert found.languages == taught + foreign
    assert found.taught == len(taught)
    assert [found.abroad(language) for language in ("en", "es", "")] == [False, "es" in foreign, False]


def test_less_is_promised_of_a_language_without_examples(abroad: TaskModel) -> None:
    vectors = np.random.default_rng(0).normal(size=(40, 32)).astype(np.float32)
    texts, languages = ["ζζζ"] * 40, ["es"] * 40
    as_stated = replace(abroad, calibration=replace(abroad.calibration, abroad=0.0))
    less, more = abroad.predict(texts, vectors, languages), as_stated.predict(texts, vectors, languages)
    assert [p.label for p in less] == [p.label for p in more]
    unsure = [(a.confidence, b.confidence) for a, b in zip(less, more, strict=True) if b.confidence < 0.99]
    assert len(unsure) > 10
    odds = [[p / (1 - p) for p in pair] for pair in unsure]
    assert [a / b for a, b in odds] == pytest.approx(len(odds) * [np.exp(-0.3)], rel=1e-2)


def test_percentages_set_straight_keep_the_order_of_tickets_of_all_languages(
    abroad: TaskModel, encoder: Encoder
) -> None:
    moved = recalibrated(abroad, Straightened(0.5, -0.2, 300, 0.1, 0.0, 0.0, advised=True))
    texts, vectors = translated(["my card is lost", "refund please"], encoder)
    said = [
        p.confidence
        for one in (abroad, moved)
        for p in one.predict(texts * 2, np.vstack([vectors] * 2), ["es", "es", "en", "en"])
    ]
    assert np.array_equal(np.argsort(said[:4]), np.argsort(said[4:]))
    assert moved.calibration.abroad == pytest.approx(0.5 * abroad.calibration.abroad)


def test_a_model_file_gives_its_foreign_languages_back(
    abroad: TaskModel, desk: list[Example], encoder: Encoder, tmp_path: Path
) -> None:
    texts, vectors = translated([e.text for e in desk], encoder)
    back = load(tmp_path / "m", save(tmp_path / "m", {"category": abroad})).tasks["category"]
    languages = ["es"] * len(texts)
    assert back.predict(texts, vectors, languages) == abroad.predict(texts, vectors, languages)


def test_the_table_is_that_of_both_encoders_and_of_no_others() -> None:
    found = tongues_of(load_reader(Settings()).fingerprint)
    assert found is not None
    assert {"en", "es", "fr", "de", "pt", "it"} < set(found.languages)
    assert not found.moved[found.languages.index("en")].any()
    steps = np.linalg.norm(found.moved, axis=1)[np.array(found.languages) != "en"]
    assert ((steps > 0.1) & (steps < 0.4)).all()
    assert tongues_of("another") is None


def test_the_table_says_where_translations_lie() -> None:
    found = tongues_of(load_reader(Settings()).fingerprint)
    assert found is not None
    texts = ["My card has not arrived yet.", "How do I change my address?", "I was charged twice."]
    spanish = ["Mi tarjeta no ha llegado todavía.", "¿Cómo cambio mi dirección?", "Me han cobrado dos veces."]
    reader = load_reader(Settings())
    try:
        here, there = reader.encode(texts), reader.encode(spanish)
    finally:
        reader.close()
    step = found.moved[found.languages.index("es")]
    moved = (there - here).mean(axis=0)
    assert moved @ step / np.linalg.norm(moved) / np.linalg.norm(step) > 0.4


def test_another_language_is_believed_where_the_text_is_clearly_likelier_in_it() -> None:
    for text, main, language in (
        ("¿Cómo puedo cambiar la dirección de mi cuenta?", "en", "es"),
        ("How can I change the address of my account?", "es", "en"),
        ("ACOS", "en", "en"),
        ("1234", "es", "es"),
    ):
        assert _believed(detect_language(text), text, main) == language


def test_the_recipe_reads_whole_sentences_of_whole_catalogues(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def catalogue(said: dict[str, str]) -> bytes:
        made, out = Catalog(), io.BytesIO()
        for english, other in said.items():
            made.add(english, other)
        write_mo(out, made)
        return out.getvalue()

    wheel = tmp_path / "texts.whl"
    whole = {
        "Enter a number of %(count)s.": "Pon %(count)s números.",
        "Yes": "Sí",
        "Same sentence": "Same sentence",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(
            "p/locale/es/LC_MESSAGES/django.mo", catalogue(whole | {"Delete this thing": "Borra esto"})
        )
        archive.writestr(
            "p/locale/zh_Hans/LC_MESSAGES/django.mo", catalogue(whole | {"Delete this thing": "删除"})
        )
        archive.writestr("p/locale/fr/LC_MESSAGES/django.mo", catalogue(whole))
        archive.writestr(
            "p/locale/es_MX/LC_MESSAGES/django.mo", catalogue({"Delete this thing": "Quita esto"})
        )
    monkeypatch.setattr(recipe, "FEWEST", 2)
    found = recipe.pairs(wheel)
    assert found["es"] == {"Enter a number of .": "Pon números.", "Delete this thing": "Borra esto"}
    assert list(found) == ["es", "zh"]  # French lacks a sentence


def test_the_recipe_writes_what_the_models_read(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Small:
        fingerprint = "small"

        def encode(self, texts: Sequence[str]) -> Floats:
            return encoder(list(texts))

    monkeypatch.setattr(
        recipe, "pairs", lambda wheel: {"es": {"a whole sentence": "una frase", "another": "otra"}}
    )
    table = recipe.measure(tmp_path, Small())  # type: ignore[arg-type]
    monkeypatch.setattr("services.triage.learning.tongues._TABLE", tmp_path / "tongues.json")
    (tmp_path / "tongues.json").write_text(json.dumps(table), "utf-8")
    tongues_of.cache_clear()
    try:
        found = tongues_of("small")
    finally:
        tongues_of.cache_clear()
    assert found is not None
    assert found.languages == ("en", "es")
    step = encoder(["una frase", "otra"]) - encoder(["a whole sentence", "another"])
    assert np.allclose(found.moved[1], step.mean(axis=0), atol=1e-3)
