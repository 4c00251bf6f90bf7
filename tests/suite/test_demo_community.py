"""The demo desk's community reads like one: written by its people, in both languages, found by its words."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from services.common.db import Database
from services.common.http import Actor
from services.core.models import staff
from services.kb.community import store, terms
from services.suite.demo import community, desk

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
READER = Actor(id="reader", kind="contact", roles=("customer",), scopes=("kb:read",), name="Reader")


@pytest.mark.req(100)
async def test_the_demo_community_has_solved_and_open_questions_in_both_languages(
    migrated_database: Callable[[str], str],
) -> None:
    core, kb = Database(migrated_database("services.core")), Database(migrated_database("services.kb"))
    try:
        await core.write(lambda conn: desk.load_people_and_taxonomy(conn, NOW))
        writers = await core.read(community.people)
        count = await kb.write(lambda conn: community.load_community(conn, writers, NOW))
        assert await kb.write(lambda conn: community.load_community(conn, writers, NOW)) == 0, "only once"

        def listed(conn: sa.Connection) -> list[store.Question]:
            page = store.page(conn, READER, lang=None, unanswered=False, limit=50, cursor=None)
            return [store.one(conn, READER, row.id) for row in page.items]

        questions = await kb.read(listed)
        found = {
            question.id: await kb.read(
                lambda conn, asked=question: terms.found(conn, READER, asked.title, None, 3)
            )
            for question in questions
        }
        nora = await core.read(
            lambda conn: conn.scalar(sa.select(staff.c.name).where(staff.c.email == "agent@demo.test"))
        )
    finally:
        await core.close()
        await kb.close()
    assert len(questions) == count
    assert {question.lang for question in questions} == {"en", "es"}
    assert any(question.accepted for question in questions)
    assert any(not question.answers for question in questions)
    for question in questions:
        assert question.accepted in {None, *(one.id for one in question.answers)}
        for one in question.answers:
            assert question.created_at <= one.created_at <= NOW
            assert one.staff == (one.author_name == nora), "customers by first name and initial"
    for question in questions:
        assert question.id in found[question.id], f"{question.title} is found by its own words"
