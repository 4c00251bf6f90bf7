"""A desk that has run for a while: tickets with their conversations, indexed, and what triage learnt of them.

Everything is drawn from one seed, ids too, so that the same size is the same desk on every database.
"""

import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
import sqlalchemy as sa

from services.common.ai.vectors import Point, open_vectors
from services.common.db import Database
from services.common.http import encode_cursor
from services.common.settings import Settings
from services.core.models import contact, message, search_state, staff, ticket
from services.core.models.base import FIRST_NUMBER, ticket_number
from services.core.search import fulltext
from services.triage.examples.service import CLOSED
from services.triage.examples.solved import Solved
from services.triage.models import Example, Pull, table
from services.triage.reader import load_reader

RARE, RARELY = "zirconium", 100  # a word, and in how many tickets of any desk it stands
OPEN_SHARE = 0.08
BATCH = 2_000
MINUTES = 3  # between two tickets
WORDS = [
    "card", "payment", "refund", "transfer", "account", "blocked", "charge", "fee", "limit",
    "password", "login", "address", "delivery", "statement", "exchange", "rate", "cash", "machine",
    "pending", "declined", "twice", "missing", "wrong", "amount", "invoice", "contract", "phone",
    "update", "verify", "identity", "travel", "abroad", "tarjeta", "pago", "cuenta", "comisión",
    "límite", "dirección", "devolución", "cargo", "duplicado", "espera", "cajero", "efectivo", "cambio",
    "divisa",
]  # fmt: skip
Row = dict[str, Any]
T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """``items`` in lists of at most ``size``."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def _id(at: datetime, dice: random.Random) -> UUID:
    """A UUIDv7 that the seed decides."""
    bits = int(at.timestamp() * 1000) << 80 | 0x7 << 76 | dice.getrandbits(12) << 64 | 0b10 << 62
    return UUID(int=bits | dice.getrandbits(62))


def _people(size: int, now: datetime, dice: random.Random) -> list[Row]:
    return [
        {
            "id": _id(now, dice), "name": f"Person {n}", "email": f"person{n}@bench.test", "tier": "standard",
            "locale": "en", "notes": "", "epoch": 1, "version": 1, "created_at": now, "updated_at": now,
        }
        for n in range(max(50, size // 10))
    ]  # fmt: skip


def _ticket(place: int, size: int, at: datetime, who: UUID, agents: list[UUID], dice: random.Random) -> Row:
    active = dice.random() < OPEN_SHARE or place == size - 1
    rank = dice.choices((1, 2, 3, 4), (10, 70, 15, 5))[0]
    state = "open" if active else "closed"
    unsure = active and dice.random() < 0.05
    later = at + timedelta(minutes=2)
    rare = place % max(1, size // RARELY) == 0
    return {
        "id": _id(at, dice), "number": FIRST_NUMBER + place, "subject": " ".join(dice.choices(WORDS, k=5)),
        "description": " ".join(dice.choices(WORDS, k=40)) + f" {RARE}" * rare,
        "status": state, "status_category": state,
        "working_label": dice.choice(("new", "awaiting_reply", "not_awaiting_reply")) if active else "closed",
        "priority": ("low", "normal", "high", "critical")[rank - 1], "priority_rank": rank, "category": None,
        "tags": [], "type": "question", "language": "en", "channel": "email", "requester_id": who,
        "assignee_id": dice.choice(agents) if dice.random() < 0.5 else None, "team": None, "fields": {},
        "provenance": {}, "resolution": "", "reopens": 0, "triage": "abstained" if unsure else "decided",
        "triage_version": 1, "version": 3, "created_at": at, "updated_at": later,
        "closed_at": None if active else later, "customer_at": at, "staff_at": None,
    }  # fmt: skip


def _messages(made: Row, dice: random.Random) -> list[Row]:
    """What the customer wrote and what was answered."""
    said = (("contact", made["description"]), ("staff", " ".join(dice.choices(WORDS, k=30))))
    return [
        {
            "id": _id(made["created_at"] + timedelta(minutes=n), dice), "ticket_id": made["id"], "kind": "reply",
            "author_kind": kind, "author_id": None, "author_name": "Somebody", "channel": "email",
            "body_text": words, "body_html": "", "quoted_text": "", "automatic": False, "attachments": [],
            "delivery": "none", "delivery_detail": "", "at": made["created_at"] + timedelta(minutes=n),
        }
        for n, (kind, words) in enumerate(said)
    ]  # fmt: skip


async def fill(settings: Settings, size: int, now: datetime) -> None:
    """Fill the migrated databases of ``settings`` with ``size`` tickets; whoever works there is there already."""
    core = Database(settings.database_url("core"), durable=False)
    triage = Database(settings.database_url("triage"), durable=False)
    try:
        await _fill_core(core, size, now)
        await _fill_triage(core, triage, settings)
    finally:
        await core.close()
        await triage.close()


async def _fill_core(db: Database, size: int, now: datetime) -> None:
    dice = random.Random(size)
    people = _people(size, now, dice)
    await db.write(lambda conn: conn.execute(contact.insert(), people))
    agents = list(await db.read(lambda conn: conn.execute(sa.select(staff.c.id)).scalars().all()))

    def made() -> Iterator[tuple[Row, list[Row]]]:
        for place in range(size):
            at = now - timedelta(minutes=(size - place) * MINUTES)
            one = _ticket(place, size, at, dice.choice(people)["id"], agents, dice)
            yield one, _messages(one, dice)

    names = {one["id"]: f"{one['name']} {one['email']}" for one in people}
    for batch in batched(made(), BATCH):
        await db.write(lambda conn, batch=batch: _write(conn, batch, names))  # type: ignore[misc]

    def settle(conn: sa.Connection) -> None:
        if conn.dialect.name == "postgresql":
            conn.execute(sa.text(f"select setval('{ticket_number.name}', {FIRST_NUMBER + size})"))
        else:
            conn.execute(sa.text("ANALYZE"))

    await db.write(settle)
    if db.dialect == "postgresql":  # what its own housekeeping does within minutes, outside of a transaction
        await db.read(lambda conn: conn.execute(sa.text("VACUUM ANALYZE")))


def _write(conn: sa.Connection, batch: list[tuple[Row, list[Row]]], names: dict[UUID, str]) -> None:
    """Rows, and what the indexer would make of them."""
    conn.execute(ticket.insert(), [one for one, _ in batch])
    conn.execute(message.insert(), [one for _, said in batch for one in said])
    fulltext.write(
        conn,
        [
            {
                "number": one["number"],
                "subject": one["subject"],
                "public": "\n".join(words["body_text"] for words in said),
                "people": names[one["requester_id"]],
                "private": "",
            }
            for one, said in batch
        ],
    )
    conn.execute(
        search_state.insert(),
        [
            {"number": one["number"], "version": one["version"], "updated_at": one["updated_at"], "stale": False}
            for one, _ in batch
        ],
    )  # fmt: skip


async def _fill_triage(core: Database, triage: Database, settings: Settings) -> None:
    """Closed tickets as examples with drawn vectors, in the index of solved tickets."""
    closed = sa.select(ticket).where(ticket.c.status == "closed").order_by(ticket.c.closed_at, ticket.c.id)
    rows = await core.read(lambda conn: conn.execute(closed).mappings().all())
    reader, vectors = load_reader(settings), open_vectors(settings, "triage")
    name = Solved(triage, vectors, reader).collection
    filled = name in await vectors.collections()  # a copied folder has them: ids and vectors are the same
    width = len(reader.meaning(np.zeros(reader.dimensions, np.float32)))
    await vectors.ensure(name, width, keywords=("language", "category"))
    drawn = np.random.default_rng(1)
    try:
        for batch in batched(rows, BATCH):
            found = drawn.standard_normal((len(batch), reader.dimensions)).astype(np.float32)
            found /= np.linalg.norm(reader.meaning(found), axis=1, keepdims=True)
            examples = [
                _example(row, vector, reader.fingerprint, name)
                for row, vector in zip(batch, found, strict=True)
            ]
            await triage.write(lambda conn, e=examples: conn.execute(table(Example).insert(), e))  # type: ignore[misc]
            if not filled:
                await vectors.upsert(
                    name, [_point(e, reader.meaning(v)) for e, v in zip(examples, found, strict=True)]
                )
        if not filled:
            await vectors.optimize(name)
        last = rows[-1]
        cursor = encode_cursor(last["closed_at"].isoformat(), str(last["id"]))
        pulled = {"name": CLOSED, "cursor": cursor, "at": last["closed_at"]}
        await triage.write(lambda conn: conn.execute(table(Pull).insert(), pulled))
    finally:
        await vectors.close()


def _example(row: Any, vector: Any, fingerprint: str, collection: str) -> Row:
    return {
        "ticket": row["id"], "number": row["number"], "version": row["version"], "closed_at": row["closed_at"],
        "subject": row["subject"], "body": row["description"], "language": "en", "channel": "email",
        "tier": "standard", "contact_ref": str(row["requester_id"]),
        "labels": {"category": None, "priority": row["priority"], "tags": [], "team": None}, "set_by": {},
        "labelled_at": {}, "resolution": "It was solved.", "assignee": None, "text_hash": "",
        "vector": vector.astype("<f4").tobytes(), "fingerprint": fingerprint, "indexed": collection,
        "stored_at": row["closed_at"],
    }  # fmt: skip


def _point(example: Row, vector: Any) -> Point:
    return Point(
        id=example["ticket"],
        dense=vector,
        payload={"number": example["number"], "category": "", "language": "en"},
    )
