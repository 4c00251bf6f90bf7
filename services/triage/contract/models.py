"""Models, what they get right, and their trainings."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from services.triage.contract.vocabulary import ModelState


class LabelMetrics(Struct, frozen=True):
    """How one label did on the held-out later tickets. ``ready`` is false below the examples it needs."""

    label: str
    examples: int
    support: int
    precision: float
    recall: float
    f1: float
    ready: bool = True
    needs: int = 0
    name: dict[str, str] | None = None


class TaskMetrics(Struct, frozen=True, kw_only=True):
    """One task on the held-out later tickets; null where a figure does not apply to it."""

    task: str
    accuracy: float | None = None
    macro_f1: float | None = None
    micro_f1: float | None = None
    ece: float | None = None
    top3: float | None = None
    coverage: float | None = None
    precision: float | None = None
    support: int = 0
    curve: list[list[float]] = []
    """Points of ``[threshold, coverage, precision]``, rising threshold."""
    learning: list[list[float]] = []
    """Points of ``[examples, share right]``: what fewer examples would have given. Of the category alone."""
    labels: list[LabelMetrics] = []
    slices: dict[str, dict[str, float]] = {}
    """``{"language=es": {"n": 120, "accuracy": 0.91, "rest": 0.93, "p_value": 0.2}}``; channel and tier likewise.
    ``rest`` is how often it is right on all other tickets, ``p_value`` the chance of being so far behind by luck."""


class Comparison(Struct, frozen=True, kw_only=True):
    """Champion and challenger on the same later tickets, paired.

    ``p_value`` is the exact two-sided McNemar test; ``better`` means: more right, and at most one chance in
    twenty that this is luck. ``verdict`` says it in plain words, per interface language.
    """

    champion: str
    challenger: str
    task: str = "category"
    n: int = 0
    champion_accuracy: float | None = None
    challenger_accuracy: float | None = None
    only_champion_right: int = 0
    only_challenger_right: int = 0
    p_value: float | None = None
    better: bool = False
    worse: bool = False
    slices: dict[str, dict[str, float]] = {}
    verdict: dict[str, str] = {}


class Model(Struct, frozen=True):
    """One version in the registry. ``loadable`` is false where its files are missing, altered or too old."""

    version: str
    state: ModelState
    trained_at: datetime
    examples: int
    snapshot_hash: str
    sha256: str
    metrics: dict[str, TaskMetrics]
    labels: list[LabelMetrics]
    compare: Comparison | None = None
    promoted_at: datetime | None = None
    promoted_by: str = ""
    loadable: bool = True
    problem: str = ""


class ModelList(Struct, frozen=True):
    """All versions, newest first; ``serving`` is the one in memory, empty where none can be loaded."""

    items: list[Model]
    serving: str = ""
    next_cursor: str | None = None


class TrainingRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """``dry_run`` fits and measures, and stores no model."""

    dry_run: bool = False


class Training(Struct, frozen=True, kw_only=True):
    """A retraining; ``id`` is its job. ``done`` of ``total`` steps, ``note`` names the step."""

    id: UUID
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    done: int = 0
    total: int = 0
    note: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    dry_run: bool = False
    model: str = ""
    examples: int = 0
    metrics: dict[str, TaskMetrics] = {}
    comparison: Comparison | None = None
    promoted: bool = False
    error: str = ""


class TrainingList(Struct, frozen=True):
    """Trainings, newest first."""

    items: list[Training]
    next_cursor: str | None = None


class Recalibration(Struct, frozen=True, kw_only=True):
    """What setting the serving model's percentages straight would bring for a task.

    ``advised`` where the ``reviews`` of live decisions contradict what was said beyond chance and the average gap is
    smaller afterwards. ``gap_after`` is measured on reviews that the map was not fitted to, ``noise`` is what a
    model that states the truth would measure.
    """

    task: str
    model: str = ""
    advised: bool = False
    reviews: int = 0
    gap_before: float = 0.0
    gap_after: float = 0.0
    noise: float = 0.0


class Override(Struct, frozen=True, omit_defaults=True):
    """How often people changed one label into another."""

    task: str
    predicted: str
    chosen: str
    count: int
    predicted_name: dict[str, str] | None = None
    chosen_name: dict[str, str] | None = None
    checked: int = 0
    """Corrected tickets that were asked again of the newest model …"""
    still: int = 0
    """… and those on which it would make the same mistake."""


class OverrideList(Struct, frozen=True):
    """What agents correct most, most frequent first. ``model`` is the version that was asked again."""

    items: list[Override]
    model: str = ""


class Status(Struct, frozen=True, kw_only=True):
    """What an admin wants to know at a glance. ``problem`` is empty or says why the model abstains."""

    serving: str = ""
    champion: str = ""
    examples: int = 0
    new_examples: int = 0
    decisions: int = 0
    abstained: int = 0
    embedder: str = ""
    training: UUID | None = None
    synced_at: datetime | None = None
    problem: str = ""
    forgotten: int = 0
    """Erased people whose tickets the serving model still learnt from; a retraining is under way for them."""


class SyncStarted(Struct, frozen=True):
    """The job that fetches core's snapshot and closed tickets."""

    job: UUID
