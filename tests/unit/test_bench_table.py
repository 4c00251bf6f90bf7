"""The arithmetic of the benchmarks' table."""

import pytest

from tests.bench.table import Row, against, below, quantile, rendered


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.95, 4), (0.0, 1), (1.0, 4), (0.25, 1)])
def test_a_quantile_is_a_value_that_was_measured(share: float, value: float) -> None:
    assert quantile([4, 2, 3, 1], share) == value


def test_a_ratio_under_its_bar_is_missed() -> None:
    row = against("x", 39, 100, "/s", name="bare", at_least=0.4)
    assert (row.ratio, row.kept) == (0.39, False)
    assert "MISSED" in rendered([row])


def test_a_number_without_a_bar_only_informs() -> None:
    assert below("x", 5, "ms") == Row("x", 5, "ms")
    assert rendered([below("x", 5, "ms")]).endswith("5 ms")
