"""Advice as people read it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.triage.contract import Candidate, Routing
from services.triage.models import Advice, table

_advice = table(Advice)
REFUSED = {
    "team": ("are of other teams", "son de otros equipos"),
    "skill": ("lack a skill that it needs", "no tienen una habilidad necesaria"),
    "language": ("do not speak its language", "no hablan su idioma"),
    "away": ("are away", "están ausentes"),
    "full": ("have as much as they can carry", "tienen todo lo que pueden llevar"),
}


def advice_of(conn: sa.Connection, decisions: Sequence[UUID]) -> dict[UUID, Any]:
    """Advice by decision."""
    return {
        row.decision: row for row in conn.execute(sa.select(_advice).where(_advice.c.decision.in_(decisions)))
    }


def routing(row: Any) -> Routing | None:
    """One advice with its sentence."""
    if row is None:
        return None
    ranked = msgspec.convert(row.ranked, list[Candidate])
    return Routing(row.staff, ranked, row.refused, why(ranked, row.refused))


def why(ranked: Sequence[Candidate], refused: dict[str, int]) -> dict[str, str]:
    """One sentence about the choice, per interface language."""
    others = [(count, *REFUSED[reason]) for reason, count in refused.items() if reason in REFUSED]
    english = "; ".join(f"{count} {text}" for count, text, _ in others)
    spanish = "; ".join(f"{count} {text}" for count, _, text in others)
    if not ranked:
        return {
            "en": "Nobody may have it now" + (f": {english}." if english else "."),
            "es": "Ahora nadie puede llevarlo" + (f": {spanish}." if spanish else "."),
        }
    first = ranked[0]
    share = round(100 * first.solved)
    said = f"{first.name} has {first.load} of {first.capacity} tickets"
    dice = f"{first.name} tiene {first.load} de {first.capacity} tickets"
    if share:
        said += f" and solved {share} % of the most similar ones"
        dice += f" y resolvió el {share} % de los más parecidos"
    return {
        "en": said + "." + (f" Of the others {english}." if english else ""),
        "es": dice + "." + (f" De los demás, {spanish}." if spanish else ""),
    }
