"""The closed form against the long way round."""

import numpy as np
import pytest
import scipy.sparse as sp

from services.triage.learning.features import DenseSpace, fit_lexical
from services.triage.learning.ridge import Kernel, gram, solve


def _problem(count: int = 60) -> tuple[sp.csr_matrix, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    words = sp.random(count, 40, density=0.2, random_state=3, dtype=np.float32).tocsr()
    dense = DenseSpace(np.zeros(8, np.float32)).transform(rng.normal(size=(count, 8)))
    targets = rng.normal(size=(count, 3)).astype(np.float32)
    return words, dense, targets


def _silent(share: float) -> None:
    assert 0.0 <= share <= 1.0


def _refit_without(rows: list[int]) -> np.ndarray:
    words, dense, targets = _problem()
    rest = [i for i in range(60) if i not in rows]
    kernel = Kernel()
    solution = solve(
        words[rest],
        dense[rest],
        targets[rest],
        np.ones(len(rest), np.float32),
        kernel,
        [],
        _silent,
    )
    return gram(words[rows], words[rest], dense[rows], dense[rest], kernel) @ solution.alpha


def test_held_out_scores_are_those_of_a_model_fitted_without_the_text() -> None:
    words, dense, targets = _problem()
    solution = solve(words, dense, targets, np.ones(60, np.float32), Kernel(), [], _silent)
    for row in (0, 17, 59):
        assert solution.held_out[row] == pytest.approx(_refit_without([row])[0], abs=2e-3)


def test_texts_of_one_writer_are_held_out_together() -> None:
    words, dense, targets = _problem()
    together = [np.array([i]) for i in range(60)]
    for row in (4, 20, 33):
        together[row] = np.array([4, 20, 33])
    solution = solve(words, dense, targets, np.ones(60, np.float32), Kernel(), together, _silent)
    assert solution.held_out[[4, 20, 33]] == pytest.approx(_refit_without([4, 20, 33]), abs=2e-3)
    assert solution.held_out[5] == pytest.approx(_refit_without([5])[0], abs=2e-3)


def test_carriers_that_are_everybody_give_the_exact_solution() -> None:
    words, dense, targets = _problem()
    ones, groups = np.ones(60, np.float32), []
    exact = solve(words, dense, targets, ones, Kernel(), groups, _silent)
    sampled = solve(words, dense, targets, ones, Kernel(), groups, _silent, np.arange(60))
    table = gram(words, words, dense, dense, Kernel())
    assert table @ sampled.alpha == pytest.approx(table @ exact.alpha, abs=0.02)
    assert sampled.held_out == pytest.approx(exact.held_out, abs=0.05)


def test_terms_of_fewer_writers_than_asked_are_not_kept() -> None:
    texts = ["Alice Zarzamora lost it"] * 5 + ["where is it"] * 5
    space, _ = fit_lexical(texts, ["alice"] * 5 + [str(i) for i in range(5)], rare=3, most=10_000)
    row = space.transform(["Zarzamora"])
    assert row.nnz == 0
    assert space.transform(["where"]).nnz > 0
