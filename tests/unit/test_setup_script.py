"""Set-up does again only what has changed."""

from pathlib import Path

import pytest

from scripts import setup


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "stamps.json")
    return []


def step(root: Path, made: list[str], present: bool = True) -> setup.Step:
    source = root / "source.txt"
    if not source.exists():
        source.write_text("one")
    return setup.Step("assets", "something", lambda: [source], lambda: present, lambda: made.append("made"))


def test_a_step_is_carried_out_once(tmp_path: Path, made: list[str]) -> None:
    for _ in range(3):
        setup.carry_out(step(tmp_path, made))
    assert made == ["made"]


def test_a_step_is_carried_out_again_when_its_sources_change(tmp_path: Path, made: list[str]) -> None:
    setup.carry_out(step(tmp_path, made))
    (tmp_path / "source.txt").write_text("two")
    setup.carry_out(step(tmp_path, made))
    assert made == ["made", "made"]


def test_a_step_is_carried_out_again_when_what_it_made_is_gone(tmp_path: Path, made: list[str]) -> None:
    setup.carry_out(step(tmp_path, made))
    setup.carry_out(step(tmp_path, made, present=False))
    assert made == ["made", "made"]


def test_a_step_that_fails_is_tried_again(tmp_path: Path, made: list[str]) -> None:
    def fail() -> None:
        raise setup.SetupError("no line")

    broken = setup.Step("assets", "something", list, lambda: True, fail)
    with pytest.raises(setup.SetupError):
        setup.carry_out(broken)
    assert setup.read_stamps() == {}


def test_a_spoilt_note_of_what_was_done_is_no_obstacle(tmp_path: Path, made: list[str]) -> None:
    (tmp_path / "stamps.json").write_text("{not json")
    setup.carry_out(step(tmp_path, made))
    assert made == ["made"]
    assert list(setup.read_stamps()) == ["assets"]


def test_a_python_without_venv_is_named_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup.sys, "executable", "/bin/false")
    with pytest.raises(setup.SetupError, match="no venv module"):
        setup.make_venv()
