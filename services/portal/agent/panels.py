"""The right side of the workspace: what Triaje thinks, why, and what it would say."""

from typing import Any

import msgspec

from services.core.contract import Ticket
from services.portal.web import labels
from services.portal.web.i18n import pick
from services.portal.web.labels import N_
from services.portal.web.pages import Pages
from services.portal.web.taxonomy import Names
from services.portal.web.viewer import Viewer
from services.triage.contract import (
    Candidate,
    Decision,
    Prediction,
    Recommendation,
    Recommendations,
    SimilarTicket,
    Source,
)

SHOWN = 3
OVER = frozenset({"solved", "closed", "cancelled"})
HOLDS = N_("holds %(load)s of %(capacity)s")
SOLVED = N_("solved %(share)s in 100 of the most similar")
SKILLED = N_("can %(skills)s")


class RankedLabel(msgspec.Struct):
    """A label with its probability, in number and words."""

    label: str
    name: str
    probability: float
    words: str


class PredictionView(msgspec.Struct, kw_only=True):
    """One task's ranked labels; ``current`` is what the ticket holds now."""

    task: str
    decision: str
    ranked: list[RankedLabel]
    current: str = ""


class Advice(msgspec.Struct):
    """A task told in one line: priority, team, tags."""

    task: str
    text: str
    probability: float
    words: str
    abstained: bool


class WordView(msgspec.Struct):
    text: str
    against: bool


class SimilarView(msgspec.Struct):
    number: int
    subject: str
    score: float
    href: str
    resolution: str


class Why(msgspec.Struct):
    """The evidence behind the first category."""

    sentence: str
    words: list[WordView]
    similar: list[SimilarView]


class CandidateView(msgspec.Struct):
    """Somebody who may have the ticket, with the reasons in words."""

    id: str
    name: str
    load: int
    capacity: int
    reasons: list[str]


class AssigneeView(msgspec.Struct, kw_only=True):
    """Whom Triaje would give the ticket to, best first, with how sure it is of what the ticket is about."""

    decision: str
    advised: str
    people: list[CandidateView]
    why: str
    probability: float | None


class TriageView(msgspec.Struct, kw_only=True):
    """The triage panel. ``waiting`` says that no decision has come yet, ``away`` that triage does not answer."""

    model: str = ""
    category: PredictionView | None = None
    advice: list[Advice] = []
    why: Why | None = None
    abstained: bool = False
    settled: bool = False
    waiting: bool = False
    away: bool = False
    assignee: AssigneeView | None = None


class DraftPart(msgspec.Struct):
    """A stretch of a draft and the sources that it rests on."""

    text: str
    sources: list[int]


class SourceView(msgspec.Struct):
    index: int
    kind: str
    kind_label: str
    title: str
    quote: str
    href: str


class DraftView(msgspec.Struct, kw_only=True):
    """A draft reply. ``model`` names the chat model that wrote it, empty for an extractive one."""

    id: str
    text: str
    parts: list[DraftPart]
    sources: list[SourceView]
    model: str = ""


class HelpView(msgspec.Struct, kw_only=True):
    """What may help to answer: a draft, articles, similar tickets."""

    draft: DraftView | None = None
    articles: list[SourceView] = []
    similar: list[SimilarView] = []
    missing: list[str] = []
    away: bool = False


class Adviser:
    """Turns triage's answers into views, in one viewer's language."""

    def __init__(self, pages: Pages, viewer: Viewer, names: Names) -> None:
        self._pages, self._viewer, self._names = pages, viewer, names

    def _(self, text: str) -> str:
        return self._pages.text(self._viewer, text)

    # -- decisions

    def triage(self, ticket: Ticket, decisions: list[Decision] | None) -> TriageView:
        """The panel for the newest decision; ``None`` says that triage did not answer."""
        if decisions is None:
            return TriageView(away=True)
        if not decisions:
            return TriageView(waiting=True)
        newest = decisions[0]
        current = ticket.category if isinstance(ticket.category, str) else ""
        set_by = ticket.set_by if isinstance(ticket.set_by, dict) else {}
        return TriageView(
            model=newest.model,
            category=PredictionView(
                task="category",
                decision=str(newest.id),
                ranked=[self._ranked("category", p) for p in newest.predictions.get("category", [])[:SHOWN]],
                current=current,
            ),
            advice=[a for task in ("priority", "team", "tags") if (a := self._advice(task, newest))],
            why=self._why(newest),
            abstained="category" in newest.abstained and not current,
            settled=set_by.get("category") == "person",
            assignee=self._assignee(ticket, newest),
        )

    def _assignee(self, ticket: Ticket, decision: Decision) -> AssigneeView | None:
        """Advice on who takes it; none where somebody has it, or where it is over."""
        routing = decision.routing
        if routing is None or ticket.assignee is not None or ticket.status_category in OVER:
            return None
        said = next((o for o in decision.outcomes if o.task == "assignee"), None)
        refused = str(routing.staff) if said is not None and said.outcome == "refused" else ""
        ranked = decision.predictions.get("category", [])
        return AssigneeView(
            decision=str(decision.id),
            advised=str(routing.staff or ""),
            people=[self._candidate(c) for c in routing.ranked if str(c.staff) != refused][:SHOWN],
            why=pick(routing.why, self._viewer.locale),
            probability=ranked[0].probability if ranked else None,
        )

    def _candidate(self, found: Candidate) -> CandidateView:
        reasons = [self._pages.text(self._viewer, HOLDS, load=found.load, capacity=found.capacity)]
        if found.solved >= 0.05:
            share = round(100 * found.solved)
            reasons.append(self._pages.text(self._viewer, SOLVED, share=share))
        if found.skills:
            names = ", ".join(self._names.category(skill) for skill in found.skills)
            reasons.append(self._pages.text(self._viewer, SKILLED, skills=names))
        return CandidateView(str(found.staff), found.name, found.load, found.capacity, reasons)

    def _ranked(self, task: str, prediction: Prediction) -> RankedLabel:
        words = labels.likelihood(prediction.probability, self._)
        return RankedLabel(prediction.label, self._name(task, prediction), prediction.probability, words)

    def _name(self, task: str, prediction: Prediction) -> str:
        if prediction.name:
            return pick(prediction.name, self._viewer.locale)
        if task == "priority":
            return labels.label(labels.PRIORITY, prediction.label, self._)
        look: dict[str, Any] = {
            "category": self._names.category,
            "team": self._names.team,
            "tags": self._names.tag,
        }
        return str(look[task](prediction.label))

    def _advice(self, task: str, decision: Decision) -> Advice | None:
        found = decision.predictions.get(task, [])
        if task == "tags":
            found = [p for p in found if p.probability >= 0.5][:SHOWN]
        if not found:
            return None
        first = found[0]
        text = ", ".join(self._name(task, p) for p in (found if task == "tags" else found[:1]))
        words = labels.likelihood(first.probability, self._)
        return Advice(task, text, first.probability, words, task in decision.abstained)

    def _why(self, decision: Decision) -> Why | None:
        evidence = decision.evidence
        sentence = pick(evidence.why, self._viewer.locale)
        if not (sentence or evidence.words or evidence.similar):
            return None
        return Why(
            sentence,
            [WordView(w.text, w.weight < 0) for w in evidence.words[:8]],
            [similar_view(s) for s in evidence.similar[:SHOWN]],
        )

    # -- recommendations

    def help(self, found: Recommendations | None) -> HelpView:
        """Draft, articles and similar tickets; ``None`` says that triage did not answer."""
        if found is None:
            return HelpView(away=True)
        articles = [
            SourceView(
                index,
                "article",
                self._(labels.SOURCE["article"]),
                a.title,
                a.passage,
                f"/help/{a.language}/{a.slug}",
            )
            for index, a in enumerate(found.articles[:SHOWN], 1)
            if a.slug
        ]
        return HelpView(
            draft=self._draft(found.replies[0]) if found.replies else None,
            articles=articles,
            similar=[similar_view(s) for s in found.similar[:4]],
            missing=found.missing,
        )

    def _draft(self, reply: Recommendation) -> DraftView:
        model = reply.composer.partition(":")[2] if reply.composer.startswith("chat:") else ""
        return DraftView(
            id=str(reply.id),
            text=reply.text,
            parts=cut(reply),
            sources=[self._source(s) for s in reply.sources],
            model=model,
        )

    def _source(self, source: Source) -> SourceView:
        href = f"/agent/tickets/{source.number}" if source.number else ""
        if source.kind == "article" and not href:
            href = f"/agent/articles/{source.id}"
        title = f"{source.number} {source.title}" if source.number else source.title
        return SourceView(
            source.index, source.kind, self._(labels.SOURCE[source.kind]), title, source.quote, href
        )


def similar_view(ticket: SimilarTicket) -> SimilarView:
    """A solved ticket as a link."""
    return SimilarView(
        ticket.number, ticket.subject, ticket.score, f"/agent/tickets/{ticket.number}", ticket.resolution
    )


def cut(reply: Recommendation) -> list[DraftPart]:
    """A draft's text in parts, each with the numbers of the sources that it rests on.

    Neighbours that rest on the same sources are one part, so that a number stands once at their end.
    """
    parts: list[DraftPart] = []
    at = 0
    for end in sorted({span.end for span in reply.spans if 0 < span.end <= len(reply.text)}):
        numbers = sorted({s.source for s in reply.spans if s.end == end})
        start = max(at, min(end, *(s.start for s in reply.spans if s.end == end)))
        if reply.text[at:start].strip():  # a greeting rests on nothing
            parts.append(DraftPart(reply.text[at:start], []))
            at = start
        if parts and parts[-1].sources == numbers:
            parts[-1].text += reply.text[at:end]
        else:
            parts.append(DraftPart(reply.text[at:end], numbers))
        at = end
    if at < len(reply.text):
        parts.append(DraftPart(reply.text[at:], []))
    return parts
