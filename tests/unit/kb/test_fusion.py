"""Fusing lists of scores, and what is taken from them across languages."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kb.search.aim import Centres, Sum
from services.kb.search.fusion import DEPTH, HIGHEST, Channel, fuse
from services.kb.search.ranking import MIX, WORDS_ALONE

# Scores to two places: differences too small to be seen beside an offset are not what standardising is about.
SCORES = st.dictionaries(
    st.integers(0, 50), st.floats(0, 100).map(lambda score: round(score, 2)), min_size=2, max_size=30
)


@given(SCORES, st.floats(0.1, 10), st.floats(-5, 5))
def test_standardising_forgets_scale_and_offset(
    scores: dict[int, float], scale: float, offset: float
) -> None:
    one, _ = Channel(scores).standardised()
    other, _ = Channel({key: scale * value + offset for key, value in scores.items()}).standardised()
    for key in scores:
        assert one[key] == pytest.approx(other[key], abs=1e-3)


@given(SCORES)
def test_order_within_a_list_is_kept(scores: dict[int, float]) -> None:
    total = fuse({"only": Channel(scores)}, lambda channel, at_home: 1.0)
    ordered = sorted(scores, key=lambda key: -scores[key])
    for better, worse in pairwise(ordered):
        assert total[better] >= total[worse] - 1e-9


def test_what_is_missing_from_a_list_gets_its_floor() -> None:
    total = fuse(
        {"a": Channel({1: 3.0, 2: 2.0, 3: 1.0}), "b": Channel({4: 1.0, 1: 0.0})}, lambda channel, at_home: 1.0
    )
    assert total[1] > total[3]
    assert set(total) == {1, 2, 3, 4}


def test_the_only_page_with_a_word_stands_far_above_the_rest() -> None:
    scaled, floor = Channel({1: 4.2}, complete=True).standardised()
    assert scaled[1] == HIGHEST
    assert floor == pytest.approx(-1 / np.sqrt(DEPTH - 1), rel=0.01)


def test_empty_lists_say_nothing() -> None:
    assert fuse({"a": Channel({}), "b": Channel({})}, lambda channel, at_home: 1.0) == {}
    assert fuse({"a": Channel({}), "b": Channel({1: 1.0, 2: 0.5})}, lambda channel, at_home: 1.0)[1] > 0


def test_words_count_less_where_page_and_query_differ_in_language() -> None:
    assert MIX.weight("words", same_language=True) > MIX.weight("words", same_language=False)
    assert MIX.weight("dense", same_language=True) == MIX.weight("dense", same_language=False)
    assert WORDS_ALONE.weight("dense", same_language=True) == 0


def test_a_language_is_not_preferred_for_being_the_question_s() -> None:
    """English leftovers get from an English question what any English text gets; that part is taken away."""
    english, spanish, topic = np.eye(3)
    sums = {("passage", "en"): Sum(1000 * english, 1000), ("passage", "es"): Sum(1000 * spanish, 1000)}
    question = (0.8 * english + 0.6 * topic).astype(np.float32)
    aimed = Centres(sums).aim(question, 0.0)
    leftover, answer = english, (0.9 * spanish + 0.43 * topic)
    assert question @ leftover > question @ answer
    assert aimed.adjusted(float(question @ answer), "passage", "es") > aimed.adjusted(
        float(question @ leftover), "passage", "en"
    )


def test_without_a_collection_s_means_scores_stay_as_they_are() -> None:
    vector = np.array([0.6, 0.8], dtype=np.float32)
    aimed = Centres({}).aim(vector, 0.6)
    assert np.allclose(aimed.vector, vector)
    assert aimed.adjusted(0.5, "passage", "en") == 0.5
