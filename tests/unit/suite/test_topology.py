"""Who hears what: a handler that no event is brought to is a feature that does nothing."""

from importlib import import_module

import pytest

from services.common.jobs import Jobs
from services.suite.topology import EVENTS

REGISTRIES = {
    "core": "services.core.jobs",
    "triage": "services.triage.jobs",
    "kb": "services.kb.index.queue",
}


@pytest.mark.parametrize("service", sorted(REGISTRIES))
def test_every_handler_is_brought_its_events(service: str) -> None:
    import_module(f"services.{service}.wiring")  # which registers the handlers
    jobs: Jobs = import_module(REGISTRIES[service]).jobs
    heard = [prefix for prefix, names in EVENTS.items() if service in names]
    wanted = {spec.event_prefix for spec in jobs.specs.values() if spec.event_prefix}
    assert wanted, "the registry is the one that handlers are in"
    assert {one for one in wanted if not one.startswith(tuple(heard))} == set()
