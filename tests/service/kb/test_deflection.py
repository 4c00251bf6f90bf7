"""The deflection report on real sessions: what a desk with a known effect is told, and what cannot distort it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import sqlalchemy as sa

from services.common.errors import Forbidden
from services.common.http.tokens import keyed_hash
from services.kb.contract import VOUCHER, DeflectionReport, SuggestionInput, Suggestions
from services.kb.models import suggestion_session
from services.kb.search import routes
from tests.service.kb.bench import Bench
from tests.service.kb.conftest import Start

SECRET = "s" * 40


class Site:
    """Visitors of a portal that vouches for them, and a core that tells of tickets."""

    def __init__(self, kb: Bench) -> None:
        self.kb = kb
        kb.desk.options = msgspec.structs.replace(kb.desk.options, suggestions_a_minute=10_000)

    async def write(self, visitor: str, text: str = "I lost my card", **more: Any) -> Suggestions:
        mark = f"mark-{visitor}"
        given = SuggestionInput(
            subject=text, visitor=mark, voucher=keyed_hash(SECRET, VOUCHER, mark), lang="en", **more
        )
        return await self.kb.client.suggest(given)

    async def ticket(self, session: UUID | None, ref: str, ticket: str | None = None) -> str:
        ticket = ticket or str(uuid4())
        await self.kb.event(
            "core.ticket.created.v1", ticket=ticket, number=1, channel="email", contact_ref=ref,
            suggestion_session=str(session) if session else None,
        )  # fmt: skip
        return ticket

    async def report(self) -> DeflectionReport:
        """The report once every window has passed."""
        for task in list(routes._pending):
            await task
        self.kb.clock.advance(timedelta(days=8))
        return await self.kb.client.deflection(token=self.kb.agent)

    async def close(self) -> None:
        self.kb.clock.advance(timedelta(minutes=61))
        now = self.kb.clock.now()
        jobs = self.kb.service.jobs
        await self.kb.service.db.write(
            lambda conn: jobs.enqueue(conn, "every.close_sessions", {}, run_at=now)
        )
        await self.kb.work()


@pytest.mark.req(93)
async def test_the_report_tells_the_saving_with_its_interval_and_how_sessions_ended(start: Start) -> None:
    async with start(control_share=0.4) as kb:
        card = await kb.article("What to do with a lost card", "Freeze the card in the app.")
        site = Site(kb)
        shown = control = 0
        for number in range(30):
            given = await site.write(str(number))
            if given.shown and number % 3:
                await kb.client.session_event(given.session, "opened", article=card.id)
                await kb.client.session_event(given.session, "solved", article=card.id)
            else:
                await site.ticket(given.session, f"ref{number}")
            shown, control = shown + given.shown, control + (not given.shown)
        report = await site.report()
        assert (report.shown.visitors, report.control.visitors) == (shown, control)
        assert report.control.rate == 1.0
        assert report.effect.per_100 == pytest.approx(100 * (1 - report.shown.rate))
        assert report.effect.low is not None
        assert report.effect.high is not None
        assert report.effect.low < report.effect.per_100 <= report.effect.high
        assert not report.effect.enough
        outcomes = report.outcomes
        assert outcomes.confirmed + outcomes.ticket_anyway == shown
        assert outcomes.confirmed == shown - report.shown.tickets
        assert [(row.key, row.name) for row in report.by_language] == [("en", "en")]
        row = report.by_article[0]
        assert (row.key, row.name) == (str(card.id), "What to do with a lost card")
        assert row.control.sessions == control, "what the control share would have seen is compared"
        assert report.avoided == pytest.approx(report.effect.per_100 / 100 * shown)


@pytest.mark.req(93)
async def test_a_return_within_a_week_on_any_channel_counts_against(kb: Bench) -> None:
    await kb.article("What to do with a lost card", "Freeze the card in the app.")
    site = Site(kb)
    # Known by a ticket of the same browser, and returned by mail.
    first = await site.write("a")
    await kb.client.session_event(first.session, "solved")
    kb.clock.advance(timedelta(days=1))
    second = await site.write("a", "The card is blocked")
    await site.ticket(second.session, "ref-a")
    # Signed in, said that it was solved, and wrote a mail on the sixth day.
    person = kb.token("customer", person="c7")
    third = await kb.client.suggest(SuggestionInput(subject="lost card", visitor="b"), token=person)
    await kb.client.session_event(third.session, "solved", token=person)
    # And one who came back too late for it.
    other = kb.token("customer", person="c8")
    late = await kb.client.suggest(SuggestionInput(subject="lost card", visitor="c"), token=other)
    await kb.client.session_event(late.session, "solved", token=other)
    kb.clock.advance(timedelta(days=6))
    await site.ticket(None, keyed_hash(SECRET, "contact", "c7"))
    kb.clock.advance(timedelta(days=2))
    await site.ticket(None, keyed_hash(SECRET, "contact", "c8"))
    report = await site.report()
    assert report.outcomes.recontacted == 2
    assert report.outcomes.confirmed == 1
    assert report.outcomes.ticket_anyway == 1
    assert report.shown.tickets == 3


async def test_a_ticket_by_mail_before_the_browser_is_known_still_counts(kb: Bench) -> None:
    await kb.article("What to do with a lost card", "Freeze the card in the app.")
    site = Site(kb)
    first = await site.write("a")
    await kb.client.session_event(first.session, "solved")
    kb.clock.advance(timedelta(days=1))
    await site.ticket(None, "ref-a")
    kb.clock.advance(timedelta(days=9))
    second = await site.write("a", "The card is blocked")
    await site.ticket(second.session, "ref-a")
    report = await site.report()
    assert report.outcomes.recontacted == 1


async def test_reopening_is_coming_back(kb: Bench) -> None:
    site = Site(kb)
    person = kb.token("customer", person="c7")
    ref = keyed_hash(SECRET, "contact", "c7")
    ticket = await site.ticket(None, ref)
    given = await kb.client.suggest(SuggestionInput(subject="lost card", visitor="b"), token=person)
    await kb.client.session_event(given.session, "solved", token=person)
    kb.clock.advance(timedelta(days=2))
    await kb.event("core.ticket.reopened.v1", ticket=ticket, number=1)
    assert (await site.report()).outcomes.recontacted == 1


async def test_abandoned_reloaded_and_doubled_sessions_count_as_one(kb: Bench) -> None:
    card = await kb.article("What to do with a lost card", "Freeze the card in the app.")
    site = Site(kb)
    first = await site.write("a")
    for text in ("I lost my card", "I lost my card on the bus"):  # the page loaded again, and a second tab
        assert (await site.write("a", text)).session == first.session
    await kb.client.session_event(first.session, "opened", article=card.id)
    left = await site.write("b")
    await site.close()
    assert (await site.write("b")).session != left.session
    await site.close()
    ticket = await site.ticket(first.session, "ref-a")
    await site.ticket(first.session, "ref-a", ticket)
    await site.ticket(first.session, "ref-a")  # a form that was sent twice
    report = await site.report()
    assert (report.shown.visitors, report.shown.sessions, report.shown.tickets) == (2, 3, 1)
    assert (report.outcomes.unread, report.outcomes.ticket_anyway) == (2, 1)


@pytest.mark.hard("S-16")
async def test_made_up_visitors_tickets_and_crowds_do_not_reach_the_figures(kb: Bench) -> None:
    await kb.article("What to do with a lost card", "Freeze the card in the app.")
    site = Site(kb)
    honest = await site.write("honest")
    for number in range(25):  # marks that no page gave out, or with another's voucher
        voucher = keyed_hash(SECRET, VOUCHER, "mark-honest") if number % 2 else None
        fake = await kb.client.suggest(
            SuggestionInput(subject="lost card", visitor=f"fake{number}", voucher=voucher)
        )
        await kb.client.session_event(fake.session, "ticket", ticket="made-up")
    for _ in range(95):  # one browser, again and again
        given = await site.write("crowd")
        await kb.client.session_event(given.session, "solved")
    await kb.client.session_event(honest.session, "ticket", ticket="says who")  # core has not said so
    report = await site.report()
    assert (report.shown.visitors, report.shown.sessions, report.shown.tickets) == (1, 1, 0)
    assert (report.unvouched, report.crowded) == (25, 95)


async def test_sessions_of_the_last_week_wait(kb: Bench) -> None:
    site = Site(kb)
    await site.write("a")
    report = await kb.client.deflection(token=kb.agent)
    assert (report.waiting, report.shown.sessions) == (1, 0)
    assert report.effect.per_100 is None


async def test_the_control_share_searches_and_shows_nothing(start: Start) -> None:
    async with start(control_share=0.9) as kb:
        await kb.article("What to do with a lost card", "Freeze the card in the app.")
        site = Site(kb)
        answers = [await site.write(str(number)) for number in range(12)]
        held = [given for given in answers if not given.shown]
        assert held
        assert all(given.items == [] for given in held)
        ticket = await site.ticket(held[0].session, "ref")
        row = (
            await kb.rows(sa.select(suggestion_session).where(suggestion_session.c.id == held[0].session))
        )[0]
        assert (row.outcome, row.ticket) == ("ticket", ticket), "nothing was on screen to write in spite of"


async def test_the_report_is_for_those_who_write(kb: Bench) -> None:
    for token in (kb.customer, kb.token("customer", person="c2")):
        with pytest.raises(Forbidden):
            await kb.client.deflection(token=token)


@pytest.mark.req(95)
async def test_the_hit_rate_counts_each_session_that_was_shown_articles_once(start: Start) -> None:
    async with start(control_share=0.3) as kb:
        card = await kb.article("What to do with a lost card", "Freeze the card in the app.")
        site, shown = Site(kb), []
        for number in range(20):
            given = await site.write(str(number))
            if given.shown:
                shown.append(given.session)
        for session in shown[:4]:
            for _ in range(2):
                await kb.client.session_event(session, "opened", article=card.id)
        for session in shown[2:4]:
            await kb.client.session_event(session, "solved", article=card.id)
        await site.ticket(shown[3], "ref")  # after all: it was not solved
        await kb.client.suggest(SuggestionInput(subject="I lost my card", visitor="a script", lang="en"))
        found = (await kb.client.search_report(token=kb.agent)).suggested
        assert 4 < len(shown) < 20, "the control share is drawn by a hash that does not change"
        assert (found.sessions, found.offered, found.opened, found.solved) == (len(shown), len(shown), 4, 1)
        assert found.rate == pytest.approx(4 / len(shown))
        kb.clock.advance(timedelta(days=31))
        assert (await kb.client.search_report(token=kb.agent)).suggested.rate is None
