"""Rows of training examples."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.triage.models import (
    Decision,
    DecisionInput,
    DecisionOutcome,
    Example,
    Pull,
    Recommendation,
    RecommendationOutcome,
    table,
)

_example = table(Example)
_pull = table(Pull)
_CHANGED_BY_TEXT = {"vector": None, "fingerprint": "", "indexed": ""}


def upsert(conn: sa.Connection, rows: Iterable[dict[str, Any]]) -> int:
    """Store examples; an older version never replaces a newer one. Returns how many changed.

    The vector is kept where the text is the same, and the index entry is written anew.
    """
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    changed = 0
    for row in rows:
        known = conn.execute(
            sa.select(_example.c.version, _example.c.text_hash).where(_example.c.ticket == row["ticket"])
        ).first()
        if known is None:
            values = {**row, "vector": None, "fingerprint": "", "indexed": ""}
            insert = dialect.insert(_example).values(values)
            changed += conn.execute(insert.on_conflict_do_nothing(index_elements=["ticket"])).rowcount
        elif row["version"] > known.version:
            fresh = {"indexed": ""} if row["text_hash"] == known.text_hash else dict(_CHANGED_BY_TEXT)
            update = _example.update().where(
                _example.c.ticket == row["ticket"], _example.c.version < row["version"]
            )
            changed += conn.execute(update.values({**row, **fresh})).rowcount
    return changed


def version_of(conn: sa.Connection, ticket: UUID) -> int | None:
    """The version that is stored of a ticket; None where it is no example."""
    return conn.execute(sa.select(_example.c.version).where(_example.c.ticket == ticket)).scalar()


def closed_at(conn: sa.Connection, ticket: UUID) -> datetime | None:
    """When a ticket that is an example was closed."""
    return conn.execute(sa.select(_example.c.closed_at).where(_example.c.ticket == ticket)).scalar()


def forget(conn: sa.Connection, ticket: UUID, version: int) -> bool:
    """Drop an example that was reopened, unless it has been closed again since ``version``."""
    gone = conn.execute(_example.delete().where(_example.c.ticket == ticket, _example.c.version < version))
    return bool(gone.rowcount)


def without_vector(conn: sa.Connection, fingerprint: str, limit: int) -> list[Any]:
    """Examples that this embedder has not read yet."""
    query = sa.select(_example.c.ticket, _example.c.subject, _example.c.body, _example.c.text_hash)
    stale = sa.or_(_example.c.vector.is_(None), _example.c.fingerprint != fingerprint)
    return list(
        conn.execute(query.where(stale).order_by(_example.c.closed_at, _example.c.ticket).limit(limit))
    )


def count_without_vector(conn: sa.Connection, fingerprint: str) -> int:
    """How many examples wait for the embedder."""
    stale = sa.or_(_example.c.vector.is_(None), _example.c.fingerprint != fingerprint)
    return int(conn.execute(sa.select(sa.func.count()).select_from(_example).where(stale)).scalar() or 0)


def set_vectors(conn: sa.Connection, found: Sequence[tuple[UUID, str, bytes]], fingerprint: str) -> None:
    """Store vectors, each only if the text is still the one that was embedded."""
    for ticket, text_hash, vector in found:
        same = (_example.c.ticket == ticket, _example.c.text_hash == text_hash)
        conn.execute(
            _example.update().where(*same).values(vector=vector, fingerprint=fingerprint, indexed="")
        )


def vector_of_decision(conn: sa.Connection, ticket: UUID, fingerprint: str) -> Any:
    """What was embedded when the ticket was decided on: the text is not read twice."""
    query = _embedded(fingerprint).where(Decision.ticket == ticket)
    return conn.execute(query.order_by(Decision.id.desc()).limit(1)).first()


def vectors_of_decisions(conn: sa.Connection, tickets: Sequence[UUID], fingerprint: str) -> dict[UUID, bytes]:
    """The vector of each ticket's newest decision that has one."""
    query = _embedded(fingerprint).where(Decision.ticket.in_(tickets)).order_by(Decision.id)
    return {row.ticket: row.vector for row in conn.execute(query)}


def _embedded(fingerprint: str) -> sa.Select[UUID, str, str, bytes | None]:
    """What decisions have read, where this embedder made its vector."""
    return (
        sa.select(Decision.ticket, DecisionInput.subject, DecisionInput.body, DecisionInput.vector)
        .join(DecisionInput, Decision.id == DecisionInput.decision)
        .where(DecisionInput.fingerprint == fingerprint, DecisionInput.vector.is_not(None))
    )


def not_indexed(conn: sa.Connection, collection: str, limit: int) -> list[Any]:
    """Examples that have a vector and are not in ``collection``."""
    query = sa.select(_example).where(_example.c.vector.is_not(None), _example.c.indexed != collection)
    return list(conn.execute(query.order_by(_example.c.closed_at, _example.c.ticket).limit(limit)))


def mark_indexed(conn: sa.Connection, rows: Sequence[Any], collection: str) -> None:
    """Say that ``collection`` holds these rows as they were read."""
    for row in rows:
        same = (_example.c.ticket == row.ticket, _example.c.version == row.version)
        conn.execute(_example.update().where(*same).values(indexed=collection))


def forget_index(conn: sa.Connection, collection: str) -> None:
    """Say that ``collection`` holds nothing."""
    conn.execute(_example.update().where(_example.c.indexed == collection).values(indexed=""))


def count(conn: sa.Connection) -> int:
    """How many examples there are."""
    return int(conn.execute(sa.select(sa.func.count()).select_from(_example)).scalar() or 0)


def by_tickets(conn: sa.Connection, tickets: Sequence[UUID]) -> dict[UUID, Any]:
    """Examples by ticket."""
    rows = conn.execute(sa.select(_example).where(_example.c.ticket.in_(tickets)))
    return {row.ticket: row for row in rows}


def for_training(conn: sa.Connection) -> list[Any]:
    """Every example in the order of closing."""
    columns = [c for c in _example.c if c.name not in ("resolution", "labelled_at", "indexed", "stored_at")]
    return list(conn.execute(sa.select(*columns).order_by(_example.c.closed_at, _example.c.ticket)))


def reviewed_tasks(conn: sa.Connection) -> dict[UUID, set[str]]:
    """The tasks of each ticket on which a person agreed with or corrected a decision."""
    found: dict[UUID, set[str]] = {}
    query = sa.select(Decision.ticket, DecisionOutcome.task).join(
        Decision, Decision.id == DecisionOutcome.decision
    )
    for ticket, task in conn.execute(query):
        found.setdefault(ticket, set()).add(task)
    return found


def resolutions(conn: sa.Connection, limit: int = 2000) -> list[tuple[str, str]]:
    """Contact and solving reply of the newest examples: what the masking lexicon is made of."""
    query = sa.select(_example.c.contact_ref, _example.c.resolution).where(_example.c.resolution != "")
    return [
        (row[0], row[1]) for row in conn.execute(query.order_by(_example.c.closed_at.desc()).limit(limit))
    ]


def get_pull(conn: sa.Connection, name: str) -> Any:
    """How far a pull has come; None where it never ran."""
    return conn.execute(sa.select(_pull).where(_pull.c.name == name)).first()


def set_pull(conn: sa.Connection, name: str, cursor: str, at: Any) -> None:
    """Remember how far a pull has come."""
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(_pull).values(name=name, cursor=cursor, at=at)
    conn.execute(insert.on_conflict_do_update(index_elements=["name"], set_={"cursor": cursor, "at": at}))


def erase(conn: sa.Connection, contact_ref: str) -> list[UUID]:
    """Drop everything that a person wrote; decisions stay, without their input. Returns their tickets."""
    tickets = set(
        conn.execute(sa.select(_example.c.ticket).where(_example.c.contact_ref == contact_ref)).scalars()
    )
    inputs = sa.select(DecisionInput.decision).where(DecisionInput.contact_ref == contact_ref)
    decided = sa.select(Decision.ticket).where(Decision.id.in_(inputs))
    tickets |= set(conn.execute(decided).scalars())
    conn.execute(
        sa.update(Decision)
        .where(Decision.id.in_(inputs))
        .values(evidence={"words": [], "similar": [], "why": {}})
    )
    conn.execute(sa.delete(DecisionInput).where(DecisionInput.contact_ref == contact_ref))
    drafts = sa.select(Recommendation.id).where(Recommendation.ticket.in_(tickets))
    conn.execute(sa.delete(RecommendationOutcome).where(RecommendationOutcome.recommendation.in_(drafts)))
    conn.execute(sa.delete(Recommendation).where(Recommendation.ticket.in_(tickets)))
    conn.execute(_example.delete().where(_example.c.contact_ref == contact_ref))
    return sorted(tickets)
