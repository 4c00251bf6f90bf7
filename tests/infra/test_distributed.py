"""The second topology: four services and their workers as processes, on a real PostgreSQL and a real Redis.

Qdrant is absent on purpose: the search has to say that it is degraded, and everything else has to go on.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import redis

from tests.support import desk, servers

pytestmark = pytest.mark.infra

SERVICES = ("core", "triage", "kb", "portal")
WORKERS = ("core", "triage", "kb")


@dataclass
class Fleet:
    """The processes of a distributed desk, and where they listen."""

    env: dict[str, str]
    ports: dict[str, int]
    serving: dict[str, desk.Process]
    working: dict[str, desk.Process]
    redis_url: str

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def logs(self) -> str:
        return "\n".join(f"--- {part.arguments}\n{part.said()}" for part in self.working.values())


def process(env: dict[str, str], folder: Path, *arguments: str) -> desk.Process:
    return desk.Process(arguments, env, folder / f"{'-'.join(arguments[:2])}.log")


@pytest.fixture(scope="module")
def fleet(
    postgres_server: servers.Server, redis_server: servers.Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    run = uuid4().hex[:8]
    databases = [f"{service}_{run}" for service in SERVICES]
    servers.execute(postgres_server, *[f'create database "{name}"' for name in databases])
    ports = {service: servers.free_port() for service in SERVICES}
    redis_url = f"redis://127.0.0.1:{redis_server.port}/9"
    env = desk.environment(
        TRIAJE_DATA=str(folder),
        TRIAJE_URL=f"http://127.0.0.1:{ports['portal']}",
        TRIAJE_SECRET="a-secret-of-the-tests-that-is-long-enough",
        TRIAJE_DATABASE=servers.postgres_url(postgres_server, "{service}_" + run),
        TRIAJE_REDIS=redis_url,
        TRIAJE_QDRANT=f"http://127.0.0.1:{servers.free_port()}",
        TRIAJE_PEERS=",".join(f"{name}=http://127.0.0.1:{port}" for name, port in ports.items()),
    )
    desk.triaje("migrate", env=env)
    serving = {name: process(env, folder, "serve", name, "--port", str(port)) for name, port in ports.items()}
    working = {name: process(env, folder, "worker", name) for name in WORKERS}
    try:
        with desk.running(*serving.values(), *working.values()):
            for name, port in ports.items():
                desk.wait_for(serving[name], f"http://127.0.0.1:{port}", 90)
            yield Fleet(env, ports, serving, working, redis_url)
    finally:
        drops = [f'drop database if exists "{name}" with (force)' for name in databases]
        servers.execute(postgres_server, *drops)


@pytest.fixture(scope="module")
def core(fleet: Fleet) -> Iterator[httpx.Client]:
    scopes = ("tickets:read", "tickets:write", "triage:read", "kb:read", "kb:write")
    token = desk.add_token("tests", *scopes, env=fleet.env)
    with desk.api(fleet.url("core"), token) as client:
        yield client


@pytest.fixture(scope="module")
def kb(fleet: Fleet, core: httpx.Client) -> Iterator[httpx.Client]:
    with desk.api(fleet.url("kb"), core.headers["Authorization"].partition(" ")[2]) as client:
        yield client


@pytest.fixture(scope="module")
def door(fleet: Fleet, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The proxy of the compose file, in front of the fleet; yields its address."""
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    folder = tmp_path_factory.mktemp("proxy")
    folder.chmod(0o777)
    port = servers.free_port()
    text = (project / "deploy" / "nginx.conf").read_text("utf-8")
    for service, at in fleet.ports.items():
        text = text.replace(f"server {service}:8000;", f"server 127.0.0.1:{at};")
    text = text.replace("listen 8080;", f"listen 127.0.0.1:{port};").replace("/tmp/", f"{folder}/")
    (folder / "nginx.conf").write_text(text)
    command = [nginx, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log"), "-g", "daemon off;"]
    child = subprocess.Popen(command, start_new_session=True)
    proxy = desk.Process(("proxy",), {}, folder / "error.log", child)
    try:
        desk.wait_for(proxy, f"http://127.0.0.1:{port}", 20)
        yield f"http://127.0.0.1:{port}"
    finally:
        proxy.stop()


def new_ticket(number: int = 0) -> dict[str, Any]:
    return {
        "subject": f"My new card does not work ({number})",
        "body": "It arrived yesterday and the machine in the shop refuses it.",
        "requester": {"email": "ada@example.org", "name": "Ada"},
    }


def decision_of(client: httpx.Client, number: int | str) -> list[dict[str, Any]]:
    """The decisions for a ticket: an empty list while there is none."""
    answer = client.get(f"/api/v1/tickets/{number}/triage")
    if answer.status_code != 200:
        return []
    body = answer.json()
    found: list[dict[str, Any]] = body["items"] if isinstance(body, dict) else body
    return found


def created(client: httpx.Client, number: int = 0) -> int:
    answer = client.post("/api/v1/tickets", json=new_ticket(number))
    assert answer.status_code == 201, answer.text
    assigned: int = answer.json()["number"]
    return assigned


def wait_for_decisions(fleet: Fleet, probe: Callable[[], object], seconds: float) -> None:
    try:
        servers.wait_until(probe, seconds, "the decisions")
    except TimeoutError as late:
        raise AssertionError(f"{late}\n{fleet.logs()}") from late


@pytest.mark.req(47, 129)
def test_a_ticket_goes_from_intake_to_its_decision(fleet: Fleet, core: httpx.Client) -> None:
    number = created(core)
    wait_for_decisions(fleet, lambda: decision_of(core, number), 90)
    decision = decision_of(core, number)[0]
    assert decision["language"] == "en"
    assert core.get(f"/api/v1/tickets/{number}").json()["language"] == "en"


@pytest.mark.hard("R-06")
def test_search_without_vectors_falls_back_to_words_and_says_so(fleet: Fleet, kb: httpx.Client) -> None:
    article = {
        "state": "published",
        "visibility": "public",
        "translations": {
            "en": {
                "title": "Activate a new card",
                "summary": "Three steps in the app.",
                "body_markdown": "Open the app, choose *Cards* and then *Activate*.",
            }
        },
    }
    answer = kb.post("/api/v1/kb/articles", json=article)
    assert answer.status_code == 201, answer.text

    def found() -> bool:
        """The worker cuts the article into passages; until then there is nothing to find."""
        page = kb.get("/api/v1/kb/search", params={"q": "activate card", "lang": "en"})
        assert page.status_code == 200, page.text
        assert page.json()["degraded"] is True
        return [hit["title"] for hit in page.json()["items"]] == ["Activate a new card"]

    servers.wait_until(found, 60, "the article in the words' index")


def test_the_pages_are_served_apart_from_the_data(fleet: Fleet) -> None:
    page = httpx.get(fleet.url("portal"), follow_redirects=True, timeout=30)
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]


@pytest.mark.parametrize("service", SERVICES)
def test_what_services_say_among_themselves_wants_their_token(
    service: str, fleet: Fleet, core: httpx.Client
) -> None:
    token = core.headers["Authorization"]
    for headers in ({}, {"Authorization": token}):
        answer = httpx.post(
            f"{fleet.url(service)}/internal/events", json={"events": []}, headers=headers, timeout=10
        )
        assert answer.status_code in {401, 403, 404}


@pytest.mark.hard("R-07")
def test_tickets_are_accepted_while_triage_is_down_and_decided_when_it_is_back(
    fleet: Fleet, core: httpx.Client
) -> None:
    fleet.serving["triage"].kill()
    fleet.working["triage"].kill()
    numbers = [created(core, place) for place in range(5)]
    away = core.get(f"/api/v1/tickets/{numbers[0]}/triage")
    assert away.status_code == 503
    assert away.json()["type"].endswith("triage_unavailable")
    fleet.serving["triage"].start()
    fleet.working["triage"].start()
    desk.wait_for(fleet.serving["triage"], fleet.url("triage"), 90)
    wait_for_decisions(fleet, lambda: all(decision_of(core, number) for number in numbers), 120)


@pytest.mark.hard("R-05")
def test_a_flushed_redis_loses_no_work(fleet: Fleet, core: httpx.Client) -> None:
    fleet.working["triage"].kill()
    numbers = [created(core, place) for place in range(10, 20)]
    with redis.Redis.from_url(fleet.redis_url) as client:
        client.flushall()
    fleet.working["triage"].start()
    wait_for_decisions(fleet, lambda: all(decision_of(core, number) for number in numbers), 120)
    assert [len(decision_of(core, number)) for number in numbers] == [1] * len(numbers)


def test_the_token_of_one_service_is_good_at_the_others(fleet: Fleet, core: httpx.Client) -> None:
    headers = {"Authorization": core.headers["Authorization"]}
    answer = httpx.get(f"{fleet.url('kb')}/api/v1/kb/articles", headers=headers, timeout=10)
    assert answer.status_code == 200
    answer = httpx.get(
        f"{fleet.url('kb')}/api/v1/kb/articles", headers={"Authorization": "Bearer trj_wrong"}, timeout=10
    )
    assert answer.status_code == 401


def test_the_proxy_is_one_desk_with_a_closed_back_door(door: str, core: httpx.Client) -> None:
    token = core.headers["Authorization"].partition(" ")[2]
    with desk.api(door, token) as client:
        number = created(client, 99)
        assert client.get(f"/api/v1/tickets/{number}").json()["number"] == number
        assert client.get("/api/v1/kb/search", params={"q": "card", "lang": "en"}).status_code == 200
        assert "text/html" in client.get("/", follow_redirects=True).headers["content-type"]
        for hidden in ("/internal/events", "/internal", "/%69nternal/events", "/x/../internal/events"):
            assert client.post(hidden, json={"events": []}).status_code == 404
