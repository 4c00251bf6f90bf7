"""Tables for spreadsheets."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.text.cells import as_csv, cell

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n"]


@pytest.mark.hard("S-06")
@given(start=st.sampled_from(STARTS), rest=st.text(max_size=20), before=st.sampled_from(["", " ", "\u00a0"]))
def test_no_cell_that_people_wrote_is_a_formula(start: str, rest: str, before: str) -> None:
    text = before + start + rest
    written = as_csv([text], [[text, "kept"]]).removeprefix("\ufeff")
    (head, (first, second)) = list(csv.reader(io.StringIO(written, newline="")))
    assert head[0] == first == "'" + text
    assert second == "kept"


@pytest.mark.hard("S-06")
@given(st.text(max_size=30))
def test_what_is_no_formula_comes_back_as_it_was(text: str) -> None:
    written = as_csv(["a"], [[text]]).removeprefix("\ufeff")
    found = list(csv.reader(io.StringIO(written, newline="")))[1][0]
    assert found.removeprefix("'") == text.removeprefix("'") if found != text else True


def test_numbers_stay_numbers() -> None:
    assert cell(-3) == "-3"
    assert cell(-0.5) == "-0.5"
    assert cell("-3") == "'-3"
    assert cell(None) == ""


@pytest.mark.hard("S-06")
def test_nothing_writes_csv_but_the_one_helper(project: Path) -> None:
    writers = [
        path.relative_to(project).as_posix()
        for path in (project / "services").rglob("*.py")
        if "node_modules" not in path.parts
        and any(word in path.read_text("utf-8") for word in ("csv.writer", "csv.DictWriter", "to_csv("))
    ]
    assert writers == ["services/common/text/cells.py"]
