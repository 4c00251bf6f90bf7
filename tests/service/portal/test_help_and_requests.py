"""What customers do: read, search, ask, follow. Without script, and with parts of the desk away."""

import re

import pytest

from tests.service.portal.rig import Rig


@pytest.mark.req(88, 91)
async def test_the_help_centre_lists_sections_and_often_read_articles(rig: Rig) -> None:
    page = (await rig.http.get("/")).text
    assert "Cards" in page
    assert 'href="/help/en/charged-twice"' in page


@pytest.mark.req(91)
async def test_searching_works_as_a_plain_form(rig: Rig) -> None:
    page = (await rig.http.get("/?q=charged twice")).text
    assert "<mark>hold</mark>" in page
    assert "Ask a person instead" in page


@pytest.mark.hard("S-09")
async def test_a_highlight_is_text_and_not_markup(rig: Rig) -> None:
    page = (await rig.http.get("/help/search?q=charge")).text
    assert "&lt;i&gt;" in page
    assert "<i>" not in page


@pytest.mark.req(88)
async def test_an_article_has_contents_languages_and_a_question_at_its_end(rig: Rig) -> None:
    page = (await rig.http.get("/help/en/charged-twice")).text
    assert 'href="#hold"' in page
    assert 'href="/help/es/cargo-doble"' in page
    assert "Did this help?" in page
    assert "<script>alert" not in page


@pytest.mark.req(99)
async def test_the_answer_to_did_this_help_is_kept(rig: Rig) -> None:
    answer = await rig.post(
        "/help/feedback",
        {
            "article": "00000000-0000-0000-0000-00000000000b",
            "helpful": "yes",
            "lang": "en",
            "next": "/help/en/charged-twice",
        },
    )
    assert answer.headers["location"] == "/help/en/charged-twice"
    assert rig.kb.feedbacks[0].helpful


@pytest.mark.req(6, 9, 93)
async def test_a_request_is_sent_in_one_step_without_script(customer: Rig) -> None:
    answer = await customer.post(
        "/requests/new", {"subject": "Charged twice", "body": "Two charges.", "once": "a" * 32}
    )
    assert answer.headers["location"] == "/requests/2001"
    body, token, key = customer.core.created[0]
    assert (body.subject, body.body, body.channel, body.requester) == (
        "Charged twice",
        "Two charges.",
        "portal",
        None,
    )
    assert token
    assert key
    assert key.endswith("a" * 32)


@pytest.mark.req(6)
async def test_a_visitor_gives_an_address_and_is_told_the_number(rig: Rig) -> None:
    answer = await rig.post(
        "/requests/new", {"subject": "Help", "body": "Please", "email": "joe@example.org", "name": "Joe"}
    )
    assert answer.headers["location"] == "/requests/sent?number=2001"
    requester = rig.core.created[0][0].requester
    assert requester
    assert requester.email == "joe@example.org"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"subject": " ", "body": "x", "email": "a@b.c"}, "Tell us in a few words"),
        ({"subject": "x", "body": "\n ", "email": "a@b.c"}, "Write what happened"),
        ({"subject": "x", "body": "x"}, "We need an address"),
        ({"subject": "x", "body": "x", "email": "nonsense"}, "does not look like"),
    ],
)
async def test_what_is_missing_is_said_beside_its_field_and_the_text_stays(
    rig: Rig, form: dict[str, str], said: str
) -> None:
    answer = await rig.post("/requests/new", form)
    assert answer.status_code == 422
    assert said in answer.text
    assert rig.core.created == []


@pytest.mark.hard("R-15")
async def test_while_core_is_away_the_text_stays_on_the_page(rig: Rig) -> None:
    rig.core.away = True
    answer = await rig.post(
        "/requests/new", {"subject": "Long story", "body": "Once upon a time", "email": "a@b.example"}
    )
    assert answer.status_code == 422
    assert "Once upon a time" in answer.text
    assert "Your text is still here" in answer.text


@pytest.mark.req(93)
async def test_answers_can_be_looked_for_without_script(rig: Rig) -> None:
    answer = await rig.post("/requests/new", {"subject": "Charged twice", "body": "Two charges", "look": "1"})
    assert "That solved it" in answer.text
    assert rig.core.created == []
    assert 'name="session"' in answer.text


@pytest.mark.req(93)
async def test_the_control_share_sees_no_answers_and_is_remembered_all_the_same(rig: Rig) -> None:
    rig.kb.shown = False
    answer = await rig.post("/requests/suggestions", {"subject": "Charged twice", "body": "Two charges"})
    assert "That solved it" not in answer.text
    assert "00000000-0000-0000-0000-000000000063" in answer.text


@pytest.mark.req(93)
async def test_the_way_to_a_person_is_in_sight_with_answers_on_screen(rig: Rig) -> None:
    page = (
        await rig.post("/requests/new", {"subject": "Charged twice", "body": "Two charges", "look": "1"})
    ).text
    assert "Send to a person" in page


@pytest.mark.req(93)
async def test_that_solved_it_ends_without_a_request_and_is_counted(rig: Rig) -> None:
    answer = await rig.post(
        "/requests/solved",
        {
            "session": "00000000-0000-0000-0000-000000000063",
            "article": "00000000-0000-0000-0000-00000000000b",
        },
    )
    assert answer.headers["location"] == "/requests/solved"
    assert rig.kb.events == [("solved", None)]
    assert rig.core.created == []


@pytest.mark.req(93)
async def test_a_request_sent_after_answers_were_shown_is_counted_with_them(customer: Rig) -> None:
    session = "00000000-0000-0000-0000-000000000063"
    await customer.post(
        "/requests/new", {"subject": "Charged twice", "body": "Two charges", "session": session}
    )
    assert customer.kb.events == [("ticket", "2001")]
    assert customer.core.created[0][0].suggestion_session == session


async def test_while_the_knowledge_base_is_away_the_pages_say_so_and_sending_works(customer: Rig) -> None:
    customer.kb.away = True
    assert "away for a moment" in (await customer.http.get("/")).text
    hint = await customer.post("/requests/suggestions", {"subject": "Charged twice", "body": "Two charges"})
    assert "a person reads it" in hint.text
    answer = await customer.post("/requests/new", {"subject": "Charged twice", "body": "Two charges"})
    assert answer.status_code == 303


async def test_a_visitor_never_asks_the_knowledge_base_as_somebody(rig: Rig) -> None:
    for path in ["/", "/?q=charge", "/help/en/charged-twice", "/help/sections/cards"]:
        await rig.http.get(path)
    assert set(rig.kb.tokens) == {None}


@pytest.mark.req(9, 30, 42)
async def test_a_customer_sees_the_conversation_and_no_note(customer: Rig) -> None:
    page = (await customer.http.get("/requests/1042")).text
    assert "me cobraron dos veces" in page
    assert "El comercio confirma" not in page


@pytest.mark.req(9)
async def test_another_customers_number_leads_nowhere(customer: Rig) -> None:
    assert (await customer.http.get("/requests/1039")).status_code == 404
    assert (await customer.post("/requests/1039/messages", {"body": "x"})).status_code == 404


@pytest.mark.req(30)
async def test_a_customer_replies_and_a_doubled_click_says_it_once(customer: Rig) -> None:
    for _ in range(2):
        await customer.post("/requests/1042/messages", {"body": "Any news?", "once": "k" * 32})
    assert {key for _, _, key in customer.core.posted} == {"k" * 32}


@pytest.mark.req(33)
async def test_a_customer_closes_and_reopens(customer: Rig) -> None:
    await customer.post("/requests/1042/closure", {"act": "close"})
    assert customer.core.tickets[1042].status == "closed"
    await customer.post("/requests/1042/closure", {"act": "reopen"})
    assert customer.core.tickets[1042].status == "open"


async def test_an_empty_reply_is_not_sent(customer: Rig) -> None:
    answer = await customer.post("/requests/1042/messages", {"body": "  \n "})
    assert answer.status_code == 422
    assert "Write something first" in answer.text


@pytest.mark.req(16)
async def test_files_go_along_with_a_request(customer: Rig) -> None:
    token = await customer.csrf("/styleguide")
    answer = await customer.http.post(
        "/requests/new",
        data={"_csrf": token, "subject": "Receipt", "body": "Here it is"},
        files={"files": ("recibo.pdf", b"%PDF-1.4", "application/pdf")},
    )
    assert answer.status_code == 303
    assert len(customer.core.created[0][0].attachments) == 1


XSS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    '"><img src=x onerror=alert(1)>',
    "<svg><script>alert(1)</script></svg>",
    '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
    "javascript:alert(1)",
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "<style>@import 'https://evil.example/x.css'</style>",
    "<form action=https://evil.example><input name=x></form>",
    "{{7*7}}{% raw %}",
]


@pytest.mark.hard("S-09", "S-11")
@pytest.mark.parametrize("attack", XSS)
async def test_what_customers_write_is_shown_as_text(agent: Rig, attack: str) -> None:
    agent.core.tickets[1042].subject = attack
    agent.core.tickets[1042].requester.name = attack
    agent.core.timelines[1042][0].body_text = attack
    agent.core.timelines[1042][0].author.name = attack
    agent.core.timelines[1042][2].body_text = attack
    for path in ["/agent/tickets/1042", "/agent"]:
        page = (await agent.http.get(path)).text
        assert attack not in page or attack.startswith(("javascript", "{{"))
        assert not re.findall(
            r"<(script(?! type=\"module\")|svg><|math|style|img|iframe|form action=h)", page
        )
        assert not re.findall(r"(href|src|action)=[\"']?(javascript|data):", page)
        assert "49" not in re.findall(r"<h1 id=\"case-title\">(.*?)<", page)


@pytest.mark.hard("S-09")
@pytest.mark.parametrize("attack", XSS[:9])
async def test_html_of_mail_is_cleaned_once_more_when_it_is_shown(agent: Rig, attack: str) -> None:
    agent.core.timelines[1042][0].body_html = f"<p>Hello</p>{attack}"
    page = (await agent.http.get("/agent/tickets/1042")).text
    assert "<p>Hello</p>" in page
    assert not re.findall(r"<(script(?! type=\"module\")|math|style|iframe|form action=\"?h)", page)
    assert not re.findall(r"\son[a-z]+=|(href|src|action)=[\"']?(javascript|data):", page)


@pytest.mark.req(90)
async def test_the_front_page_lists_frequent_questions_and_no_article_twice(rig: Rig) -> None:
    page = (await rig.http.get("/")).text
    listed = page.split('id="frequent"')[1].split("</section>")[0]
    assert 'href="/help/en/charged-twice"' in listed
    assert page.count('href="/help/en/charged-twice"') == 1
