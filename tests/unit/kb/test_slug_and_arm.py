"""Addresses of articles, and who sees suggestions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kb.articles.slug import is_slug, numbered, slugify
from services.kb.suggestions.arm import arm_of

SECRET = "s" * 40


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("¿Cómo restablezco mi contraseña?", "como-restablezco-mi-contrasena"),
        ("How do I reset my password?", "how-do-i-reset-my-password"),
        ("Error ERR-4021 (transfer)", "error-err-4021-transfer"),
        ("Как сбросить пароль", "как-сбросить-пароль"),
        ("../../etc/passwd", "etc-passwd"),
        ("???", "article"),
    ],
)
def test_a_title_becomes_a_readable_address(title: str, slug: str) -> None:
    assert slugify(title) == slug


@given(st.text(max_size=300))
def test_every_slug_is_one_and_stays_one(title: str) -> None:
    slug = slugify(title)
    assert is_slug(slug)
    assert slugify(slug) == slug
    assert "/" not in slug
    assert slug.isprintable()


def test_the_second_article_of_a_name_is_numbered() -> None:
    assert numbered("cards", 1) == "cards"
    assert numbered("cards", 2) == "cards-2"


@given(st.text(min_size=1, max_size=60), st.floats(0, 0.9))
def test_a_visitor_always_falls_on_the_same_side(visitor: str, share: float) -> None:
    assert arm_of(visitor, share, SECRET) == arm_of(visitor, share, SECRET)


def test_the_control_share_is_what_was_asked_for() -> None:
    for share in (0.0, 0.1, 0.5):
        control = sum(arm_of(f"visitor-{n}", share, SECRET) == "control" for n in range(20_000)) / 20_000
        assert control == pytest.approx(share, abs=0.01)


def test_a_growing_share_moves_visitors_one_way_only() -> None:
    small = {n for n in range(2000) if arm_of(str(n), 0.1, SECRET) == "control"}
    assert small <= {n for n in range(2000) if arm_of(str(n), 0.3, SECRET) == "control"}


def test_another_desk_s_key_draws_other_visitors() -> None:
    one = {n for n in range(2000) if arm_of(str(n), 0.1, SECRET) == "control"}
    assert one != {n for n in range(2000) if arm_of(str(n), 0.1, "t" * 40) == "control"}
