"""What counts as a line of code."""

import pytest

from scripts.kernel_size import code_lines


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("", 0),
        ('"""Said."""\n\n# and commented\n', 0),
        ("x = 1\n\n\ny = 2  # why\n", 2),
        ('def f():\n    """Two\n\n    lines."""\n    return 1\n', 2),
        ("x = [\n    1,\n]\n", 3),
        ('x = """a\nb"""\n', 2),
    ],
)
def test_blank_lines_comments_and_docstrings_are_free(source: str, lines: int) -> None:
    assert code_lines(source) == lines
