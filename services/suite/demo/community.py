"""The demo desk's community: what customers asked and answered each other, with a word of the staff."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from services.common.http import Actor
from services.common.ids import uuid7
from services.core.models import contact, contact_identity, staff
from services.kb.community.store import name_of
from services.kb.community.terms import index
from services.kb.models import answer, question

DATA = Path(__file__).parent / "data"
HOURS_TO_AN_ANSWER = 3


def people(conn: sa.Connection) -> dict[str, Actor]:
    """Who may write in the demo community, by e-mail address; ``conn`` is core's."""
    mine = contact_identity.c.contact_id == contact.c.id, contact_identity.c.kind == "email"
    customers = sa.select(contact_identity.c.value, contact.c.id, contact.c.name).where(*mine)
    colleagues = sa.select(staff.c.email, staff.c.id, staff.c.name)
    writers = {row[0]: _writer("contact", row[1], row[2]) for row in conn.execute(customers)}
    return writers | {row[0]: _writer("staff", row[1], row[2]) for row in conn.execute(colleagues)}


def _writer(kind: Literal["contact", "staff"], person: UUID, name: str) -> Actor:
    return Actor(id=str(person), kind=kind, roles=(), scopes=(), name=name)


def load_community(conn: sa.Connection, writers: dict[str, Actor], now: datetime) -> int:
    """Write the questions once, as if everybody had been told of their answers. Returns how many."""
    if conn.execute(sa.select(question.c.id).limit(1)).first() is not None:
        return 0
    asked = json.loads((DATA / "community.json").read_text(encoding="utf-8"))
    for item in asked:
        given, at = uuid7(), now - timedelta(days=item["days"])
        answers = [_answer(given, one, writers, now) for one in item["answers"]]
        accepted = None if item["accepted"] is None else answers[item["accepted"]]["id"]
        words = {"lang": item["lang"], "title": item["title"], "body_markdown": item["body"]}
        moved = max([at, *(one["created_at"] for one in answers)])
        conn.execute(
            question.insert().values(
                id=given, **words, answers=len(answers), accepted_id=accepted, ticket=None, updated_at=moved,
                **_post(writers[item["by"]], at),
            )
        )  # fmt: skip
        if answers:
            conn.execute(answer.insert(), answers)
        index(conn, given)
    return len(asked)


def _answer(given: UUID, item: dict[str, Any], writers: dict[str, Actor], now: datetime) -> dict[str, Any]:
    at = now - timedelta(days=item["days"]) + timedelta(hours=HOURS_TO_AN_ANSWER)
    words = {"question_id": given, "body_markdown": item["body"], "told": True}
    return {"id": uuid7(), **words, **_post(writers[item["by"]], at)}


def _post(writer: Actor, at: datetime) -> dict[str, Any]:
    named = {"author_id": writer.id, "author_name": name_of(writer), "staff": writer.is_staff}
    return {**named, "state": "shown", "votes": 0, "created_at": at}
