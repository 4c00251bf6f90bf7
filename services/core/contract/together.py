"""Tickets together: merges, splits, links, problems and incidents."""

from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from msgspec import Struct

from services.core.contract.vocabulary import Input, StatusCategory, Translated

LinkKind = Literal[
    "duplicate_of", "duplicated_by", "child_of", "parent_of", "incident_of", "problem_of", "related"
]
LINK_KINDS: tuple[LinkKind, ...] = get_args(LinkKind)


class NewMerge(Input):
    """Body of ``PUT /tickets/{number}/merge``: this ticket goes into ``into``; ``DELETE`` undoes it."""

    into: int


class NewSplit(Input):
    """Body of ``POST /tickets/{number}/splits``: a message becomes a ticket of its own."""

    message: UUID
    subject: str = ""


class NewLink(Input):
    """``kind`` is read from the ticket of the address: ``incident_of`` makes it an incident of ``to``."""

    to: int
    kind: LinkKind


class NewProblem(Input):
    """A problem with the tickets that are its incidents. ``external_id`` names what it was made of: said again, it
    answers with the same problem, to which incidents that are new are linked."""

    subject: str
    body: str
    incidents: list[int]
    category: str | None = None
    external_id: str | None = None


class Link(Struct, kw_only=True):
    """Another ticket, and what it is to this one."""

    kind: LinkKind
    number: int
    subject: str
    status: str
    status_category: StatusCategory


class DuplicateHint(Struct, kw_only=True):
    """An open ticket of the same customer that says the same; ``score`` is between 0 and 1."""

    number: int
    subject: str
    score: float
    at: datetime


class Relations(Struct, kw_only=True):
    """What hangs together with a ticket: links, tickets merged into it, likely duplicates."""

    links: list[Link]
    merged: list[Link]
    duplicates: list[DuplicateHint]


class NewIncidentReply(Input):
    """Body of ``POST /tickets/{number}/incident-replies``: one answer to each incident of a problem.

    ``body`` is by language and may hold variables; each customer gets theirs, else the first. ``macro`` gives
    the texts instead. ``status`` is set with the reply, ``pending`` unless said.
    """

    body: Translated = {}
    macro: str | None = None
    status: str | None = None
