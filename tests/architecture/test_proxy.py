"""The proxy of the distributed topology sends every path where the embedded suite's table sends it."""

import re
from pathlib import Path

import pytest

from services.suite.topology import PATHS, owner_of


@pytest.fixture(scope="module")
def configuration(project: Path) -> str:
    return (project / "deploy" / "nginx.conf").read_text("utf-8")


@pytest.fixture(scope="module")
def routes(configuration: str) -> list[tuple[re.Pattern[str], str]]:
    """The proxy's map, in its order; what matches nothing goes to the default."""
    body = re.search(r"map \$uri \$service \{(.*?)\}", configuration, re.DOTALL)
    assert body
    default = re.search(r"default\s+(\w+);", body[1])
    assert default
    found = [(re.compile(pattern), service) for pattern, service in re.findall(r"~(\S+)\s+(\w+);", body[1])]
    return [*found, (re.compile(""), default[1])]


def proxied(path: str, routes: list[tuple[re.Pattern[str], str]]) -> str:
    return next(service for pattern, service in routes if pattern.search(path))


PROBES = [
    variant
    for prefix, _ in PATHS
    for variant in (
        prefix,
        f"{prefix}/",
        f"{prefix}/x",
        f"{prefix}x",
        f"{prefix}-x/y",
        f"/x{prefix}",
        f"{prefix}.json",
    )
] + [
    "/api/v1/tickets/7/triage",
    "/api/v1",
    "/agent",
    "/requests/12",
    "/metrics",
    "/health/live",
    "/widget.js",
    "/API/v1/kb",
]


@pytest.mark.parametrize("path", sorted({path.replace("//", "/") for path in PROBES}))
def test_a_path_reaches_the_service_that_the_table_names(
    path: str, routes: list[tuple[re.Pattern[str], str]]
) -> None:
    assert proxied(path, routes) == owner_of(path)


@pytest.mark.parametrize(
    ("path", "closed"),
    [
        ("/internal", True),
        ("/internal/", True),
        ("/internal/events", True),
        ("/internals", False),
        ("/x/internal", False),
    ],
)
def test_what_services_say_among_themselves_is_closed_at_the_proxy(
    path: str, closed: bool, configuration: str
) -> None:
    door = re.search(r"location ~ (\S+) \{ return 404; \}", configuration)
    assert door
    assert bool(re.search(door[1], path)) is closed
    assert (owner_of(path) is None) is closed
