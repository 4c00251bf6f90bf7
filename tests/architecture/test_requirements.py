"""The list of requirements, and how many of them a test proves."""

import ast

import pytest

from scripts import requirements


def test_the_list_has_every_number_once() -> None:
    sections, listed = requirements.titles()
    assert list(listed) == list(range(1, 148))
    assert list(sections) == list("ABCDEFGHIJ")


def test_no_test_carries_a_number_that_is_not_on_the_list() -> None:
    assert requirements.proofs().keys() <= requirements.titles()[1].keys()


def test_at_least_forty_requirements_are_proved() -> None:
    assert len(requirements.proofs()) >= 40


@pytest.mark.parametrize(
    ("source", "numbers"),
    [
        ("@pytest.mark.req(3, 4)\ndef test_x(): ...", {3, 4}),
        ("pytestmark = [pytest.mark.infra, pytest.mark.req(7)]\nasync def test_x(): ...", {7}),
        ("@pytest.mark.req(1)\nclass TestX:\n @pytest.mark.req(2)\n def test_x(self): ...", {1, 2}),
        ("@pytest.mark.hard('R-01')\ndef test_x(): ...", set()),
    ],
)
def test_marks_are_read_from_functions_classes_and_modules(source: str, numbers: set[int]) -> None:
    assert list(requirements.marked(ast.parse(source).body, frozenset())) == [("test_x", numbers)]
