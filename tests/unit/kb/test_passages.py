"""Markdown to safe HTML, to headings and to passages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kb.passages.cut import LONGEST, MOST, Passage, cut, embedded_text, split_long, summarise
from services.kb.passages.language import language_of_text
from services.kb.passages.markdown import blocks, headings, plain_text, render

GUIDE = """Intro text.

## Año nuevo

First paragraph.

- one
- two

| a | b |
|---|---|
| 1 | 2 |

## Año nuevo

```
code <b>
```
"""


def test_headings_get_ids_of_their_own_in_the_page() -> None:
    assert [heading.anchor for heading in headings(GUIDE)] == ["s-ano-nuevo", "s-ano-nuevo-2"]
    assert 'id="s-ano-nuevo-2"' in render(GUIDE)


def test_blocks_know_the_heading_above_them() -> None:
    assert [(block.text, block.anchor) for block in blocks(GUIDE)] == [
        ("Intro text.", ""),
        ("First paragraph.", "s-ano-nuevo"),
        ("one\ntwo", "s-ano-nuevo"),
        ("a | b\n1 | 2", "s-ano-nuevo"),
        ("code <b>", "s-ano-nuevo-2"),
    ]


def test_passages_do_not_cross_headings() -> None:
    assert [(p.heading, p.text.split("\n")[0]) for p in cut(GUIDE)] == [
        ("", "Intro text."),
        ("Año nuevo", "First paragraph."),
        ("Año nuevo", "code <b>"),
    ]


def test_an_article_without_body_is_its_summary() -> None:
    assert cut("", "What it is about.") == [Passage("What it is about.", "", "")]
    assert cut("", "") == []


@given(st.lists(st.text(alphabet="abc de.\n", min_size=1, max_size=400), max_size=20))
def test_long_text_is_cut_without_losing_a_word(parts: list[str]) -> None:
    text = " ".join(parts)
    pieces = split_long(text)
    assert " ".join(pieces).split() == text.split()
    assert all(len(piece) <= 2 * LONGEST for piece in pieces)


def test_a_word_without_end_is_cut_too() -> None:
    assert all(len(piece) <= LONGEST for piece in split_long("x" * 5000))


def test_a_book_has_a_bounded_number_of_passages() -> None:
    assert len(cut("\n\n".join(["word " * 200] * 1000))) == MOST


def test_a_passage_is_embedded_under_its_title_and_heading() -> None:
    assert embedded_text("Cards", Passage("Freeze it.", "Lost", "s-lost")) == "Cards\nLost\nFreeze it."
    assert embedded_text("Cards", Passage("Freeze it.", "Cards", "s-cards")) == "Cards\nFreeze it."


def test_a_summary_is_the_first_block_cut_at_a_word() -> None:
    assert summarise("# T\n\nFirst paragraph.\n\nSecond.") == "First paragraph."
    assert len(summarise("word " * 200)) <= 182


def test_plain_text_has_headings_and_no_markup() -> None:
    assert (
        plain_text("## Head\n\nSome **bold** [link](https://a.b) and ![alt](c.png)")
        == "Head\nSome bold link and alt"
    )


@pytest.mark.hard("S-09")
@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "<scr<script>ipt>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](java\tscript:alert(1))",
        "![x](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)><script>1</script></svg>",
        '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
        '<a href="data:text/html,<script>1</script>">x</a>',
        "<iframe src=https://evil.test></iframe>",
        "<form action=https://evil.test><input name=password></form>",
        "<style>@import 'https://evil.test'</style>",
        '<div style="background:url(https://evil.test)">x</div>',
        "<video><source onerror=alert(1)></video>",
        "<details ontoggle=alert(1) open>x</details>",
        "## <img src=x onerror=alert(1)>",
        "`<script>alert(1)</script>`",
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    ],
)
def test_what_an_author_writes_cannot_run(markdown: str) -> None:
    html = render(markdown).lower()
    for danger in ("<script", "onerror=", "onload=", "ontoggle=", "href=\"javascript", "src=\"javascript", "<iframe",
                   "<form", "<style", "style=", "<svg", "href=\"data:"):  # fmt: skip
        assert danger not in html.replace("&lt;", "‹")


@pytest.mark.req(88)
def test_images_and_videos_of_the_desk_are_shown_and_none_from_elsewhere() -> None:
    file = "/media/01a20172-39ad-7170-bedf-ed9f4e2eabb8"
    html = render(f"![A card]({file}.png)\n\n![How to freeze it]({file}.mp4)")
    assert f'<img src="{file}.png" alt="A card">' in html
    assert f'<video src="{file}.mp4" controls' in html
    assert "x.test" not in render('![A](https://x.test/a.png) <video src="https://x.test/a.mp4"></video>')


@pytest.mark.parametrize(
    ("text", "lang", "found"),
    [
        ("For example, to change the left indent starting with the second line", "es", "en"),
        ("Para cambiar la sangría de la primera línea de un párrafo", "es", "es"),
        ("OK", "es", "es"),
        ("", "pt-BR", "pt"),
    ],
)
def test_leftovers_in_another_language_are_noticed(text: str, lang: str, found: str) -> None:
    assert language_of_text(text, lang) == found
