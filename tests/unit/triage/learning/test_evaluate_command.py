"""`triaje evaluate` over files."""

import csv
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from services.triage.learning import DataRefused, Example, evaluate
from services.triage.learning.cli import evaluate_command
from services.triage.learning.evaluate import CONTRACT
from services.triage.learning.tables import read_rows

Encoder = Callable[[Sequence[str]], NDArray[np.float32]]


@pytest.fixture
def files(desk: list[Example], tmp_path: Path) -> tuple[Path, Path]:
    rows = [{"text": e.text, "label": e.label} for e in desk]
    strangers = [{"text": f"giraffes sleep under tree {i}", "label": "oos"} for i in range(10)]
    train, test = tmp_path / "train.jsonl", tmp_path / "test.jsonl"
    train.write_text("\n".join(json.dumps(r) for i, r in enumerate(rows) if i % 4))
    test.write_text("\n".join(json.dumps(r) for r in [*rows[::4], *strangers]))
    return train, test


@pytest.fixture(autouse=True)
def _small_encoder(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    # By name the package's function of the same name would be found.
    monkeypatch.setattr(
        sys.modules["services.triage.learning.evaluate"], "installed_reader", lambda: (encoder, None)
    )


@pytest.mark.req(52)
def test_json_has_the_keys_of_the_contract(files: tuple[Path, Path]) -> None:
    args = [
        str(files[0]),
        str(files[1]),
        "--text",
        "text",
        "--label",
        "label",
        "--out-of-scope",
        "oos",
        "--json",
    ]
    done = CliRunner().invoke(evaluate_command, args)
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert list(said)[: len(CONTRACT)] == list(CONTRACT)
    assert said["accuracy"] > 0.9
    # An encoder of random words knows no strangers: how well they are told is measured in tests/quality.
    assert 0 <= said["oos_recall"] <= 1
    assert said["fit_seconds"] > 0


def test_the_table_for_people_prints(files: tuple[Path, Path]) -> None:
    done = CliRunner().invoke(
        evaluate_command, [str(f) for f in files] + ["--text", "text", "--label", "label"]
    )
    assert done.exit_code == 0, done.output
    assert "accuracy" in done.stdout


def test_figures_without_strangers_are_null(files: tuple[Path, Path], encoder: Encoder) -> None:
    report = evaluate(files[0], files[0], ["text"], "label", embed=encoder)
    assert report.oos_recall is None
    assert report.coverage_at_95 is None
    assert "needed" in report.note


def test_csv_with_subject_and_body_and_tags(tmp_path: Path, desk: list[Example], encoder: Encoder) -> None:
    path = tmp_path / "t.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(["subject", "body", "tags"])
        writer.writerows([e.text, "Hello", f"{e.label}; greeted"] for e in desk)
    report = evaluate(path, path, ["subject", "body"], "tags", multilabel=True, embed=encoder)
    assert report.micro_f1 is not None
    assert report.micro_f1 > 0.9
    assert read_rows(path, ["subject", "body"], "tags", True)[0].labels == ("card", "greeted")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "no row"),
        ("{broken", "line 1 is not JSON"),
        ("[1]", "line 1 is not an object"),
        ('{"text": "a"}', "no column 'label'"),
        ('{"text": {"a": 1}, "label": "x"}', "neither text nor number"),
        ('{"text": "a", "label": ["x", "y"]}', "--multilabel"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(content)
    done = CliRunner().invoke(evaluate_command, [str(path), str(path), "--text", "text", "--label", "label"])
    assert done.exit_code == 1
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("text,label\nqué,x\n".encode("latin-1"))
    with pytest.raises(DataRefused, match="UTF-8"):
        read_rows(path, ["text"], "label", False)


def test_a_missing_file_is_an_error_and_a_missing_option_a_usage_error(tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(evaluate_command, ["a", "b", "--text", "t", "--label", "l"]).exit_code == 1
    assert runner.invoke(evaluate_command, ["a", "b"]).exit_code == 2
    assert runner.invoke(evaluate_command, ["a", "b", "--text", ",", "--label", "l"]).exit_code == 2
