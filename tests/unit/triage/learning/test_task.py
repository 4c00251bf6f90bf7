"""A task's model from no example to many."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.triage.learning import (
    Example,
    FitCancelled,
    FitOptions,
    TaskModel,
    explain,
    explain_sentences,
    fit_task,
    readiness,
)
from services.triage.learning.model import restate
from services.triage.learning.prototypes import fit_prototypes, held_out_prototypes
from services.triage.learning.rows import gather

from .conftest import NAMES

Encoder = Callable[[Sequence[str]], NDArray[np.float32]]


@pytest.mark.req(48)
def test_a_trained_model_knows_new_sentences(model: TaskModel, encoder: Encoder) -> None:
    texts = [
        "since Monday my debit card is gone",
        "the login password does not work",
        "give me my money back",
    ]
    found = model.predict(texts, encoder(texts))
    assert [p.label for p in found] == ["card", "login", "refund"]
    assert all(p.confidence > 0.5 for p in found)


@pytest.mark.req(54)
def test_without_any_example_the_names_of_the_labels_decide(
    names: dict[str, list[str]], encoder: Encoder
) -> None:
    model = fit_task("category", [], np.zeros((0, 32), np.float32), label_names=names, embed=encoder)
    texts = ["I lost my card", "necesito la contraseña", "refund please"]
    assert [p.label for p in model.predict(texts, encoder(texts))] == ["card", "login", "refund"]


def test_without_labels_it_abstains(encoder: Encoder) -> None:
    model = fit_task("category", [], np.zeros((0, 32), np.float32), label_names={}, embed=encoder)
    (found,) = model.predict(["anything"], encoder(["anything"]))
    assert found.abstained
    assert found.ranked == ()


@given(st.text(max_size=80))
@settings(max_examples=60, deadline=None)
@pytest.mark.req(49)
def test_only_active_labels_are_ever_predicted_with_chances_that_add_up(text: str) -> None:
    from .conftest import NAMES, embed, tickets

    desk = [*tickets(), Example("old things", ("retired",))]
    model = _cached(desk, NAMES, embed)
    (found,) = model.predict([text], embed([text]))
    assert {r.label for r in found.ranked} == {"card", "login", "refund"}
    assert sum(r.probability for r in found.ranked) <= 1.0 + 1e-5
    assert found.confidence == max(r.probability for r in found.ranked)
    assert 0.0 <= found.familiarity <= 1.0


_MODELS: dict[int, TaskModel] = {}


def _cached(desk: list[Example], names: dict[str, list[str]], encoder: Encoder) -> TaskModel:
    if 0 not in _MODELS:
        _MODELS[0] = fit_task(
            "category", desk, encoder([e.text for e in desk]), label_names=names, embed=encoder
        )
    return _MODELS[0]


def test_a_prediction_does_not_depend_on_the_texts_beside_it(model: TaskModel, encoder: Encoder) -> None:
    texts = ["my card is lost", "password", "a refund of money", "xyz"]
    vectors = encoder(texts)
    together = model.predict(texts, vectors)
    alone = [model.predict([t], v[None, :])[0] for t, v in zip(texts, vectors, strict=True)]
    assert together == alone


@pytest.mark.req(50)
def test_a_stranger_is_turned_away_and_a_regular_is_not(model: TaskModel, encoder: Encoder) -> None:
    texts = ["giraffes sleep standing under baobab trees", "where is my bank card?"]
    vectors = encoder(texts)
    vectors[0] = (
        model.dense.centre
    )  # like nothing that was taught: the small encoder's own vectors are like anything
    stranger, regular = model.predict(texts, vectors)
    assert stranger.abstained
    assert not regular.abstained
    assert stranger.familiarity < regular.familiarity


def test_examples_without_trust_do_not_teach(desk: list[Example], encoder: Encoder) -> None:
    noise = [Example(e.text, ("refund",), weight=0.0) for e in desk]
    vectors = encoder([e.text for e in desk])
    clean = fit_task("category", desk, vectors)
    mixed = fit_task("category", [*desk, *noise], np.vstack([vectors, vectors]))
    assert np.array_equal(clean.alpha, mixed.alpha)


@pytest.mark.req(48)
def test_priorities_are_ordered(encoder: Encoder) -> None:
    order = ("low", "normal", "high", "critical")
    words = {
        "low": "whenever idea",
        "normal": "question about",
        "high": "broken soon",
        "critical": "outage now",
    }
    examples = [
        Example(f"{words[level]} {thing} {place}", (level,))
        for level in order
        for thing in ("card", "app", "site", "phone", "mail")
        for place in ("here", "there", "home")
    ]
    vectors = encoder([e.text for e in examples])
    model = fit_task("priority", examples, vectors, kind="ordinal", options=FitOptions(order=order))
    text = "outage now on the site"
    (found,) = model.predict([text], encoder([text]))
    assert found.label == "critical"
    assert sum(r.probability for r in found.ranked) == pytest.approx(1.0, abs=1e-4)
    chance = {r.label: r.probability for r in found.ranked}
    assert chance["low"] < 0.2


def test_priorities_need_an_order(encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="order"):
        fit_task("priority", [Example("a", ("odd",))], encoder(["a"]), kind="ordinal")


@pytest.mark.req(48)
def test_tags_can_be_many_or_none(desk: list[Example], encoder: Encoder) -> None:
    examples = [Example(e.text, (*e.labels, "lost") if "lost" in e.text else e.labels) for e in desk]
    examples += [Example(f"hello there number {i}", ()) for i in range(10)]
    model = fit_task("tags", examples, encoder([e.text for e in examples]), kind="multi")
    texts = ["my card is lost", "hello there number 11"]
    both, none = model.predict(texts, encoder(texts))
    assert set(both.chosen) == {"card", "lost"}
    assert none.chosen == ()


def test_a_fit_can_be_cancelled_and_reports_where_it_is(desk: list[Example], encoder: Encoder) -> None:
    seen: list[float] = []
    vectors = encoder([e.text for e in desk])
    with pytest.raises(FitCancelled):
        fit_task(
            "category", desk, vectors, progress=lambda s, _: seen.append(s), cancelled=lambda: len(seen) >= 3
        )
    assert seen == sorted(seen)
    assert len(seen) == 3


@pytest.mark.req(53)
def test_the_first_label_stays_first_however_unsure_it_is_said_to_be() -> None:
    spread = np.array([0.30, 0.35, 0.35 - 1e-6])
    for stated in (0.9, 0.2, 1e-6):
        assert restate(spread, stated).argmax() == 1
        assert restate(spread, stated).sum() <= 1.0 + 1e-12


def test_means_and_names_of_a_text_that_is_held_out_do_not_hold_it(
    desk: list[Example], encoder: Encoder
) -> None:
    few = [next(e for e in desk if e.label == label) for label in ("card", "login", "refund")] * 2
    rows = gather(few, encoder([e.text for e in few]), tuple(NAMES), NAMES, encoder, "single")
    labels, together = tuple(NAMES), [np.array(sorted({i, (i + 3) % 6})) for i in range(6)]
    points = rows.vectors
    whole = fit_prototypes(points, rows, labels)
    found = held_out_prototypes(points, rows, labels, whole, together)
    for i, group in enumerate(together):
        rest = [j for j in range(len(rows.labels)) if j not in group]
        kept = replace(rows, labels=[rows.labels[j] for j in rest], real=6 - len(group))
        assert found[i] == pytest.approx(fit_prototypes(points[rest], kept, labels) @ points[i], abs=1e-5)


def test_evidence_points_at_words_of_the_text(model: TaskModel, encoder: Encoder) -> None:
    text = "Hello, please help me with a refund"
    found = explain(model, text, encoder([text])[0])
    assert found.label == "refund"
    assert found.words[0].text == "refund"
    assert all(text[w.start : w.end] == w.text for w in found.words)
    assert 0.0 < found.lexical_share <= 1.0


@pytest.mark.req(53)
def test_leaving_out_the_sentence_that_matters_moves_the_chance_most(
    model: TaskModel, encoder: Encoder
) -> None:
    text = "Good morning to you. I need my password and login. Thanks a lot."
    found = explain_sentences(model, text, encoder([text])[0], encoder)
    strongest = max(found.sentences, key=lambda s: s.weight)
    assert "password" in strongest.text
    assert text[strongest.start : strongest.end] == strongest.text


def test_evidence_of_a_text_without_words_is_empty(model: TaskModel, encoder: Encoder) -> None:
    assert explain(model, "?!", encoder(["?!"])[0]).words == ()


def test_readiness_counts_what_is_missing(desk: list[Example]) -> None:
    found = {r.label: r for r in readiness(["card", "other"], desk)}
    assert found["card"].state == "ready"
    assert found["other"].state == "names_only"
    assert found["other"].missing == 20
