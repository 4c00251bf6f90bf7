"""Suggestions while a customer writes: shown or held back, and what became of them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import sqlalchemy as sa

from services.kb.contract import SessionView, SuggestionInput
from services.kb.errors import ArticleNotFound, SessionNotFound
from services.kb.limits import SearchLimit
from services.kb.models import session_event, suggestion_session
from tests.service.kb.bench import Bench
from tests.service.kb.conftest import Start

WRITTEN = SuggestionInput(
    subject="Lost card", body="I lost my card on the bus and want to freeze it", visitor="v1"
)


async def view(kb: Bench, session: Any) -> SessionView:
    return await kb.peer.get(f"/api/v1/kb/suggestions/{session}", type=SessionView, token=kb.agent)


@pytest.mark.req(93)
@pytest.mark.req(95)
async def test_articles_appear_while_a_customer_writes_and_solving_counts_without_a_ticket(kb: Bench) -> None:
    card = await kb.article("What to do with a lost card", "Freeze the card in the app.")
    await kb.article("Opening hours", "From nine to five.")
    given = await kb.client.suggest(WRITTEN)
    assert given.shown
    assert given.items[0].article == card.id
    assert given.items[0].slug == "what-to-do-with-a-lost-card"
    await kb.client.session_event(given.session, "opened", article=card.id)
    await kb.client.session_event(given.session, "helpful", article=card.id)
    await kb.client.session_event(given.session, "solved", article=card.id)
    ended = await view(kb, given.session)
    assert (ended.outcome, ended.ticket) == ("solved", None)
    assert card.id in ended.articles
    assert await kb.events("kb.session.ended.v1") == [
        {"session": str(given.session), "outcome": "solved", "ticket": None}
    ]


async def test_one_stretch_of_writing_is_one_session(kb: Bench) -> None:
    first = await kb.client.suggest(WRITTEN)
    again = await kb.client.suggest(
        SuggestionInput(subject="Lost card!", session=first.session, visitor="v1")
    )
    assert again.session == first.session
    other = await kb.client.suggest(
        SuggestionInput(subject="Lost card!", session=first.session, visitor="v2")
    )
    assert other.session != first.session, "another visitor's session is not taken over"
    kb.clock.advance(timedelta(days=1))
    late = await kb.client.suggest(SuggestionInput(subject="Lost card!", session=first.session, visitor="v1"))
    assert late.session != first.session


async def test_the_control_share_sees_nothing_and_stays_what_it_is(start: Start) -> None:
    async with start(control_share=0.5) as kb:
        await kb.article("What to do with a lost card", "Freeze the card in the app.")
        arms = {}
        for number in range(20):
            for _ in range(2):
                written = SuggestionInput(subject="lost card", visitor=f"v{number}")
                given = await kb.client.suggest(written)
                assert bool(given.items) == given.shown
                assert arms.setdefault(number, given.shown) == given.shown
        assert set(arms.values()) == {True, False}


async def test_a_ticket_of_core_ends_its_session_once_however_often_it_is_told(kb: Bench) -> None:
    await kb.article("What to do with a lost card", "Freeze the card in the app.")
    given = await kb.client.suggest(WRITTEN)
    ticket = str(uuid4())
    data = {
        "ticket": ticket,
        "number": 1001,
        "version": 1,
        "contact_ref": "ref1",
        "suggestion_session": str(given.session),
    }
    await kb.event("core.ticket.created.v1", **data)
    await kb.event("core.ticket.created.v1", **data)
    ended = await view(kb, given.session)
    assert (ended.outcome, ended.ticket) == ("ticket_anyway", ticket)
    assert len(await kb.events("kb.session.ended.v1")) == 1


async def test_a_ticket_after_that_solved_it_overrules_it(kb: Bench) -> None:
    await kb.article("What to do with a lost card", "Freeze the card in the app.")
    given = await kb.client.suggest(WRITTEN)
    await kb.client.session_event(given.session, "solved")
    await kb.client.session_event(given.session, "ticket", ticket="t-1")
    assert (await view(kb, given.session)).outcome == "ticket_anyway"


async def test_repeated_events_and_unknown_sessions_do_not_distort_anything(kb: Bench) -> None:
    card = await kb.article("What to do with a lost card", "Freeze the card in the app.")
    given = await kb.client.suggest(WRITTEN)
    for _ in range(5):
        await kb.client.session_event(given.session, "opened", article=card.id)
    counted = sa.select(sa.func.count()).where(session_event.c.kind == "opened")
    assert (await kb.rows(counted))[0][0] == 1
    with pytest.raises(SessionNotFound):
        await kb.client.session_event(uuid4(), "solved")
    for number in range(3):  # tickets without a session, or with one that is not ours, change nothing
        await kb.event(
            "core.ticket.created.v1", ticket=str(uuid4()), number=number, suggestion_session=str(uuid4())
        )
    assert (await view(kb, given.session)).outcome is None


@pytest.mark.hard("S-22")
async def test_events_do_not_tell_whether_a_hidden_article_is_there(kb: Bench) -> None:
    hidden = await kb.article("Refund rules", visibility="staff")
    given = await kb.client.suggest(WRITTEN)
    for article in (hidden.id, uuid4()):
        with pytest.raises(ArticleNotFound):
            await kb.client.session_event(given.session, "opened", article=article)
    assert given.items == []


async def test_a_silent_session_ends_as_left(kb: Bench) -> None:
    given = await kb.client.suggest(WRITTEN)
    kb.clock.advance(timedelta(minutes=61))
    await kb.service.db.write(
        lambda conn: kb.service.jobs.enqueue(conn, "every.close_sessions", {}, run_at=kb.clock.now())
    )
    await kb.work()
    assert (await view(kb, given.session)).outcome == "left"


async def test_a_session_holds_no_text_and_no_name_of_its_visitor(kb: Bench) -> None:
    await kb.client.suggest(SuggestionInput(subject="My name is Ana", visitor="ana@example.org"))
    row = (await kb.rows(sa.select(suggestion_session)))[0]
    stored = " ".join(str(value) for value in row)
    assert "ana@" not in stored
    assert "Ana" not in stored


@pytest.mark.req(136)
async def test_an_erased_contact_leaves_no_reference(kb: Bench) -> None:
    given = await kb.client.suggest(WRITTEN)
    await kb.event("core.ticket.created.v1", ticket=str(uuid4()), number=1, contact_ref="ref1",
                   suggestion_session=str(given.session))  # fmt: skip
    await kb.event("core.contact.erased.v1", contact=str(uuid4()), contact_ref="ref1")
    row = (await kb.rows(sa.select(suggestion_session)))[0]
    assert (row.contact_ref, row.visitor, row.ticket) == (None, None, None)


@pytest.mark.req(21)
async def test_sessions_follow_a_contact_that_was_merged_and_go_back_with_its_tickets(kb: Bench) -> None:
    given, ticket = await kb.client.suggest(WRITTEN), str(uuid4())
    await kb.event("core.ticket.created.v1", ticket=ticket, number=1, contact_ref="old",
                   suggestion_session=str(given.session))  # fmt: skip
    merge = {"contact_ref": "new", "from_ref": "old"}
    await kb.event("core.contact.merged.v1", **merge, undone=False, tickets=[])
    assert (await kb.rows(sa.select(suggestion_session)))[0].contact_ref == "new"
    await kb.event("core.contact.merged.v1", **merge, undone=True, tickets=[ticket])
    assert (await kb.rows(sa.select(suggestion_session)))[0].contact_ref == "old"


async def test_one_visitor_cannot_keep_the_search_busy(kb: Bench) -> None:
    kb.desk.options = msgspec.structs.replace(kb.desk.options, suggestions_a_minute=5)

    async def keep_asking() -> None:
        for _ in range(12):
            await kb.client.suggest(SuggestionInput(visitor="v1"))

    with pytest.raises(SearchLimit) as caught:
        await keep_asking()
    assert caught.value.retry_after > 0
    assert (await kb.client.suggest(SuggestionInput(visitor="v2"))).shown
