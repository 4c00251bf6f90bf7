"""From a ticket's opening to its decision: sixteen clients open tickets as fast as they can, triage follows.

Processor time is that of the whole embedded suite, so that it compares between runs on a machine that others use too.
"""

import time
from concurrent.futures import ThreadPoolExecutor

from tests.bench.bench_predict import TEXTS
from tests.bench.demo import demo
from tests.bench.table import Row, below
from tests.support.desk import api, everything

TICKETS, CLIENTS, PEOPLE = 600, 16, 200


def bench() -> list[Row]:
    made = demo()
    desk = made.desk

    def opened(place: int) -> None:
        subject, body = TEXTS[place % len(TEXTS)]
        person = {"email": f"person{place % PEOPLE}@decide.test", "name": f"Person {place % PEOPLE}"}
        ticket = {
            "subject": f"Decide {place:04} {subject}",
            "body": body,
            "requester": person,
            "channel": "api",
        }
        with api(desk.url, made.token) as client:
            client.post("/api/v1/tickets", json=ticket, timeout=60).raise_for_status()

    used, begun = desk.worked(), time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(opened, range(TICKETS)))
    taken = time.monotonic() - begun
    while waiting(desk.url, made.token):
        time.sleep(1)
    return [
        Row("tickets opened through the API by sixteen clients", TICKETS / taken, "/s"),
        below("the last one decided on after the last one opened", time.monotonic() - begun - taken, "s"),
        below("processor time of the suite a ticket", 1_000 * (desk.worked() - used) / TICKETS, "ms"),
    ]


def waiting(url: str, token: str) -> int:
    """How many of these tickets triage has not decided on."""
    with api(url, token) as client:
        rows = everything(client, "/api/v1/tickets", q="Decide", sort="created")
        return sum(row["triage"] == "waiting" for row in rows if row["subject"].startswith("Decide "))
