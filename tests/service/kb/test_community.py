"""Customers answer each other: first posts wait, reports count, one answer is the answer, and search finds it."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from services.common.errors import Forbidden, NotFound, TooMany, Unauthorized
from services.kb.community import moderation, routes
from services.kb.community.policy import InvalidPost, NoCommunity, PostClosed, PostNotFound
from services.kb.contract import (
    QUESTION_ANSWERED,
    Accepted,
    BecameTicket,
    NewAnswer,
    NewQuestion,
    PostDecision,
    PostReport,
)
from tests.service.kb.bench import Bench

QUESTION = NewQuestion(title="How do I descale the machine?", body="The **lamp** blinks.", lang="en")


def who(kb: Bench, name: str) -> str:
    return kb.token("customer", person=name)


async def asked(
    kb: Bench, person: str = "ana", *, shown: bool = True, question: NewQuestion = QUESTION
) -> UUID:
    made = await kb.client.ask(question, token=who(kb, person))
    if shown and made.state == "held":
        await kb.client.decide(made.id, PostDecision(state="shown"), token=kb.agent)
    return made.id


async def titles(kb: Bench, token: str | None, q: str = "descale machine") -> list[str]:
    return [row.title for row in await kb.client.find_questions(q, token=token)]


@pytest.mark.req(100)
async def test_a_first_post_waits_for_a_moderator_and_later_ones_do_not(kb: Bench) -> None:
    made = await kb.client.ask(QUESTION, token=who(kb, "ana"))
    assert made.state == "held"
    assert (await kb.client.question(made.id, token=who(kb, "ana"))).own, "who asked sees it wait"
    with pytest.raises(PostNotFound):
        await kb.client.question(made.id, token=who(kb, "bob"))
    assert (await kb.client.questions(token=who(kb, "bob"))).items == []
    assert await titles(kb, who(kb, "bob")) == []
    [post] = await kb.client.waiting_posts(token=kb.agent)
    assert (post.id, post.reports) == (made.id, 0)
    await kb.client.decide(made.id, PostDecision(state="shown"), token=kb.agent)
    assert await titles(kb, who(kb, "bob")) == [QUESTION.title]
    assert (await kb.client.ask(QUESTION, token=who(kb, "ana"))).state == "shown"
    assert await kb.client.waiting_posts(token=kb.agent) == []


@pytest.mark.req(100)
async def test_the_asker_is_told_of_an_answer_once_when_it_is_first_shown(kb: Bench) -> None:
    given = await asked(kb)
    first = await kb.client.answer(given, NewAnswer(body="Use vinegar."), token=who(kb, "bob"))
    assert (first.state, await kb.events(QUESTION_ANSWERED)) == ("held", [])
    for state in ("shown", "removed", "shown"):
        await kb.client.decide(first.id, PostDecision(state=state), token=kb.agent)  # type: ignore[arg-type]
    [told] = await kb.events(QUESTION_ANSWERED)
    assert (told["contact"], told["question"]) == ("ana", str(given))
    await kb.client.answer(given, NewAnswer(body="Thank you."), token=who(kb, "ana"))
    assert len(await kb.events(QUESTION_ANSWERED)) == 1, "nobody is told of their own words"


@pytest.mark.req(100)
async def test_the_asker_or_the_staff_say_which_answer_solved_it_and_search_finds_it_by_that(
    kb: Bench,
) -> None:
    given = await asked(kb)
    made = await kb.client.answer(given, NewAnswer(body="Citric acid dissolves limescale."), token=kb.agent)
    assert made.state == "shown", "staff wait for nobody"
    assert await titles(kb, who(kb, "bob"), "citric acid limescale") == []
    with pytest.raises(Forbidden):
        await kb.client.accept(given, Accepted(answer=made.id), token=who(kb, "bob"))
    await kb.client.accept(given, Accepted(answer=made.id), token=who(kb, "ana"))
    found = await kb.client.question(given, token=who(kb, "bob"))
    assert (found.accepted, found.answers[0].staff) == (made.id, True)
    assert await titles(kb, who(kb, "bob"), "citric acid limescale") == [QUESTION.title]
    await kb.client.decide(made.id, PostDecision(state="removed"), token=kb.agent)
    assert (await kb.client.question(given, token=who(kb, "bob"))).accepted is None
    with pytest.raises(PostNotFound):
        await kb.client.accept(given, Accepted(answer=uuid4()), token=kb.agent)


@pytest.mark.req(100)
async def test_search_wants_more_than_a_word_in_common(kb: Bench) -> None:
    await asked(kb)
    await asked(kb, question=NewQuestion(title="¿Cómo descalcifico la máquina?", lang="es"))
    assert await titles(kb, who(kb, "bob"), "descaling the machines") == [QUESTION.title]
    assert await titles(kb, who(kb, "bob"), "maquina descalcifico") == ["¿Cómo descalcifico la máquina?"]
    assert await titles(kb, who(kb, "bob"), "refund invoice shipping address machine") == []
    assert await titles(kb, who(kb, "bob"), "the of and") == []


@pytest.mark.req(100)
async def test_votes_count_once_and_reports_of_several_people_take_a_post_away(kb: Bench) -> None:
    given = await asked(kb)
    made = await kb.client.answer(given, NewAnswer(body="Buy my soap"), token=who(kb, "bob"))
    await kb.client.decide(made.id, PostDecision(state="shown"), token=kb.agent)
    for _ in range(2):
        await kb.client.vote(made.id, True, token=who(kb, "ana"))
    with pytest.raises(Forbidden):
        await kb.client.vote(made.id, True, token=who(kb, "bob"))
    assert (await kb.client.question(given, token=who(kb, "ana"))).answers[0].votes == 1
    await kb.client.vote(made.id, False, token=who(kb, "ana"))
    assert (await kb.client.question(given, token=who(kb, "ana"))).answers[0].votes == 0
    for person in ("ana", "ana", "c2", "c3")[: moderation.ENOUGH + 1]:
        assert len((await kb.client.question(given, token=who(kb, "c9"))).answers) == 1
        await kb.client.report(made.id, PostReport(reason="An advertisement"), token=who(kb, person))
    assert (await kb.client.question(given, token=who(kb, "c9"))).answers == []
    [post] = await kb.client.waiting_posts(token=kb.agent)
    assert (post.id, post.reports, post.reason) == (made.id, 3, "An advertisement")


@pytest.mark.req(100)
@pytest.mark.hard("S-09")
async def test_what_strangers_write_neither_runs_nor_calls_home(kb: Bench) -> None:
    body = (
        "<script>alert(1)</script>\n\n![x](https://evil.example/x.png) [a](javascript:alert(1))\n\n"
        "<img src=x onerror=y>\n\n# Big\n\n[good](https://ok.example) `code`"
    )
    given = await asked(kb, question=NewQuestion(title="Is this all right here?", body=body))
    html = (await kb.client.question(given, token=kb.agent)).html
    for bad in ("<script", "<img", 'href="javascript', 'onerror="', "<h1"):
        assert bad not in html, html
    assert 'rel="nofollow ugc noopener noreferrer"' in html
    assert "<code>code</code>" in html


@pytest.mark.req(100)
@pytest.mark.hard("S-20", "S-22")
async def test_the_community_is_there_for_whom_the_desk_says(kb: Bench) -> None:
    given = await asked(kb)
    nobody = {"Authorization": ""}
    for mode, visitor, customer in (("customers", 404, 200), ("public", 200, 200), ("off", 404, 404)):
        kb.desk.options = msgspec.structs.replace(kb.desk.options, community=mode)
        for path in ("", f"/{given}", "/search"):
            for headers, expected in ((nobody, visitor), ({}, visitor)):
                got = await _status(kb, f"/api/v1/kb/questions{path}", headers)
                assert got == expected, (mode, path, headers)
            assert await _status(kb, f"/api/v1/kb/questions{path}", {}, who(kb, "bob")) == customer, (
                mode,
                path,
            )
    with pytest.raises(NoCommunity):
        await kb.client.ask(QUESTION, token=who(kb, "bob"))


async def _status(kb: Bench, path: str, headers: dict[str, str], token: str | None = None) -> int:
    try:
        return (
            await kb.peer.raw("GET", path, params={"q": "descale"}, headers=headers, token=token)
        ).status_code
    except (NotFound, Unauthorized) as error:
        return error.status


@pytest.mark.req(12, 100)
async def test_only_moderators_moderate_and_a_ticket_is_remembered(kb: Bench) -> None:
    given = await asked(kb)
    for refused in (
        kb.client.waiting_posts(token=who(kb, "bob")),
        kb.client.decide(given, PostDecision(state="removed"), token=who(kb, "bob")),
        kb.client.became_ticket(given, BecameTicket(number=7), token=who(kb, "bob")),
    ):
        with pytest.raises(Forbidden):
            await refused
    await kb.client.became_ticket(given, BecameTicket(number=1042), token=kb.agent)
    seen = await kb.client.question(given, token=kb.agent)
    assert (seen.ticket, seen.author) == (1042, "ana")
    assert (await kb.client.question(given, token=who(kb, "bob"))).author is None


async def test_bad_posts_are_refused_with_a_reason_and_floods_are_slowed(
    kb: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "POSTS_A_MINUTE", 50)
    for wrong in (NewQuestion(title="Help"), NewQuestion(title="A fine question", body="x" * 9_000)):
        with pytest.raises(InvalidPost):
            await kb.client.ask(wrong, token=who(kb, "ana"))
    held = await asked(kb, "zoe", shown=False)
    with pytest.raises(PostClosed):
        await kb.client.answer(held, NewAnswer(body="Me first"), token=kb.agent)
    monkeypatch.setattr(routes, "POSTS_A_MINUTE", 2)
    for _ in range(2):
        await kb.client.ask(QUESTION, token=who(kb, "mia"))
    with pytest.raises(TooMany):
        await kb.client.ask(QUESTION, token=who(kb, "mia"))


async def test_who_is_erased_leaves_no_name_and_no_words(kb: Bench) -> None:
    person = str(uuid4())
    given = await asked(kb, person)
    await kb.client.answer(given, NewAnswer(body="Answer of staff"), token=kb.agent)
    await kb.event("core.contact.erased.v1", contact=person, contact_ref="r")
    rows: list[Any] = await kb.rows(routes.question.select())
    assert (rows[0].title, rows[0].body_markdown, rows[0].author_id, rows[0].state) == (
        "–",
        "",
        None,
        "removed",
    )
    assert await titles(kb, kb.agent) == []
