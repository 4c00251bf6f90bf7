"""Macros fill their variables and never leak a brace or run anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.macros.render import render, variables


@pytest.mark.req(18)
def test_variables_are_filled_and_missing_ones_leave_their_default_or_nothing() -> None:
    text = "Hola {{ticket.requester.first_name|qué tal}}, soy {{ agent.name }}.{{unknown}}"
    assert render(text, {"agent.name": "Grace"}) == "Hola qué tal, soy Grace."


@pytest.mark.req(18, 72)
@given(
    st.text(alphabet="{}%#|abc .", max_size=80),
    st.dictionaries(st.sampled_from(["a", "b"]), st.text(max_size=9)),
)
def test_no_brace_pair_is_ever_left(text: str, values: dict[str, str]) -> None:
    shown = render(text, values)
    assert "{{" not in shown
    assert "}}" not in shown


@pytest.mark.hard("S-11")
@pytest.mark.parametrize(
    "evil", ["{{7*7}}", "{{''.__class__}}", "{{ agent.__class__ }}", "{% for x in y %}", "${7*7}"]
)
def test_templates_evaluate_nothing(evil: str) -> None:
    assert "49" not in render(evil, {"agent.name": "x"})
    assert "class" not in render(evil, {"agent.name": "x"})


def test_what_a_customer_calls_themselves_cannot_become_a_variable() -> None:
    assert render("Hi {{name}}", {"name": "{{agent.name}}", "agent.name": "secret"}) == "Hi "


def test_the_names_in_a_macro_are_listed_once() -> None:
    assert variables({"en": "{{a.b|x}} {{c}}", "es": "{{ c }}"}) == ["a.b", "c"]
