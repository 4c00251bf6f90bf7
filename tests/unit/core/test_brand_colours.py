"""Colours that can be read: WCAG's own examples, and the nearest passing colour is near and passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.brand.colour import (
    DEFAULTS,
    ENOUGH,
    GROUNDS,
    check,
    contrast,
    dark_of,
    judged,
    nearest,
    parsed,
    to_hex,
    to_oklch,
)

colours = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


@pytest.mark.req(89)
def test_contrast_is_the_one_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#0000ff", "#ffffff") == pytest.approx(8.59, abs=0.005)


@given(colours)
def test_a_colour_survives_the_way_there_and_back(colour: str) -> None:
    assert to_hex(to_oklch(colour)) == colour


@pytest.mark.req(89)
@given(colours, st.sampled_from(["light", "dark"]))
def test_the_nearest_colour_passes_keeps_its_hue_and_moves_no_further_than_it_must(
    colour: str, scheme: str
) -> None:
    ground, found = to_hex(GROUNDS[scheme]), nearest(colour, scheme)
    verdict = judged(colour, scheme)
    assert verdict.passes == (contrast(colour, ground) >= ENOUGH)
    assert contrast(verdict.nearest, ground) >= ENOUGH
    if verdict.passes:
        assert verdict.nearest == colour
    else:
        assert contrast(found, ground) < ENOUGH + 0.25, "just enough, not black or white"


@pytest.mark.req(89)
@given(colours)
def test_what_is_made_of_any_colour_can_be_read_in_light_and_dark(colour: str) -> None:
    found = check(colour, "").palette
    for text, ground in ((found.on, found.accent), (found.on_dark, found.accent_dark)):
        assert contrast(text, ground) >= ENOUGH
    assert contrast(found.accent_dark, to_hex(GROUNDS["dark"])) >= ENOUGH
    assert judged(dark_of(colour), "dark").passes


def test_the_usual_colours_pass_and_what_is_no_colour_is_none() -> None:
    assert all(judged(colour, scheme).passes for scheme, colour in DEFAULTS.items())
    assert parsed(" #0B5C55 ") == "#0b5c55"
    assert [parsed(text) for text in ("red", "#fff", "#12345g", "", "url(x)", "#0b5c55;}")] == [None] * 6
