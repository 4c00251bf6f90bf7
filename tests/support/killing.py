"""Six kills in the middle of two thousand creations, as the customers of an embedded desk live through them."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import sqlalchemy as sa

from services.common.db.tables import job, outbox
from services.core.models import audit, contact, message, ticket
from tests.support.desk import Desk, api, everything
from tests.support.servers import wait_until

TICKETS = 2_000
KILLS = 6
CLIENTS = 16
PATIENCE = 600
"""Seconds after which a backlog of these tickets no longer waits but hangs, on however slow a machine."""
SENTENCES = (
    "My card has not arrived and it has been two weeks",
    "No puedo activar la tarjeta nueva en la aplicación",
    "I was charged twice for the same transfer",
    "¿Por qué se rechazó mi pago en la tienda?",
    "I forgot the passcode of the app",
)
OURS = ticket.c.subject.like("Kill test %")


class Customers:
    """Clients that open tickets and try again with the same key until each is accepted."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self.accepted: dict[int, int] = {}  # the ticket's place in the test → its number
        self.refused: Counter[str] = Counter()
        self.tries = 0
        self.lock = threading.Lock()

    def open(self, place: int) -> None:
        body = {
            "subject": f"Kill test {place:04}",
            "body": f"{SENTENCES[place % len(SENTENCES)]}. ({place})",
            "requester": {"email": f"person{place % 200}@kill.test", "name": f"Person {place % 200}"},
            "channel": "api",
        }
        end = time.monotonic() + PATIENCE
        with api(self.url, self.token) as client:
            while time.monotonic() < end:
                self.tries += 1
                try:
                    answer = client.post(
                        "/api/v1/tickets", json=body, headers={"Idempotency-Key": f"kill-{place}"}, timeout=10
                    )
                except httpx.TransportError:
                    time.sleep(0.1)
                    continue
                if answer.status_code == 201:
                    with self.lock:
                        self.accepted[place] = answer.json()["number"]
                    return
                with self.lock:
                    self.refused[f"{answer.status_code} {answer.text[:120]}"] += 1
                time.sleep(0.1)


@dataclass(frozen=True)
class Survived:
    """What six kills left behind; times count from the end of the last restart."""

    customers: Customers
    listed: list[dict[str, object]]
    """All tickets of the desk as the API lists them."""
    waiting: int
    """Tickets of ours without a decision when the wait was given up."""
    seconds: float
    """Until the last decision, on the clock."""
    worked: float
    """Until the last decision, processor time of the desk."""


def six_kills(desk: Desk) -> Survived:
    """Start ``desk``, kill and start it again while customers open tickets, and wait for their decisions."""
    dice = random.Random(20261122)
    moments = [TICKETS * (kill + 1) // (KILLS + 1) + dice.randrange(-40, 40) for kill in range(KILLS)]
    desk.start()
    token = desk.token("tickets:read", "tickets:write", "triage:read")
    customers = Customers(desk.url, token)
    with ThreadPoolExecutor(CLIENTS) as pool:
        opening = [pool.submit(customers.open, place) for place in range(TICKETS)]
        for moment in moments:
            wait_until(lambda moment=moment: len(customers.accepted) >= moment, PATIENCE, f"ticket {moment}")
            desk.kill()
            desk.start()
        restarted, before = time.monotonic(), desk.worked()
        for future in opening:
            future.result()
    with api(desk.url, token) as client:
        listed = list(everything(client, "/api/v1/tickets", q="", sort="created"))
    while (waiting := untriaged(desk.data)) and time.monotonic() - restarted < PATIENCE:
        time.sleep(0.25)
    return Survived(customers, listed, waiting, time.monotonic() - restarted, desk.worked() - before)


def ledger(data: Path) -> sa.Connection:
    """The ledger's file, read from outside while the desk runs."""
    return sa.create_engine(f"sqlite:///{data / 'core.db'}", poolclass=sa.NullPool).connect()


def untriaged(data: Path) -> int:
    """How many of this test's tickets still wait for their decision."""
    with ledger(data) as conn:
        waiting = sa.select(sa.func.count()).where(OURS, ticket.c.triage == "waiting")
        return int(conn.scalar(waiting) or 0)


def standing(data: Path) -> Counter[str]:
    """What is not done yet: events that wait for a subscriber, jobs by service, name, state, try and last error."""
    found: Counter[str] = Counter()
    for service in ("core", "triage"):
        with sa.create_engine(f"sqlite:///{data / service}.db", poolclass=sa.NullPool).connect() as conn:
            waits = sa.select(sa.func.count()).select_from(outbox).where(outbox.c.delivered_at.is_(None))
            found[f"{service}: events"] = int(conn.scalar(waits) or 0)
            for row in conn.execute(sa.select(job).where(job.c.state != "done")):
                error = (row.error or "").strip().rpartition("\n")[2][:120]
                found[f"{service}: {row.name} {row.state} try {row.attempts} {error}"] += 1
    return found


def torn(data: Path) -> dict[str, int]:
    """How many of this test's tickets lack what the same transaction had to write."""
    created = outbox.c.type.like("core.ticket.created.%")
    with ledger(data) as conn:
        ids = set(conn.scalars(sa.select(ticket.c.id).where(OURS)))
        known = sa.select(ticket.c.id).join(contact, contact.c.id == ticket.c.requester_id).where(OURS)
        has = {
            "requester": set(conn.scalars(known)),
            "message": set(conn.scalars(sa.select(message.c.ticket_id))),
            "audit": set(conn.scalars(sa.select(audit.c.ticket_id))),
            "event": {UUID(data["ticket"]) for data in conn.scalars(sa.select(outbox.c.data).where(created))},
        }
        return {name: len(ids - found) for name, found in has.items()}
