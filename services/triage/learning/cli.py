"""The command `triaje evaluate`; `services.suite.cli` hangs it into the console script."""

import json
import sys
from typing import TYPE_CHECKING

import click

from .types import DataRefused, LearningError

if TYPE_CHECKING:
    from .evaluate import Report


@click.command("evaluate")
@click.argument("train")
@click.argument("test")
@click.option("--text", "text", required=True, metavar="COL[,COL…]", help="Text columns, subject first.")
@click.option("--label", required=True, metavar="COL", help="The column with the label or labels.")
@click.option("--multilabel", is_flag=True, help="Many labels a row: a list, or text separated by | ; or ,")
@click.option("--out-of-scope", metavar="VALUE", default=None, help="Label of rows that belong to no label.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate_command(
    train: str, test: str, text: str, label: str, multilabel: bool, out_of_scope: str | None, as_json: bool
) -> None:
    """Fit on TRAIN and score on TEST (CSV or JSON Lines), by the code that `triaje train` runs.

    Prints accuracy, F1, calibration, out-of-scope detection, what a promise of 95 % would let through, and
    the cost. Needs no server.
    """
    from services.common.errors import DeskError

    from .evaluate import evaluate

    columns = [column.strip() for column in text.split(",") if column.strip()]
    if not columns:
        raise click.UsageError("--text names no column")
    try:
        if as_json:
            report = evaluate(train, test, columns, label, multilabel, out_of_scope)
        else:
            report = _with_bar(train, test, columns, label, multilabel, out_of_scope)
    except DataRefused as error:
        raise click.ClickException(_one_line(error)) from error
    except (LearningError, DeskError, OSError) as error:
        raise click.ClickException(_one_line(error)) from error
    if as_json:
        click.echo(json.dumps(report.as_json()))
        return
    _print(report)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _with_bar(
    train: str, test: str, columns: list[str], label: str, multilabel: bool, out_of_scope: str | None
) -> "Report":
    from rich.console import Console
    from rich.progress import Progress

    from .evaluate import evaluate

    with Progress(console=Console(file=sys.stderr), transient=True) as bar:
        job = bar.add_task("reading", total=1.0)
        return evaluate(
            train,
            test,
            columns,
            label,
            multilabel,
            out_of_scope,
            progress=lambda share, note: bar.update(job, completed=share, description=note),
        )


def _print(report: "Report") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(
        title=f"{report.train_rows:,} rows to learn, {report.test_rows:,} to test, {report.labels} labels"
    )
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in report.as_json().items():
        if name in {"train_rows", "test_rows", "labels", "note"} or value is None:
            continue
        table.add_row(name, f"{value:,.1f}" if abs(value) >= 100 else f"{value:.4f}")
    console.print(table)
    weakest = sorted((row for row in report.scores.labels if row.support), key=lambda row: row.f1)[:8]
    if weakest:
        worst = Table(title="Labels with the lowest F1")
        for heading in ("label", "precision", "recall", "F1", "rows"):
            worst.add_column(heading, justify="left" if heading == "label" else "right")
        for row in weakest:
            worst.add_row(
                row.label, f"{row.precision:.3f}", f"{row.recall:.3f}", f"{row.f1:.3f}", str(row.support)
            )
        console.print(worst)
    if report.note:
        console.print(f"No promise of 95 %: {report.note}")
