"""Forms on pages: what is asked, what was wrong, and nothing typed is lost."""

from typing import Any

import pytest

from services.core import contract as c
from services.portal.admin.builder import conditions_of, moved
from services.portal.admin.naming import key_of
from tests.service.portal.rig import Rig


def field(key: str, kind: str = "text", **values: Any) -> c.CustomField:
    return c.CustomField(**{
        "key": key, "target": "ticket", "kind": kind, "name": {"en": key.title(), "es": f"{key} (es)"}, "help": {},
        "options": [], "visibility": "customer", "required": False, "required_for": [], "minimum": "", "maximum": "",
        "pattern": "", "source": "", "position": 1, "active": True, "version": 1, **values,
    })  # fmt: skip


REASON = field("reason", "choice", options=[
    c.FieldOption(key="lost", name={"en": "Lost it", "es": "Perdida"}),
    c.FieldOption(key="stolen", name={"en": "Stolen"}),
])  # fmt: skip
DIGITS = field("digits", required=True)
FORM = c.RequestForm(
    key="card", name={"en": "About a card", "es": "Sobre una tarjeta"}, description={"en": "We block it."},
    items=[c.FormItem(field="reason"), c.FormItem(field="digits")], fields=[REASON, DIGITS], position=1,
    prefill={"digits": "4321"}, active=True,
)  # fmt: skip
SENT = {"subject": "My card", "body": "It is gone.", "email": "vera@example.test", "form": "card"}


@pytest.fixture
def shop(rig: Rig) -> Rig:
    """A portal whose desk has a form."""
    rig.core.own_forms, rig.core.own_fields = [FORM], [REASON, DIGITS]
    return rig


@pytest.mark.req(84, 87)
async def test_choosing_an_inquiry_shows_its_questions_in_the_readers_language(shop: Rig) -> None:
    page = (await shop.http.get("/requests/new")).text
    assert "About a card" in page
    assert "autofocus" in page
    assert "We block it." not in page
    part = (await shop.post("/requests/questions", {"form": "card"}, headers={"HX-Request": "true"})).text
    assert "We block it." in part
    assert 'name="f_digits"' in part
    spanish = await shop.http.get("/requests/new?form=card", headers={"Accept-Language": "es"})
    assert "Perdida" in spanish.text
    assert "autofocus" not in spanish.text, "the cursor does not jump past the form's questions"
    assert "digits (es)" in spanish.text


@pytest.mark.req(86)
async def test_what_is_known_stands_in_the_form_until_the_customer_changes_it(shop: Rig) -> None:
    assert 'value="4321"' in (await shop.http.get("/requests/new?form=card")).text
    emptied = {**SENT, "seen_form": "card", "seen": "reason digits", "f_digits": ""}
    answer = await shop.post("/requests/new", emptied)
    assert answer.status_code == 422
    assert 'value="4321"' not in answer.text
    assert "Please answer this." in answer.text


@pytest.mark.req(82, 85)
async def test_a_wrong_answer_is_said_beside_it_and_nothing_typed_is_lost(shop: Rig) -> None:
    first = await shop.post("/requests/new", {**SENT, "f_reason": "stolen"})
    assert first.status_code == 422
    assert "a few more questions" in first.text
    assert shop.core.created == []
    seen = {**SENT, "seen_form": "card", "seen": "reason digits", "f_reason": "stolen"}
    second = await shop.post("/requests/new", {**seen, "f_digits": ""})
    assert "Please answer this." in second.text
    assert '<option value="stolen" selected>' in second.text
    assert "It is gone." in second.text
    third = await shop.post("/requests/new", {**seen, "f_digits": "1234"})
    assert third.status_code == 303
    made = shop.core.created[0][0]
    assert (made.form, made.fields) == ("card", {"reason": "stolen", "digits": "1234"})


async def test_answers_outlive_a_desk_that_is_away(shop: Rig) -> None:
    seen = {**SENT, "seen_form": "card", "seen": "reason digits", "f_reason": "lost", "f_digits": "77"}
    token = await shop.csrf("/styleguide")
    shop.core.away = True
    answer = await shop.http.post("/requests/new", data={"_csrf": token, **seen})
    assert "could not take your request" in answer.text
    for kept in (
        'name="f_digits" value="77"',
        'name="f_reason" value="lost"',
        'name="form" value="card"',
        "It is gone.",
    ):
        assert kept in answer.text
    assert (await shop.http.get("/requests/new")).status_code == 200


def given_form(rig: Rig, number: int, **values: Any) -> c.TicketForm:
    made = c.TicketForm(
        number=number, version=rig.core.tickets[number].version, form="card", form_name=FORM.name,
        fields=[c.TicketField(field=REASON, value="lost", set_by="person"),
                c.TicketField(field=DIGITS, required=True, missing=True)],
        missing=["digits"], may_ask=["digits"], asked_at=None,
    )  # fmt: skip
    rig.core.own_ticket_forms[number] = made
    return made


@pytest.mark.req(19)
async def test_an_agent_sees_what_lacks_and_asks_for_it_by_one_button(agent: Rig) -> None:
    given_form(agent, 1042)
    part = (await agent.http.get("/agent/tickets/1042/details", headers={"HX-Request": "true"})).text
    assert "Missing:" in part
    assert "Ask the customer" in part
    assert "<html" not in part
    alone = (await agent.http.get("/agent/tickets/1042/details")).text
    assert "<html" in alone
    answer = await agent.post("/agent/tickets/1042/details/question")
    assert answer.status_code == 303
    assert ("asked", 1042, None) in agent.core.acts


async def test_two_agents_at_one_field_see_both_values_and_lose_neither(agent: Rig) -> None:
    now = given_form(agent, 1042)
    now.fields[0].value = "stolen"
    mine = {"was_reason": "", "f_reason": "lost", "was_digits": "", "f_digits": "1234"}
    page = await agent.post("/agent/tickets/1042/details", mine)
    assert page.status_code == 422
    assert "Somebody set this to “Stolen” meanwhile" in page.text
    assert '<option value="lost" selected>' in page.text
    assert 'value="1234"' in page.text
    assert 'name="was_reason" value="stolen"' in page.text
    again = await agent.post("/agent/tickets/1042/details", {**mine, "was_reason": "stolen"})
    assert again.status_code == 303
    assert agent.core.tickets[1042].fields == {"reason": "lost", "digits": "1234"}


@pytest.mark.req(44)
async def test_a_template_fills_the_sheet_of_a_new_ticket_and_all_of_it_can_be_changed(agent: Rig) -> None:
    agent.core.own_forms, agent.core.own_fields = [FORM], [REASON, DIGITS]
    agent.core.own_templates = [c.TicketTemplate(
        key="call", name="A call", subject="Lost card", body="They say:", form="card", fields={"reason": "lost"},
        category="card_arrival", priority="high", team=None, type="incident", tags=["phone"], active=True, version=1,
    )]  # fmt: skip
    page = (await agent.http.get("/agent/tickets/new?template=call")).text
    chosen = [f'<option value="{one}" selected>' for one in ("lost", "high", "card_arrival", "incident")]
    for part in ('value="Lost card"', "They say:", 'value="phone"', *chosen):
        assert part in page, part
    sheet = {"email": "nobody", "subject": "Lost card", "body": "They say: help", "form": "card", "f_reason": "lost",
             "seen_form": "card", "seen": "reason digits", "priority": "high", "tags": "phone, vip"}  # fmt: skip
    wrong = await agent.post("/agent/tickets/new", sheet)
    assert wrong.status_code == 422
    assert "They say: help" in wrong.text
    made = await agent.post("/agent/tickets/new", {**sheet, "email": "eva@example.test"})
    assert made.status_code == 303
    body = agent.core.created[-1][0]
    assert (body.channel, body.priority, body.tags, body.fields) == (
        "phone",
        "high",
        ["phone", "vip"],
        {"reason": "lost"},
    )


@pytest.mark.req(83)
async def test_the_builder_moves_fields_without_script_and_loses_nothing_typed(admin: Rig) -> None:
    admin.core.own_forms, admin.core.own_fields = [], [REASON, DIGITS]
    typed = {"name_en": "About cards", "description_es": "Hola", "item": ["reason", "digits"], "tags": "a, b",
             "when_digits": "reason|is|lost", "required_digits": "1", "move": "up:digits"}  # fmt: skip
    page = (await admin.post("/admin/forms/form", typed)).text
    assert page.index('value="digits"') < page.index('value="reason"')
    for kept in ("About cards", "Hola", 'value="a, b"'):
        assert kept in page
    added = await admin.post(
        "/admin/forms/form", {"name_en": "X", "item": "reason", "add": "digits", "do_add": "1"}
    )
    assert '<input type="hidden" name="item" value="digits">' in added.text
    bad = await admin.post("/admin/forms/form", {"item": "reason", "save": "1"})
    assert bad.status_code == 422
    saved = await admin.post("/admin/forms/form", {**typed, "move": "", "save": "1"})
    assert saved.status_code == 303
    key, kept_form = admin.core.kept_forms[-1]
    assert (key, [item.field for item in kept_form.items]) == ("about_cards", ["reason", "digits"])
    assert kept_form.items[1].when == [c.FormCondition(field="reason", op="is", value=["lost"])]


async def test_the_administration_of_forms_is_for_admins(agent: Rig) -> None:
    for path in ("/admin/forms", "/admin/forms/form", "/admin/forms/field", "/admin/forms/template"):
        assert (await agent.http.get(path)).status_code == 403


def test_conditions_on_one_field_are_alternatives_and_on_several_all_hold() -> None:
    found = conditions_of(["a|is|x", "", "a|is|y", "b|filled|", "a|is|x"])
    assert found == [
        c.FormCondition(field="a", op="is", value=["x", "y"]), c.FormCondition(field="b", op="filled", value=[]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ("up:b", "bac"),
        ("down:b", "acb"),
        ("up:a", "abc"),
        ("down:c", "abc"),
        ("out:b", "ac"),
        ("up:z", "abc"),
        ("", "abc"),
    ],
)
def test_a_row_moves_by_one_and_stays_within_the_list(act: str, expected: str) -> None:
    assert "".join(moved(list("abc"), act)) == expected


def test_a_key_is_made_of_the_name_without_accents() -> None:
    assert key_of({"es": "¿Qué ha pasado, Ñandú?"}) == "que_ha_pasado_nandu"
    assert key_of({"en": "日本"}, "form") == "form"
