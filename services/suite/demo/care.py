"""The demo desk's products, what its customers have of them, and what they said of solutions."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.ids import uuid7
from services.core.models import product, rating, ticket

PRODUCTS = {
    "tarjeta_azul": {"en": "Blue card", "es": "Tarjeta Azul"},
    "tarjeta_oro": {"en": "Gold card", "es": "Tarjeta Oro"},
    "app": {"en": "Mobile app", "es": "App móvil"},
    "account": {"en": "Current account", "es": "Cuenta corriente"},
}
SCORES = (5, 4, 5, 5, 3, 5, 4, 2, 5, 4, 5, 1)
WORDS = {
    5: {"en": "Quick and friendly.", "es": "Rápido y amable."},
    2: {"en": "It took too long.", "es": "Tardó demasiado."},
    1: {"en": "I had to explain it three times.", "es": "Tuve que explicarlo tres veces."},
}
EVERY, DAYS = 8, 90
"""One in so many of the tickets solved in the last days was rated."""


def load_products(conn: sa.Connection) -> None:
    """What the house offers."""
    rows = [{"key": key, "name": name, "active": True, "version": 1} for key, name in PRODUCTS.items()]
    conn.execute(product.insert(), rows)


def owned(person: UUID, record: dict[str, Any], now: datetime) -> dict[str, Any] | None:
    """The card of a customer as a row, where they have one: ``Tarjeta Oro ··67``."""
    name, _, serial = str(record.get("product") or "").rpartition(" ")
    key = next((key for key, names in PRODUCTS.items() if names["es"] == name), None)
    if key is None:
        return None
    since = record.get("customer_since")
    return {
        "id": uuid7(), "product": key, "contact_id": person, "organization_id": None, "name": "", "serial": serial,
        "plan": "", "since": date.fromisoformat(since) if since else None, "until": None, "notes": "",
        "active": True, "version": 1, "created_at": now,
    }  # fmt: skip


def load_ratings(conn: sa.Connection, now: datetime) -> None:
    """What customers said of what was solved lately; nothing where somebody has said something already."""
    if conn.execute(sa.select(rating.c.ticket_id).limit(1)).first() is not None:
        return
    since = now - timedelta(days=DAYS)
    query = (
        sa.select(ticket.c.id, ticket.c.language, ticket.c.closed_at)
        .where(ticket.c.closed_at >= since)
        .order_by(ticket.c.number)
    )
    rows = []
    for place, one in enumerate(list(conn.execute(query))[::EVERY]):
        score = SCORES[place % len(SCORES)]
        words = WORDS.get(score, {}) if place % 3 == 0 else {}
        said = min(one.closed_at + timedelta(hours=6), now)
        rows.append(
            {
                "ticket_id": one.id,
                "score": score,
                "comment": words.get(one.language, ""),
                "asked_at": one.closed_at,
                "rated_at": said,
            }
        )
    if rows:
        conn.execute(rating.insert(), rows)
