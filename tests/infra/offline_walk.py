"""Run by test_offline.py where only loopback exists: starts the desk, does its main job, prints what came of it."""

import json
import socket
import sys
from pathlib import Path

import httpx

from tests.support.desk import Desk, api
from tests.support.servers import wait_until


def outside() -> str:
    """Whether an address outside of this machine can be reached (192.0.2.0/24 is for documentation only)."""
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=3).close()
    except TimeoutError:
        return "silent"
    except OSError:
        return "refused"
    return "reached"


def main(data: Path, log: Path) -> None:
    desk = Desk(data, log, ("run", "--demo"))
    try:
        desk.start(ready=True)
        token = desk.token("tickets:read", "tickets:write", "triage:read", "kb:read")
        with api(desk.url, token) as client:
            ticket = {"subject": "Card lost", "body": "I lost my card on the bus, please block it."}
            answer = client.post(
                "/api/v1/tickets", json={**ticket, "requester": {"email": "a@b.test", "name": "A"}}
            )
            number = answer.json()["number"]
            predicted = client.post("/api/v1/triage/predict", json=ticket)
            found = client.get("/api/v1/kb/search", params={"q": "lost card", "lang": "en"})
            triage = f"/api/v1/tickets/{number}/triage"
            wait_until(lambda: items(client.get(triage)), 60, "the decision")
            result = {
                "outside": outside(),
                "created": answer.status_code,
                "predictions": len(predicted.json()["predictions"]["category"]),
                "decisions": len(items(client.get(triage))),
                "articles": len(found.json()["items"]),
                "page": client.get("/", follow_redirects=True).status_code,
            }
    finally:
        desk.stop()
    print(json.dumps(result))


def items(answer: httpx.Response) -> list[object]:
    if answer.status_code != 200:
        return []
    body = answer.json()
    found: list[object] = body["items"] if isinstance(body, dict) else body
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
