"""The demo desk's hours and promises."""

from typing import Any

import sqlalchemy as sa

from services.common.ids import uuid7
from services.core.models import calendar, desk, rule, sla_policy, status

OFFICE: dict[str, Any] = {
    "key": "office",
    "name": {"en": "Office hours", "es": "Horario de oficina"},
    "zone": "Europe/Madrid",
    "week": [[[480, 1200]]] * 5 + [[[540, 840]], []],
    "country": "ES",
    "region": "",
    "extra": [],
    "version": 1,
}
ROUND_THE_CLOCK: dict[str, Any] = {
    "key": "always",
    "name": {"en": "Round the clock", "es": "Las 24 horas"},
    "zone": "Europe/Madrid",
    "week": [[[0, 1440]]] * 7,
    "country": "",
    "region": "",
    "extra": [],
    "version": 1,
}


def _targets(first: int, following: int, resolution: int) -> dict[str, int]:
    return {"first_response": first, "next_response": following, "resolution": resolution}


POLICIES: list[dict[str, Any]] = [
    {
        "key": "vip",
        "name": {"en": "VIP customers", "es": "Clientes VIP"},
        "position": 1,
        "tiers": ["vip"],
        "calendar": "always",
        "targets": {
            "critical": _targets(15, 30, 240),
            "high": _targets(60, 120, 720),
            "normal": _targets(240, 480, 2880),
            "low": _targets(480, 960, 5760),
        },
        "on_breach": [{"do": "notify", "value": "leads"}, {"do": "raise_priority"}],
    },
    {
        "key": "standard",
        "name": {"en": "Everybody", "es": "Todos"},
        "position": 2,
        "tiers": [],
        "calendar": "office",
        "targets": {
            "critical": _targets(30, 60, 480),
            "high": _targets(120, 240, 1440),
            "normal": _targets(480, 960, 4320),
            "low": _targets(960, 1440, 7200),
        },
        "on_breach": [{"do": "notify", "value": "leads"}],
    },
]


def _rule(name: str, position: int, **values: Any) -> dict[str, Any]:
    common = {
        "id": uuid7(), "kind": "trigger", "name": name, "position": position, "active": True, "events": ["created"],
        "since": "created", "hours": 0, "runs": 0, "last_run_at": None, "version": 1,
    }  # fmt: skip
    return common | values


def load_rules(conn: sa.Connection) -> None:
    """Three rules to begin with, where there are none."""
    if conn.execute(sa.select(rule.c.id).limit(1)).first() is not None:
        return
    vip = {"field": "tier", "op": "is", "value": ["vip"]}
    usual = {"field": "priority", "op": "is", "value": ["low", "normal"]}
    theft = {
        "field": "words",
        "op": "is",
        "value": ["stolen", "robada", "robado", "me han robado", "fraud", "fraude", "phishing", "hacked"],
    }
    conn.execute(
        rule.insert(),
        [
            _rule(
                "VIP customers first", 1, conditions={"all": [vip, usual], "any": []},
                actions=[{"do": "set", "field": "priority", "value": "high"}],
            ),
            _rule(
                "Theft and fraud are urgent", 2, events=["created", "customer_replied"],
                conditions={"all": [theft], "any": []},
                actions=[
                    {"do": "set", "field": "priority", "value": "critical"},
                    {"do": "notify", "value": "assignee_or_team"},
                ],
            ),
            _rule(
                "Nobody answered for a day", 3, kind="timed", events=[], since="customer", hours=24,
                conditions={"all": [{"field": "status", "op": "is", "value": ["open", "in_progress"]}], "any": []},
                actions=[{"do": "notify", "value": "assignee_or_team"}],
            ),
        ],
    )  # fmt: skip
    lifecycle = {
        "acknowledge": ["email", "form"],
        "nudge_hours": 72,
        "close_hours": 96,
        "ask_hours": 72,
        "rate_hours": 24,
    }
    conn.execute(desk.insert(), {"key": "lifecycle", "value": lifecycle})
    conn.execute(status.update().where(status.c.key.in_(("solved", "closed"))).values(tells=True))


def load_promises(conn: sa.Connection) -> None:
    """Write them where there are none."""
    if conn.execute(sa.select(calendar.c.key).limit(1)).first() is not None:
        return
    conn.execute(calendar.insert(), [OFFICE, ROUND_THE_CLOCK])
    common = {"active": True, "channels": [], "pauses": ["pending"], "warn": [0.5, 0.8], "version": 1}
    conn.execute(sla_policy.insert(), [common | policy for policy in POLICIES])
