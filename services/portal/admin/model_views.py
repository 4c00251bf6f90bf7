"""What the models page shows: figures, the promise curve, labels, corrections, versions, the training."""

import asyncio
from datetime import datetime

import msgspec

from services.common.errors import Unavailable
from services.portal.web.i18n import pick
from services.portal.web.labels import N_
from services.portal.web.portal import Portal
from services.portal.web.taxonomy import Names
from services.portal.web.viewer import Viewer
from services.triage.contract import (
    TASKS,
    Comparison,
    LabelMetrics,
    Model,
    Promise,
    Recalibration,
    Status,
    TaskMetrics,
    Training,
)

STEPS = [round(0.80 + 0.01 * n, 2) for n in range(20)]
GOOD, FAIR = 0.9, 0.8
RUNNING = {"queued", "running"}
UNFAIR = (
    0.01  # as strict as the comparison of models: there are many groups, and one of them is always unlucky
)
TELLING = 30  # tickets of a group from which its share says something
NOTES = {
    "fetch": N_("Reading closed tickets"),
    "embed": N_("Understanding texts"),
    "reading examples": N_("Learning"),
    "learning the words": N_("Learning"),
    "fitting": N_("Learning"),
    "fit": N_("Learning"),
    "calibrating": N_("Learning how sure it may be"),
    "judge": N_("Judging on later tickets"),
    "store": N_("Saving"),
    "done": N_("Saving"),
}


def step(note: str) -> tuple[str, str]:
    """What a training does now, from its job's note: the step's words and the task that it is about."""
    task, _, rest = note.rpartition(": ")
    words = rest.rstrip("0123456789/ ")
    return NOTES.get(words, words), task if task in TASKS else ""


class LabelRow(msgspec.Struct):
    name: str
    examples: int
    precision: float
    recall: float
    f1: float
    tone: str
    needs: int


class OverrideRow(msgspec.Struct):
    said: str
    chosen: str
    count: int
    checked: int = 0
    still: int = 0


class VersionRow(msgspec.Struct):
    version: str
    state: str
    trained_at: datetime
    examples: int
    accuracy: float | None
    loadable: bool
    problem: str
    promoted_by: str


class SliceRow(msgspec.Struct):
    """A group of customers' tickets beside all others."""

    kind: str
    name: str
    count: int
    right: float
    rest: float
    behind: bool

    @property
    def telling(self) -> bool:
        """Whether there are enough tickets to say anything."""
        return self.count >= TELLING


class ModelsView(msgspec.Struct, kw_only=True):
    """The page for one task. Everything is empty before the first training."""

    task: str
    tasks: tuple[str, ...] = TASKS
    status: Status
    champion: Model | None
    challenger: Model | None
    previous: str
    metrics: TaskMetrics | None
    promise: Promise | None
    curve: list[tuple[float, float]]
    labels: list[LabelRow]
    overrides: list[OverrideRow]
    asked_again: str
    versions: list[VersionRow]
    compare: Comparison | None
    slices: list[SliceRow]
    verdict: str
    training: Training | None
    straight: Recalibration | None = None

    @property
    def busy(self) -> bool:
        """Whether a training is under way."""
        return self.training is not None and self.training.state in RUNNING

    @property
    def share_at_promise(self) -> float | None:
        """The coverage that the curve shows at the promised precision."""
        if self.promise is None:
            return None
        return next((y for x, y in self.curve if x >= self.promise.precision - 1e-9), 0.0)

    @property
    def alone_right(self) -> float | None:
        """How often it is right where it acts alone: as observed, else as on the held-out tickets."""
        if self.promise is None or not self.promise.enabled:
            return None
        if self.promise.observed is not None:
            return self.promise.observed
        least = self.promise.threshold
        points = self.metrics.curve if self.metrics else []
        return next((p[2] for p in points if least is not None and p[0] >= least), None)

    @property
    def live_true(self) -> bool:
        """Whether what it said of live decisions is as true as can be told from so many."""
        p = self.promise
        if p is None or p.live_gap is None or p.live_noise is None:
            return True
        return p.live_gap <= max(0.02, 1.3 * p.live_noise)

    @property
    def step(self) -> tuple[str, str]:
        """What the training that runs does now."""
        return step(self.training.note) if self.training else ("", "")

    @property
    def unknown_share(self) -> float | None:
        """The share of decisions on which the model abstained."""
        return self.status.abstained / self.status.decisions if self.status.decisions else None


async def load_models(portal: Portal, viewer: Viewer, task: str) -> ModelsView:
    """Everything at once. Raises ``Unavailable`` while triage is away."""
    token = portal.token(viewer)
    status, models, trainings, promises, overrides, names = await asyncio.gather(
        portal.triage.status(token=token),
        portal.triage.models(token=token),
        portal.triage.trainings(limit=3, token=token),
        portal.triage.promises(token=token),
        portal.triage.overrides(limit=12, token=token),
        _names(portal, viewer),
    )
    champion = next((m for m in models.items if m.state == "champion"), None)
    challenger = next((m for m in models.items if m.state == "challenger"), None)
    archived = [m for m in models.items if m.state == "archived" and m.promoted_at and m.loadable]
    archived.sort(key=lambda m: m.promoted_at or m.trained_at)
    metrics = champion.metrics.get(task) if champion else None
    compare = challenger.compare if challenger else None
    naming = Naming(names, viewer.locale)
    view = ModelsView(
        task=task,
        status=status,
        champion=champion,
        challenger=challenger,
        previous=archived[-1].version if archived else "",
        metrics=metrics,
        promise=next((p for p in promises if p.task == task), None),
        curve=coverage_curve(metrics.curve) if metrics else [],
        labels=[
            naming.row(task, m) for m in sorted(_labels(champion, metrics, task), key=lambda m: -m.examples)
        ],
        overrides=[
            OverrideRow(
                naming.of(o.task, o.predicted, o.predicted_name),
                naming.of(o.task, o.chosen, o.chosen_name),
                o.count,
                o.checked,
                o.still,
            )
            for o in overrides.items
            if o.task == task
        ],
        asked_again=overrides.model,
        versions=[version_row(m, task) for m in models.items],
        compare=compare,
        slices=slice_rows(metrics),
        verdict=pick(compare.verdict, viewer.locale) if compare else "",
        training=trainings[0] if trainings else None,
    )
    if not view.live_true:  # reading every review is worth it only then
        view.straight = await portal.triage.recalibration(task, token=token)
    return view


async def _names(portal: Portal, viewer: Viewer) -> Names | None:
    try:
        return await portal.taxonomies.names(viewer.locale)
    except Unavailable:
        return None


def _labels(champion: Model | None, metrics: TaskMetrics | None, task: str) -> list[LabelMetrics]:
    if metrics and metrics.labels:
        return metrics.labels
    return champion.labels if champion and task == "category" else []


def slice_rows(metrics: TaskMetrics | None) -> list[SliceRow]:
    """Groups of a kind that has more than one, the largest first within each."""
    found = [
        SliceRow(
            key.partition("=")[0],
            "" if key.endswith("=und") else key.partition("=")[2],
            int(s["n"]),
            s["accuracy"],
            s["rest"],
            s["p_value"] <= UNFAIR,
        )
        for key, s in (metrics.slices if metrics else {}).items()
        if "rest" in s
    ]
    return sorted(found, key=lambda row: (row.kind, -row.count, row.name))


def coverage_curve(points: list[list[float]]) -> list[tuple[float, float]]:
    """From ``[threshold, coverage, precision]`` to the most coverage at each promised precision."""
    return (
        [(step, max((p[1] for p in points if p[2] >= step), default=0.0)) for step in STEPS] if points else []
    )


class Naming:
    """Labels by name, in one language."""

    def __init__(self, names: Names | None, language: str) -> None:
        self._names, self._language = names, language

    def of(self, task: str, label: str, own: dict[str, str] | None) -> str:
        if own:
            return pick(own, self._language)
        if self._names is None:
            return label
        look = {"category": self._names.category, "team": self._names.team, "tags": self._names.tag}.get(task)
        return look(label) if look else label

    def row(self, task: str, metrics: LabelMetrics) -> LabelRow:
        tone = "good" if metrics.f1 >= GOOD else "caution" if metrics.f1 >= FAIR else "danger"
        return LabelRow(
            self.of(task, metrics.label, metrics.name),
            metrics.examples,
            metrics.precision,
            metrics.recall,
            metrics.f1,
            tone,
            0 if metrics.ready else max(1, metrics.needs),
        )


def version_row(model: Model, task: str) -> VersionRow:
    """A version in the registry's table."""
    metrics = model.metrics.get(task)
    return VersionRow(
        model.version,
        model.state,
        model.trained_at,
        model.examples,
        metrics.accuracy if metrics else None,
        model.loadable,
        model.problem,
        model.promoted_by,
    )
