"""What the repository says: links lead somewhere, both READMEs give the same commands, nothing is left to do."""

import re
import subprocess
from importlib.metadata import distributions
from pathlib import Path

import pytest

FENCE = re.compile(r"```.*?```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)")


def tracked(project: Path, *patterns: str) -> list[Path]:
    """Files of the repository, those that are new and not ignored included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=project, capture_output=True, text=True,
    )  # fmt: skip
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [path for line in sorted(set(listed.stdout.splitlines())) if (path := project / line).is_file()]


def test_every_link_of_a_page_leads_to_a_file(project: Path) -> None:
    broken = [
        f"{page.relative_to(project)}: {target}"
        for page in tracked(project, "*.md")
        for target in LINK.findall(FENCE.sub("", page.read_text("utf-8")))
        if "://" not in target
        and not target.startswith(("/", "mailto:"))
        and not (page.parent / target).exists()
    ]
    assert broken == []


def test_both_readmes_show_the_same_commands_pictures_and_pages(project: Path) -> None:
    english, spanish = ((project / name).read_text("utf-8") for name in ("README.md", "README.es.md"))
    commands = re.compile(r"^\$ (.*?)(?:\s+#.*)?$", re.MULTILINE)

    def plain(text: str) -> list[str]:
        return [re.sub(r"<[^>]*>", "<…>", command) for command in commands.findall(text)]

    assert plain(english) == plain(spanish)
    pictures = re.compile(r"docs/screenshots/[\w-]+\.png")
    assert pictures.findall(english) == pictures.findall(spanish)
    assert set(LINK.findall(english)) - {"README.es.md"} == set(LINK.findall(spanish)) - {"README.md"}
    assert english.count("\n## ") == spanish.count("\n## ")


def test_every_decision_is_in_the_list_of_decisions(project: Path) -> None:
    folder = project / "docs" / "decisions"
    pages = {path.name for path in folder.glob("[0-9]*.md")}
    assert pages == set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text("utf-8")))


def test_nothing_is_left_to_do_in_the_code(project: Path) -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError")
    found = [
        f"{path.relative_to(project)}:{number}"
        for path in tracked(project, "services/**.py", "services/**.js", "services/**.html", "scripts/*.py")
        if "package-lock" not in path.name
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if marks.search(line)
    ]
    assert found == []


def test_every_module_says_what_it_is(project: Path) -> None:
    """A package may be empty; a module with code begins with a sentence."""
    silent = [
        str(path.relative_to(project))
        for path in tracked(project, "services/**.py", "scripts/*.py", "tests/**.py")
        if (text := path.read_text("utf-8").strip()) and not text.startswith(('"""', 'r"""', "#!"))
    ]
    assert silent == []


def test_every_installed_package_is_pinned_and_none_is_gpl(project: Path) -> None:
    def canonical(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    lines = (project / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {canonical(line.partition("==")[0]) for line in lines if "==" in line}
    tools = {"triaje", "pip", "setuptools", "wheel"}
    installed = {canonical(found.name): found.metadata for found in distributions()}
    assert set(installed) - pinned - tools == set()
    copyleft = re.compile(
        r"(?<!L)(?<!Lesser General Public License )\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE
    )
    licences = {
        name: " ".join([about.get("License-Expression") or "", *(about.get_all("Classifier") or [])])
        for name, about in installed.items()
    }
    assert [name for name, text in licences.items() if copyleft.search(text)] == []
