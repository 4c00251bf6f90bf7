"""Invented content for the style guide, in the states that matter: short, long, late, unsure, empty."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from markupsafe import Markup

from services.kb.contract import Segment
from services.portal.agent.panels import (
    DraftPart,
    DraftView,
    PredictionView,
    RankedLabel,
    SimilarView,
    SourceView,
    Why,
    WordView,
)
from services.portal.agent.queue import RowView
from services.portal.conversation import EntryView, FileView
from services.portal.forms.views import FieldView
from services.portal.requests.views import Answer
from services.portal.web.pages import paragraphs

ZERO = UUID(int=0)
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


class Samples(msgspec.Struct):
    """What the style guide shows in its components."""

    rows: list[RowView]
    entries: list[EntryView]
    prediction: PredictionView
    why: Why
    draft: DraftView
    answers: list[Answer]
    fields: list[FieldView]


def samples(now: datetime) -> Samples:
    """Content for every component, as of ``now``."""
    return Samples(_rows(now), _entries(now), _prediction(), _why(), _draft(), _answers(), _fields())


def _fields() -> list[FieldView]:
    """The kinds of questions that a form may have, filled, empty and wrong."""
    choices = [("stolen", "It was stolen"), ("lost", "I lost it"), ("long", LONG)]

    def one(key: str, label: str, kind: str, **values: Any) -> FieldView:
        return FieldView(
            key=key, name=f"field-{key}", label=label, kind=kind, help=values.pop("help", ""),
            options=values.pop("options", []), **values,
        )  # fmt: skip

    return [
        one("g1", "What happened", "choice", options=choices, value="stolen", required=True),
        one(
            "g2",
            "Which of these",
            "choices",
            options=choices,
            values=["stolen", "lost"],
            help="As many as apply.",
        ),
        one(
            "g3",
            "Was the card in your hand?",
            "yes_no",
            options=[("true", "Yes"), ("false", "No")],
            required=True,
        ),
        one("g4", "Amount", "amount", value="thirty", error="This is no amount.", required=True),
        one("g5", "Day", "date", value="2026-01-31"),
        one("g6", "Tell us more", "long_text", value="Two lines\nof text."),
    ]


def _rows(now: datetime) -> list[RowView]:
    def before(minutes: int) -> datetime:
        return now - timedelta(minutes=minutes)

    return [
        RowView(
            number=1042,
            subject="Cobro duplicado en mi tarjeta",
            who="Ana Ruiz",
            at=before(8),
            waiting=True,
            tone="late",
            priority="critical",
        ),
        RowView(
            number=1039,
            subject="Card still hasn't arrived",
            who="Joe Park",
            at=before(41),
            waiting=True,
            tone="soon",
            category="Card arrival",
        ),
        RowView(
            number=1037,
            subject=LONG,
            who="Mei Lin",
            at=before(190),
            unsure=True,
            excerpt="Nobody knows what this is",
        ),
        RowView(number=1031, subject="", who="Sam Osei", at=before(3000), status="pending"),
    ]


def _entries(now: datetime) -> list[EntryView]:
    def entry(kind: str, author: str, text: str = "") -> EntryView:
        return EntryView(id=ZERO, kind=kind, author=author, at=now - timedelta(minutes=20), body=_body(text))

    question = entry("reply", "Ana Ruiz", "Hola, me cobraron dos veces.")
    question.channel, question.attachments = "email", [FileView("recibo.pdf", 48_200, "#")]
    event = entry("event", "Triaje")
    event.text, event.why = "Category: Duplicate charge · Triaje", True
    answer = entry("reply", "Luis Peña", LONG)
    answer.staff, answer.delivery = True, "Not delivered"
    answer.quoted = paragraphs("What was written before.")
    return [question, event, entry("note", "Luis Peña", "The shop confirms one charge only."), answer]


def _body(text: str) -> Markup:
    return paragraphs(text) if text else Markup("")


def _prediction() -> PredictionView:
    ranked = [
        RankedLabel("a", "Duplicate charge", 0.94, "very likely"),
        RankedLabel("b", "Pending charge", 0.04, "unlikely"),
        RankedLabel("c", LONG, 0.01, "unlikely"),
    ]
    return PredictionView(task="category", decision="0", current="a", ranked=ranked)


def _why() -> Why:
    return Why(
        "“Twice” and “same purchase” point to it, as in three solved tickets.",
        [WordView("twice", False), WordView("same purchase", False), WordView("pharmacy", True)],
        [SimilarView(981, "Charged twice at the supermarket", 0.91, "#main", "")],
    )


def _draft() -> DraftView:
    return DraftView(
        id="0",
        text="The second charge is a hold, not a payment. It is released within three days.",
        parts=[
            DraftPart("The second charge is a hold, not a payment.", [1]),
            DraftPart(" It is released within three days.", [2]),
        ],
        sources=[
            SourceView(
                1, "ticket", "Solved ticket", "981 Charged twice", "“The second one was a hold…”", "#main"
            ),
            SourceView(2, "article", "Article", "Pending charges", "“Released within three days.”", "#main"),
        ],
    )


def _answers() -> list[Answer]:
    marked = [
        Segment(text="When a shop repeats the check, one is a "),
        Segment(text="hold", marked=True),
        Segment(text="."),
    ]
    return [
        Answer(ZERO, "Why I see a charge twice", "en", "x", "#main", marked, False),
        Answer(
            UUID(int=1), "Cargos pendientes", "es", "y", "#main", [Segment(text="Las retenciones…")], True
        ),
    ]
