"""The checks of `make check`, so that one `make test` says everything."""

import subprocess
import sys
from pathlib import Path

import pytest


def run(*command: str, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        pytest.fail((done.stdout + done.stderr)[-6000:], pytrace=False)


def tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def test_ruff_has_nothing_to_say(project: Path) -> None:
    run(tool("ruff"), "check", ".", cwd=project)


def test_the_code_is_formatted(project: Path) -> None:
    run(tool("ruff"), "format", "--check", ".", cwd=project)


def test_types_hold(project: Path) -> None:
    run(tool("mypy"), cwd=project)


def test_imports_go_one_way(project: Path) -> None:
    run(tool("lint-imports"), "--no-cache", cwd=project)


def test_the_kernel_stays_a_kernel(project: Path) -> None:
    run(sys.executable, "scripts/kernel_size.py", cwd=project)


def test_the_page_of_requirements_is_current(project: Path) -> None:
    run(sys.executable, "scripts/requirements.py", "--check", cwd=project)
