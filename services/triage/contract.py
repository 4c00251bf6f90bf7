"""What other services and clients may know of triage: the structs on its wire.

Labels are what core's taxonomy calls ``id``; ``name`` is joined from the read copy when an answer is
built, so a renamed category is shown under its new name in old decisions too.
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType

Task = Literal["category", "priority", "tags", "team"]
TASKS: tuple[Task, ...] = ("category", "priority", "tags", "team")
ModelState = Literal["champion", "challenger", "archived", "failed"]
Verdict = Literal["accepted", "edited", "refused"]
SourceKind = Literal["macro", "article", "ticket"]


class Prediction(Struct, frozen=True, omit_defaults=True):
    """One ranked label. ``probability`` is calibrated and rounded to four places."""

    label: str
    probability: float
    name: dict[str, str] | None = None


class Word(Struct, frozen=True):
    """A word of the ticket and how far it moved the decision; negative speaks against it."""

    text: str
    weight: float


class SimilarTicket(Struct, frozen=True, omit_defaults=True):
    """A solved ticket near this one; ``score`` is the cosine, ``resolution`` the masked reply that solved it."""

    ticket: UUID
    number: int
    subject: str
    label: str
    score: float
    resolution: str = ""


class SolvedTickets(Struct, frozen=True):
    """Solved tickets near a text, nearest first, of those that the asker may read."""

    items: list[SimilarTicket]


class LikenessRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """Body of ``POST /internal/likeness``: a ticket beside others that were decided on."""

    ticket: UUID
    others: list[UUID]


class Likeness(Struct, frozen=True):
    """The cosine of each of the others to the ticket; those whose text was never read are left out."""

    scores: dict[UUID, float]


class Evidence(Struct, frozen=True):
    """Why the first category was chosen. ``why`` holds one plain sentence per interface language."""

    words: list[Word] = []
    similar: list[SimilarTicket] = []
    why: dict[str, str] = {}


class Outcome(Struct, frozen=True):
    """What a person did with one task of a decision; ``value`` is what the field holds afterwards."""

    task: str
    outcome: Verdict
    value: str | list[str] | None
    actor: str
    at: datetime


class Candidate(Struct, frozen=True):
    """Somebody who may have a ticket. ``solved`` is the share of the nearest solved tickets that were theirs."""

    staff: UUID
    name: str
    score: float
    load: int
    capacity: int
    solved: float
    skills: list[str] = []


class Routing(Struct, frozen=True):
    """Whom triage would give a ticket to, best first, and how many may not have it: ``team``, ``skill``,
    ``language``, ``away`` or ``full``. ``why`` says it in one sentence per interface language."""

    staff: UUID | None
    ranked: list[Candidate]
    refused: dict[str, int]
    why: dict[str, str] = {}


class Decision(Struct, frozen=True):
    """The stored record of one triage of one ticket.

    ``applied`` maps each field that core set to its value. ``abstained`` lists the tasks on which the model
    said "I don't know"; their ranked labels are still here, for a person to choose from. ``human_triage`` is
    true where the category is among them. ``state`` is ``proposed`` until core has answered the proposal.
    """

    id: UUID
    ticket: UUID
    number: int
    model: str
    at: datetime
    language: str
    predictions: dict[str, list[Prediction]]
    applied: dict[str, str | list[str]]
    skipped: dict[str, str]
    abstained: list[str]
    human_triage: bool
    evidence: Evidence
    latency_ms: float
    outcomes: list[Outcome]
    state: Literal["proposed", "answered", "superseded"]
    input_hash: str
    ticket_version: int
    routing: Routing | None = None


class DecisionList(Struct, frozen=True):
    """Decisions of one ticket, newest first."""

    items: list[Decision]
    next_cursor: str | None = None


class PredictRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Text to classify without a ticket."""

    subject: str = ""
    body: str = ""
    language: str | None = None
    channel: str = "api"


class Preview(Struct, frozen=True):
    """Predictions for a text, stored nowhere."""

    model: str
    language: str
    predictions: dict[str, list[Prediction]]
    abstained: list[str]
    human_triage: bool
    evidence: Evidence
    latency_ms: float


class OutcomeRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's verdict on one task of a decision, or on the assignee that it advised: ``value`` is then a person."""

    task: Task | Literal["assignee"]
    outcome: Verdict
    value: str | list[str] | None = None


class RecommendationOutcomeRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's verdict on a draft reply; ``text`` is what was sent, kept only as its distance to the draft."""

    outcome: Verdict
    text: str | None = None


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


class Rules(Struct, frozen=True, kw_only=True):
    """What an admin chose. ``promote`` is ``click``, or ``better``: a challenger that is better beyond luck and
    worse in no slice serves by itself. ``every_days`` is 0 for never. ``assign`` says whether a ticket that the
    model is sure of is given to a person: not at all, as a suggestion, or at once."""

    promote: Literal["click", "better"] = "click"
    every_days: int = 7
    on_drift: bool = False
    assign: Literal["off", "suggest", "apply"] = "suggest"
    order: Literal["load", "turn"] = "load"
    """To the emptiest desk, with some regard for who solved the like, or to everybody in turn."""
    away: list[UUID] = []
    """People who are given nothing for now."""
    heirs: dict[str, list[str]] = {}
    """Retired categories and where their examples go: into one (a merger), or into the best fitting of several (a
    split)."""


class RulesChange(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an admin may change of the rules."""

    promote: Literal["click", "better"] | UnsetType = UNSET
    every_days: int | UnsetType = UNSET
    on_drift: bool | UnsetType = UNSET
    assign: Literal["off", "suggest", "apply"] | UnsetType = UNSET
    order: Literal["load", "turn"] | UnsetType = UNSET
    away: list[UUID] | UnsetType = UNSET
    heirs: dict[str, list[str]] | UnsetType = UNSET


class Promise(Struct, frozen=True, kw_only=True):
    """The precision that an admin asks for before a task is set without a person.

    Only a ``certified`` promise that is switched on lets a prediction be applied. ``basis`` names what
    certified it: ``reviews`` (live decisions that people reviewed), ``holdout`` (closed tickets of the later
    period whose labels a person set, allowed for the first champion) or ``none``. ``reviews_needed`` is how
    many more reviews a certificate wants; ``observed`` is the precision seen since, beside the promise.

    ``live_…`` is the calibration on live traffic, over the ``live_n`` reviews of what it did not abstain from
    (strangers that it took for its own among them; 0 where they are too few to say): the mean chance that the model
    stated, the share that was right, the calibration error, and the error that a model which states the truth would
    measure on as many.
    """

    task: str
    precision: float
    enabled: bool
    certified: bool
    basis: Literal["reviews", "holdout", "none"]
    model: str = ""
    threshold: float | None = None
    coverage: float | None = None
    reviews: int = 0
    reviews_needed: int = 0
    observed: float | None = None
    observed_n: int = 0
    live_n: int = 0
    live_stated: float | None = None
    live_right: float | None = None
    live_gap: float | None = None
    live_noise: float | None = None


class PromiseList(Struct, frozen=True):
    """The promise of each task."""

    items: list[Promise]


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


class PromiseChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What an admin may change of a promise."""

    precision: float | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


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


class LogCheck(Struct, frozen=True, kw_only=True):
    """The decision log, read whole. ``head`` is the chain up to the last of ``entries``: written down somewhere
    else, it shows later that nothing before it was changed. Of ``erased`` entries the digest alone is left."""

    entries: int
    head: str
    erased: int = 0
    waiting: int = 0
    problems: list[str] = []
    problem_count: int = 0


class Replay(Struct, frozen=True, kw_only=True):
    """A stored decision computed again. ``identical`` compares every byte of what the model said."""

    decision: UUID
    model: str
    identical: bool
    stored: dict[str, list[Prediction]]
    again: dict[str, list[Prediction]]
    problem: str = ""


class PeriodRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A period to replay under another model (the champion where none is named), under a promise for the category,
    or as if categories had been merged into others."""

    model: str = ""
    since: datetime
    precision: float = 0.95
    merge: dict[str, str] = {}


class PeriodReplay(Struct, frozen=True, kw_only=True):
    """A period under another model, with no side effects. ``changed`` counts decisions whose first label moved."""

    model: str
    since: datetime
    decisions: int
    changed: dict[str, int]
    workload: dict[str, dict[str, int]]
    """``{team: {"before": n, "after": m}}``."""
    examples: list[dict[str, str]]
    skipped: int = 0
    total: int = 0
    """Decisions of the period; of many an even sample was asked again."""
    alone: dict[str, int] = {}
    """``{"before": n, "after": m}``: tickets whose category was, or would be, set without a person."""
    precision: float = 0.95
    certified: bool = False
    curve: list[list[float]] = []
    """Points of ``[promise, tickets that it would act on alone]``."""


class Source(Struct, frozen=True, omit_defaults=True):
    """Where a draft's words come from; ``index`` is the number shown, from 1."""

    index: int
    kind: SourceKind
    id: str
    title: str
    quote: str
    number: int | None = None
    language: str = ""
    score: float = 0.0


class Span(Struct, frozen=True):
    """Characters ``start`` to ``end`` of a draft rest on source ``source``; ``quote`` is the sentence there.

    Every sentence has one but greetings and sign-offs, which claim nothing.
    """

    start: int
    end: int
    source: int
    quote: str


class Recommendation(Struct, frozen=True):
    """A draft reply. ``composer`` is ``extractive`` or ``chat:<model>``: the page says which one wrote."""

    id: UUID
    text: str
    sources: list[Source]
    spans: list[Span]
    score: float
    language: str
    composer: str


class RecommendedArticle(Struct, frozen=True, omit_defaults=True):
    """An article that may answer."""

    article: str
    title: str
    passage: str = ""
    slug: str = ""
    language: str = ""
    score: float = 0.0


class Recommendations(Struct, frozen=True):
    """All that may help to answer one ticket. ``missing`` names the parts whose service is away."""

    replies: list[Recommendation]
    articles: list[RecommendedArticle]
    similar: list[SimilarTicket]
    missing: list[str] = []


class RecommendationRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The ticket to draft for; the caller's own token decides what may be quoted."""

    ticket: UUID
    limit: int = 3


class SyncStarted(Struct, frozen=True):
    """The job that fetches core's snapshot and closed tickets."""

    job: UUID


class Incident(Struct, frozen=True, kw_only=True):
    """An unusual run of similar tickets, under the title of the problem that they may share.

    ``tickets`` are numbers; ``usual`` is how many of the kind come in such an hour, ``p`` the chance of so many
    on an ordinary day. A run of tickets that the model does not know has no ``label``.
    """

    id: UUID
    at: datetime
    last_at: datetime
    state: Literal["open", "over", "dismissed"]
    title: str
    label: str = ""
    name: dict[str, str] | None = None
    tickets: list[int] = []
    usual: float = 0.0
    p: float = 0.0
    closed_by: str = ""
    problem: int | None = None
    """The number of the ticket that was made of it."""


class IncidentProblem(Struct, frozen=True, forbid_unknown_fields=True):
    """The ticket that was made of an incident."""

    number: int


class IncidentList(Struct, frozen=True):
    """Incidents, newest first."""

    items: list[Incident]


class Signal(Struct, frozen=True, kw_only=True):
    """One look at drift. ``p`` is the chance of such a difference where nothing has changed; ``detail`` has the
    shares of right decisions, or the ``parts`` that were compared, and how many tickets lie behind it."""

    id: UUID
    at: datetime
    kind: Literal["input", "accuracy"]
    model: str
    p: float
    alarm: bool
    detail: dict[str, Any] = {}


class DriftList(Struct, frozen=True):
    """Looks at drift, newest first. On unchanged traffic a share of ``false_alarms`` of the looks alarms."""

    items: list[Signal]
    false_alarms: float


class DecisionMade(Struct, frozen=True):
    """Data of ``triage.decision.made.v1``."""

    ticket: UUID
    number: int
    decision: UUID
    model: str
    abstained: list[str]
    applied: list[str]


class ModelPromoted(Struct, frozen=True):
    """Data of ``triage.model.promoted.v1``."""

    model: str
    previous: str
    by: str


class IncidentSuspected(Struct, frozen=True):
    """Data of ``triage.incident.suspected.v1``; ``tickets`` are numbers."""

    incident: UUID
    title: str
    tickets: list[int]
    usual: float
    label: str = ""


class DriftSuspected(Struct, frozen=True):
    """Data of ``triage.drift.suspected.v1``."""

    kind: str
    model: str
    p: float


class TrainingFinished(Struct, frozen=True):
    """Data of ``triage.training.finished.v1``; ``model`` is empty for a dry run."""

    job: UUID
    model: str


EVENTS: dict[str, type[msgspec.Struct]] = {
    "triage.decision.made.v1": DecisionMade,
    "triage.drift.suspected.v1": DriftSuspected,
    "triage.incident.suspected.v1": IncidentSuspected,
    "triage.model.promoted.v1": ModelPromoted,
    "triage.training.finished.v1": TrainingFinished,
}
