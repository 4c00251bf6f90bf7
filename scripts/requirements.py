"""Writes docs/requirements.md: every requirement with the tests that carry its mark.

Reads the marks (``@pytest.mark.req(23)``) from the source of the tests, so nothing has to run. With ``--check`` it
only says whether the page is current, and exits with 1 where it is not.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TITLES = ROOT / "docs" / "requirements.txt"
PAGE = ROOT / "docs" / "requirements.md"
TESTS = ROOT / "tests"


@dataclass(frozen=True)
class Proof:
    """A test that carries a requirement's number."""

    path: str
    name: str


def titles() -> tuple[dict[str, str], dict[int, tuple[str, str]]]:
    """Sections by letter, and requirements by number as (section letter, title)."""
    sections: dict[str, str] = {}
    requirements: dict[int, tuple[str, str]] = {}
    letter = ""
    for line in TITLES.read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        head, _, title = line.partition(" ")
        if head.isdigit():
            requirements[int(head)] = (letter, title)
        else:
            letter = head
            sections[letter] = title
    return sections, requirements


def numbers_of(node: ast.expr) -> Iterator[int]:
    """The requirement numbers of a mark expression: one mark, or a list of them."""
    if isinstance(node, (ast.List, ast.Tuple)):
        for element in node.elts:
            yield from numbers_of(element)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.req"):
        for argument in node.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, int):
                yield argument.value


def marked(body: list[ast.stmt], inherited: frozenset[int]) -> Iterator[tuple[str, frozenset[int]]]:
    """Every test in ``body`` with its numbers; marks of the module and of classes are inherited."""
    for node in body:
        if isinstance(node, ast.Assign) and any(
            ast.unparse(target) == "pytestmark" for target in node.targets
        ):
            inherited |= frozenset(numbers_of(node.value))
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            own = inherited | {
                number for decorator in node.decorator_list for number in numbers_of(decorator)
            }
            if isinstance(node, ast.ClassDef):
                yield from marked(node.body, own)
            elif node.name.startswith("test_"):
                yield node.name, own


def proofs() -> dict[int, list[Proof]]:
    """The tests of each requirement that has any."""
    found: dict[int, list[Proof]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        module = ast.parse(path.read_text("utf-8"), str(path))
        for name, numbers in marked(module.body, frozenset()):
            for number in numbers:
                found[number].append(Proof(path.relative_to(ROOT).as_posix(), name))
    return dict(found)


def page() -> str:
    """The Markdown page."""
    sections, requirements = titles()
    found = proofs()
    done = len(found.keys() & requirements.keys())
    lines = [
        "# Requirements and the tests that prove them",
        "",
        f"{done} of {len(requirements)} have a test. Written by `scripts/requirements.py` from `requirements.txt`",
        "and the marks in `tests/`; do not edit it by hand.",
    ]
    for letter, section in sections.items():
        lines += ["", f"## {letter} {section}", "", "| # | requirement | proved by |", "| --- | --- | --- |"]
        for number, (where, title) in requirements.items():
            if where == letter:
                tests = "<br>".join(
                    f"[{spoken(proof.name)}](../{proof.path})" for proof in found.get(number, ())
                )
                lines.append(f"| {number} | {title} | {tests} |")
    return "\n".join(lines) + "\n"


def spoken(name: str) -> str:
    """A test's name as the sentence that it is."""
    return name.removeprefix("test_").replace("_", " ")


def main() -> int:
    current = page()
    if "--check" in sys.argv[1:]:
        if PAGE.exists() and PAGE.read_text("utf-8") == current:
            return 0
        print("docs/requirements.md is not current: run python scripts/requirements.py", file=sys.stderr)
        return 1
    PAGE.write_text(current, "utf-8")
    print(current.splitlines()[2].partition(".")[0])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
