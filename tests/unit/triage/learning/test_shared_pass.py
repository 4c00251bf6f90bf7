"""One pass over a text serves every task and its evidence, and gives the same bits as a pass of its own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from services.triage.learning import TaskModel, explain
from services.triage.learning.lexical import Reading
from services.triage.learning.threads import one_thread

from .conftest import embed, tickets


@given(st.text(alphabet="card lost mi tarjeta está perdida 12€'-", max_size=120))
@settings(max_examples=80, deadline=None)
def test_a_text_read_once_has_the_same_bits_as_in_a_batch(text: str) -> None:
    from services.triage.learning.features import fit_lexical

    space, _ = fit_lexical([e.text for e in tickets()], [""] * 120, 1, 60_000)
    places, worth, known = space.row(Reading(text))
    row = space.transform([text])
    assert places.tolist() == row.indices.tolist()
    assert worth.tobytes() == row.data.tobytes()
    assert int(known.sum()) == len(places)


def test_the_evidence_names_no_word_that_says_nothing(model: TaskModel) -> None:
    text = "where is my card? my card is lost and the plastic is gone"
    found = explain(model, text, embed([text])[0])
    shown = {word.text.casefold() for word in found.words}
    assert "card" in shown or "plastic" in shown
    assert not shown & {"my", "is", "the", "and", "where"}


def test_the_shares_of_all_words_add_up_to_the_lexical_lead(model: TaskModel) -> None:
    from services.triage.learning.evidence import _direction, _share_out, _worth

    text = "where is my debit card since Monday"
    reading = Reading(text)
    scored = model.score(reading, embed([text])[0])
    direction = _direction(model, scored.scores, int(scored.scores.argmax()))
    shares = _share_out(text, reading, _worth(model, reading, direction))
    assert sum(w.weight for w in shares) == pytest.approx(float(scored.lexical @ direction), abs=1e-4)


def test_a_process_that_predicts_adds_up_on_one_thread() -> None:
    one_thread()
    assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}
