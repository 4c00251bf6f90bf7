"""`triaje kb import` and `triaje kb evaluate` as an operator runs them."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from services.common.db.tables import job
from services.kb.cli import kb as command
from services.kb.models import article, article_tag, section, translation


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "var"
    monkeypatch.setenv("TRIAJE_DATA", str(folder))
    return folder


def run(*arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(command, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def rows(data: Path, query: Any) -> list[Any]:
    engine = sa.create_engine(f"sqlite:///{data}/kb.db")
    with engine.connect() as conn:
        found = list(conn.execute(query))
    engine.dispose()
    return found


@pytest.fixture
def help_centre(tmp_path: Path) -> Path:
    folder = tmp_path / "help"
    for lang, title in (("en", "Lost card"), ("es", "Tarjeta perdida")):
        (folder / lang).mkdir(parents=True)
        text = f"---\ntitle: {title}\nsection: Cards\ntags: [lost]\n---\n\nBody {lang}"
        (folder / lang / "lost.md").write_text(text)
    (folder / "fees.html").write_text("<html lang=en><body><h1>Fees</h1><p>None.</p></body></html>")
    (folder / "more.jsonl").write_text('{"id": 1, "title": "Hours", "text": "Nine to five"}\n{"bad": true}\n')
    return folder


@pytest.mark.req(91)
def test_a_folder_of_three_formats_is_imported_and_waits_to_be_indexed(data: Path, help_centre: Path) -> None:
    done = run("import", str(help_centre))
    assert (done["created"], done["updated"], done["unchanged"]) == (3, 0, 0)
    assert [problem.split(":")[0] for problem in done["problems"]] == ["more.jsonl"]
    assert {row.state for row in rows(data, sa.select(article))} == {"published"}
    assert sorted(row.lang for row in rows(data, sa.select(translation))) == ["en", "en", "en", "es"]
    assert [row.tag for row in rows(data, sa.select(article_tag))] == ["lost"]
    assert [row.key for row in rows(data, sa.select(section))] == ["cards"]
    assert {row.state for row in rows(data, sa.select(job).where(job.c.name == "index_articles"))} == {
        "queued"
    }


@pytest.mark.req(139)
def test_the_same_import_again_changes_only_what_differs(data: Path, help_centre: Path) -> None:
    run("import", str(help_centre))
    (help_centre / "en" / "lost.md").write_text("---\ntitle: Lost card\nsection: Cards\n---\n\nChanged")
    done = run("import", str(help_centre))
    assert (done["created"], done["updated"], done["unchanged"]) == (0, 1, 2)
    assert len(rows(data, sa.select(article))) == 3


@pytest.mark.req(139)
def test_a_trial_run_writes_nothing(data: Path, help_centre: Path) -> None:
    done = run("import", str(help_centre), "--dry-run")
    assert done["created"] == 3
    assert not (data / "kb.db").exists()


def test_an_article_that_is_refused_leaves_the_others_be(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 1, "title": "A", "slug": "Not A Slug"}\n{"id": 2, "title": "B"}\n')
    done = run("import", str(path))
    assert done["created"] == 1
    assert done["problems"][0].startswith("1: translations.en.slug")


def test_nothing_to_import_is_an_error_in_one_line(data: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = CliRunner().invoke(command, ["import", str(tmp_path / "empty")])
    assert done.exit_code == 1
    assert "has no .md" in done.output


KEYS = {"recall@1", "recall@3", "recall@5", "recall@10", "mrr@10", "ndcg@10", "p50_ms", "p95_ms"}


@pytest.mark.req(91)
def test_evaluate_prints_the_promised_figures_beside_bm25(tmp_path: Path) -> None:
    from services.common.ai.embedder import DEFAULT_FOLDER

    if not DEFAULT_FOLDER.is_dir():
        pytest.skip("the embedder has not been made: run `make models`")
    corpus, queries = tmp_path / "corpus.jsonl", tmp_path / "queries.jsonl"
    pages = {
        "card": "Freeze a lost card in the app",
        "fee": "What a transfer costs",
        "hours": "When we are open",
        "": "x",
    }
    corpus.write_text(
        "\n".join(json.dumps({"id": key, "title": key, "text": text}) for key, text in pages.items())
    )
    asked = {"lost card": "card", "transfer costs": "fee", "tarjeta perdida": "card"}
    queries.write_text(
        "\n".join(json.dumps({"query": text, "relevant": [key]}) for text, key in asked.items())
    )
    done = run("evaluate", str(corpus), str(queries))
    assert done.keys() >= KEYS
    assert done["bm25"].keys() == KEYS
    assert done["recall@1"] == 1.0
    assert done["queries"] == 3
    assert done["degraded"] == 0


def test_a_file_that_is_no_corpus_is_named_with_its_line(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"query": "a", "relevant": ["1"]}\nnot json\n')
    done = CliRunner().invoke(command, ["evaluate", str(bad), str(bad)])
    assert done.exit_code == 1
    assert "line 1" in str(done.exception)
