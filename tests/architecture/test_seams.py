"""What import-linter cannot say: what a contract may import, and which words the kernel may not know."""

import ast
import io
import re
import tokenize
from pathlib import Path

import grimp
import pytest

SERVICES = ("core", "triage", "kb", "portal")
FOREIGN_WORDS = re.compile(
    r"ticket|article|macro(?!s?copic)|customer|helpdesk|deflection|\bagents?\b", re.IGNORECASE
)


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("services", cache_dir=None)


@pytest.mark.parametrize("service", ["core", "triage", "kb"])
def test_a_contract_stands_on_the_kernel_alone(service: str, imports: grimp.ImportGraph) -> None:
    contract = f"services.{service}.contract"
    modules = {contract} | imports.find_descendants(contract)
    reached = set().union(*map(imports.find_modules_directly_imported_by, modules)) - modules
    assert {name for name in reached if not name.startswith("services.common")} == set()


@pytest.mark.parametrize("service", ["core", "triage", "kb"])
def test_a_client_brings_nothing_but_its_contract(service: str, imports: grimp.ImportGraph) -> None:
    reached = imports.find_modules_directly_imported_by(f"services.{service}.client")
    allowed = f"services.{service}.contract"
    assert {name for name in reached if not name.startswith("services.common") and name != allowed} == set()


def kernel_files(project: Path) -> list[Path]:
    return sorted((project / "services" / "common").rglob("*.py"))


def test_the_kernel_knows_no_word_of_the_domain(project: Path) -> None:
    """Neither as a name nor as a value. The roles and scopes of a token are its one vocabulary (http/actor.py)."""
    found = [
        f"{path.relative_to(project)}:{token.start[0]}: {token.string}"
        for path in kernel_files(project)
        if path.name != "actor.py"
        for token in said(path.read_text("utf-8"))
        if FOREIGN_WORDS.search(token.string)
    ]
    assert found == []


def said(source: str) -> list[tokenize.TokenInfo]:
    """Names and strings of ``source``, without its docstrings."""
    docstrings = {
        node.body[0].lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and ast.get_docstring(node) is not None
    }
    return [
        token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type in {tokenize.NAME, tokenize.STRING} and token.start[0] not in docstrings
    ]


def test_the_kernel_names_no_service(project: Path) -> None:
    found = [
        f"{path.relative_to(project)}:{node.lineno}: {node.value!r}"
        for path in kernel_files(project)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in SERVICES
    ]
    assert found == []


def test_annotations_are_evaluated_where_they_are_read_at_run_time(project: Path) -> None:
    """Structs, mapped classes and handlers read their annotations; postponed ones would be strings."""
    postponed = [
        str(path.relative_to(project))
        for path in sorted((project / "services").rglob("*.py"))
        if "node_modules" not in path.parts
        and "from __future__ import annotations" in path.read_text("utf-8")
    ]
    assert postponed == []


def test_now_has_one_source(project: Path) -> None:
    """Only clock.py asks the machine for the time of day."""
    asked = re.compile(r"\bdatetime\.(utc)?now\(|\bdate\.today\(|(?<!_)\btime\.time\(\)")
    found = [
        f"{path.relative_to(project)}:{number}"
        for path in sorted((project / "services").rglob("*.py"))
        if path.name != "clock.py" and "node_modules" not in path.parts
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if asked.search(line)
    ]
    assert found == []
