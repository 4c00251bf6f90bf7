"""Finding an unusual run of similar tickets among the decisions of the last hour. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.triage.watch.surprise import INCIDENT, run_of_tickets

WINDOW = timedelta(hours=1)
HISTORY = timedelta(days=28)
YOUNG = 3.0  # days of history, below which nobody knows what is usual
FEWEST = 4  # different people, below which nothing is a run
ALIKE = 0.5  # centred cosine from which two tickets speak of one thing


@dataclass(frozen=True, slots=True)
class Seen:
    """One decided ticket; ``label`` is empty where the model abstained."""

    ticket: UUID
    number: int
    at: datetime
    who: str
    label: str
    subject: str
    vector: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """An unusual run. ``usual`` is how many tickets of its kind such an hour has."""

    subject: str
    label: str
    tickets: tuple[Seen, ...]
    usual: float
    p: float


def unusual(now: datetime, seen: Sequence[Seen]) -> list[Run]:
    """Runs among the tickets of the last hour, the most surprising first, against the four weeks before.

    Tickets are grouped by category; those that the model does not know, by meaning. Each person counts once. The
    past rate is the larger of the whole month's and of the same hours of the day, so that Monday morning is no
    incident. A young desk is judged by the days that it has, once they are three.
    """
    recent = [s for s in seen if now - WINDOW < s.at <= now]
    past = [s for s in seen if now - HISTORY <= s.at <= now - WINDOW]
    if not past or len(recent) < FEWEST:
        return []
    days = (now - WINDOW - min(s.at for s in past)) / timedelta(days=1)
    if days < YOUNG:
        return []
    runs = []
    for subject, label, group, alike in [*_by_label(recent, past), *_by_meaning(recent, past)]:
        people = {s.who or str(s.ticket): s for s in group}
        if len(people) < FEWEST:
            continue
        p, usual = _chance(now, len(people), alike, days)
        if p < INCIDENT:
            runs.append(Run(subject, label, tuple(sorted(group, key=lambda s: (s.at, s.number))), usual, p))
    return sorted(runs, key=lambda r: (r.p, r.subject))


def _by_label(
    recent: Sequence[Seen], past: Sequence[Seen]
) -> list[tuple[str, str, list[Seen], list[datetime]]]:
    groups: dict[str, list[Seen]] = defaultdict(list)
    before: dict[str, list[datetime]] = defaultdict(list)
    for s in recent:
        if s.label:
            groups[s.label].append(s)
    for s in past:
        before[s.label].append(s.at)
    return [(f"category:{label}", label, group, before[label]) for label, group in sorted(groups.items())]


def _by_meaning(
    recent: Sequence[Seen], past: Sequence[Seen]
) -> list[tuple[str, str, list[Seen], list[datetime]]]:
    """The largest set of unknown tickets around one of them, with the past ones that it resembles."""
    strange = [s for s in recent if not s.label and s.vector is not None]
    if len(strange) < FEWEST:
        return []
    known = [s for s in past if s.vector is not None]
    vectors = np.stack([s.vector for s in [*strange, *known] if s.vector is not None]).astype(np.float32)
    vectors = vectors - (vectors[len(strange) :].mean(axis=0) if known else 0.0)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    near = vectors[: len(strange)] @ vectors.T >= ALIKE
    centre = int(near[:, : len(strange)].sum(axis=1).argmax())
    group = [s for s, hit in zip(strange, near[centre], strict=False) if hit]
    alike = [s.at for s, hit in zip(known, near[centre, len(strange) :], strict=True) if hit]
    first = min(group, key=lambda s: (s.at, s.number))
    return [(f"topic:{first.number}", "", group, alike)]


def _chance(now: datetime, count: int, before: Sequence[datetime], days: float) -> tuple[float, float]:
    """The less surprising of two readings: against every hour of the past, and against this time of day."""
    hours = WINDOW / timedelta(hours=1)
    near = [at for at in before if _minutes_apart(at, now) <= 90]
    readings = [(len(before), 24.0 * days), (len(near), 3.0 * days)]
    p = max(run_of_tickets(count, hours, past, of) for past, of in readings)
    return p, round(max((past + 0.5) / of * hours for past, of in readings), 2)


def _minutes_apart(a: datetime, b: datetime) -> float:
    """Between two times of day, the short way round."""
    apart = abs((a.hour * 60 + a.minute) - (b.hour * 60 + b.minute))
    return min(apart, 1440 - apart)
