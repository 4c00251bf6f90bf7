"""Forms in Chromium: built by keyboard, filled in on a phone in Spanish, and without script."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor


def order(page: Page) -> list[str]:
    return [str(item.get_attribute("value")) for item in page.locator("input[name=item]").all()]


@pytest.mark.req(83)
def test_an_admin_orders_a_form_by_keyboard_and_by_hand_and_sees_it_in_both_languages(visit: Visitor) -> None:
    page = visit(bypass_csp=True).signed_in("admin")
    page.goto("/admin/forms/form?key=payment")
    expect(page.get_by_role("heading", name="Un pago o un cobro")).to_be_visible()
    before = order(page)
    assert before[:3] == ["payment_amount", "payment_day", "merchant"]
    down = page.get_by_role("button", name="Move Amount in euros down")
    down.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="number 2")).to_have_count(1)
    expect(down).to_be_focused()
    assert order(page)[:3] == ["payment_day", "payment_amount", "merchant"]
    grips = page.locator(".ask-grip")
    grips.nth(2).drag_to(grips.nth(0))
    assert sorted(order(page)) == sorted(before)
    assert order(page).index("merchant") < 2
    page.get_by_role("button", name="Save").last.click()
    page.wait_for_url("**/admin/forms")
    page.goto("/admin/forms/form?key=payment")
    assert order(page) != before


@pytest.mark.req(84, 85, 86, 87)
def test_a_customer_on_a_phone_answers_in_spanish_only_what_applies_and_finds_what_is_known(
    visit: Visitor,
) -> None:
    one = visit(locale="es-ES", viewport={"width": 360, "height": 740})
    page = one.signed_in("customer")
    page.goto("/requests/new")
    page.locator(".top-lang button").click()
    page.fill("#subject", "Mi tarjeta")
    page.fill("#body", "No la encuentro desde ayer.")
    page.select_option("#form", label="He perdido la tarjeta o me la han robado")
    digits = page.get_by_label("Últimas cuatro cifras de la tarjeta")
    expect(digits).to_have_value("4821")
    police = page.get_by_label("¿Lo has denunciado a la policía?")
    group = page.get_by_role("group", name="¿Lo has denunciado a la policía?")
    expect(group).to_have_count(0)
    expect(police).to_have_count(0)
    digits.fill("99")
    page.select_option("#f_loss_kind", label="Me la han robado")
    group.get_by_label("Sí").check()
    report = page.get_by_label("Número de la denuncia")
    expect(report).to_be_visible()
    expect(digits).to_have_value("99")
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    page.get_by_role("button", name="Enviar a una persona").click()
    expect(page.get_by_text("Responde a esto, por favor.")).to_have_count(1)
    expect(page.get_by_text("No tiene el formato correcto.")).to_have_count(1)
    expect(page.locator("#body")).to_have_value("No la encuentro desde ayer.")
    page.get_by_label("Últimas cuatro cifras de la tarjeta").fill("4821")
    page.get_by_label("Número de la denuncia").fill("D-77")
    page.get_by_role("button", name="Enviar a una persona").click()
    page.wait_for_url(lambda address: "/new" not in address)
    page.get_by_text("Lo que nos dijiste").click()
    expect(page.get_by_text("Me la han robado")).to_be_visible()
    assert [said for said in one.complaints if "422" not in said] == [], (
        "the browser notes the refused form itself"
    )


@pytest.mark.req(85)
def test_without_script_every_question_that_applies_is_reached_before_anything_is_sent(
    visit: Visitor,
) -> None:
    page = visit(java_script_enabled=False).page()
    page.goto("/requests/new")
    page.fill("#subject", "Stolen card")
    page.fill("#body", "Somebody took it.")
    page.fill("#email", "noscript@example.test")
    page.select_option("#form", "lost_card")
    page.get_by_role("button", name="Send to a person").click()
    page.get_by_label("Last four digits of the card").fill("1234")
    page.select_option("#f_loss_kind", "stolen")
    page.get_by_role("button", name="Send to a person").click()
    page.get_by_role("group", name="Have you reported it to the police?").get_by_label("No").check()
    expect(page.get_by_label("Last four digits of the card")).to_have_value("1234")
    page.get_by_role("button", name="Send to a person").click()
    page.wait_for_url("**/requests/sent?number=*")
