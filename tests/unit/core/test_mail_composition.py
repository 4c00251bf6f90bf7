"""Composing mail: two bodies, headers that nobody breaks out of, and no template but ours."""

from email import message_from_bytes, policy

import pytest

from services.core.outgoing.compose import Draft, Enclosure, Headers, envelope, locale_of, written
from tests.support.effort import within

HEADERS = Headers(
    mail_from="support@desk.test", sender="Grace", to="ana@example.com", subject="Re: Card", mail_id="1.2@desk.test"
)  # fmt: skip


def draft(**values: object) -> Draft:
    given = {"locale": "en", "subject": "Re: Card", "sender": "Grace", "text": "Hello.", "number": 1042}
    return Draft(**{**given, "link": "https://desk.test/requests/1042", **values})  # type: ignore[arg-type]


@pytest.mark.req(42)
def test_a_mail_has_text_and_html_with_its_styles_inside() -> None:
    text, html = written(draft(locale="es", text="Hola.\n\nTu tarjeta llega mañana."))
    assert "Tu tarjeta llega mañana." in text
    assert "Responde a este correo" in text
    assert "https://desk.test/requests/1042" in html
    assert "<style" not in html
    assert 'style="' in html
    assert '<html lang="es"' in html


@pytest.mark.hard("S-11")
@pytest.mark.parametrize(
    "evil", ["{{7*7}}", "{{ ''.__class__ }}", "{% for x in y %}", "${7*7}", "#{7*7}", "<%= 7*7 %>"]
)
def test_what_people_write_is_never_a_template(evil: str) -> None:
    text, html = written(draft(text=evil, sender=evil, subject=evil))
    assert evil in text
    assert "49" not in text + html.replace("49px", "")


@pytest.mark.hard("S-51")
def test_html_of_a_message_is_sanitised_on_its_way_out() -> None:
    _, html = written(
        draft(html='<p onclick="x()">Hi<script>x()</script><img src="https://spy.test/1.gif"></p>')
    )
    assert "script" not in html
    assert "onclick" not in html


@pytest.mark.hard("S-12")
@pytest.mark.parametrize("text", ["<" * 300_000, "> " * 100_000, "{{" * 150_000, "a" * 300_000])
def test_a_huge_text_is_composed_within_two_seconds(text: str) -> None:
    with within(2):
        written(draft(text=text))


def test_line_breaks_in_names_make_no_headers() -> None:
    headers = Headers(
        mail_from="support@desk.test", sender='Grace"\r\nBcc: spy@evil.test', to="ana@example.com",
        subject="Card\r\nBcc: spy@evil.test", mail_id="1.2@desk.test", answers=["a@b", "c@d"],
    )  # fmt: skip
    mail = message_from_bytes(envelope(headers, "x", "<p>x</p>").as_bytes(), policy=policy.default)
    assert mail["Bcc"] is None
    assert mail["In-Reply-To"] == "<c@d>"
    assert mail["References"] == "<a@b> <c@d>"


def test_a_persons_reply_is_no_automatic_mail_and_a_rules_is() -> None:
    assert envelope(HEADERS, "x", "")["Auto-Submitted"] is None
    HEADERS.automatic = True
    mail = envelope(HEADERS, "x", "")
    HEADERS.automatic = False
    assert (mail["Auto-Submitted"], mail["Precedence"]) == ("auto-generated", "bulk")
    assert mail["X-Triaje-Loop"]


def test_files_travel_with_a_type_that_cannot_confuse() -> None:
    files = [Enclosure("a.png", "image/png", b"x"), Enclosure("b.eml", "message/rfc822", b"y")]
    mail = envelope(HEADERS, "x", "<p>x</p>", files)
    assert [p.get_content_type() for p in mail.iter_attachments()] == [
        "image/png",
        "application/octet-stream",
    ]


def test_the_first_language_with_words_is_taken() -> None:
    assert (locale_of("es", "en"), locale_of("fr", "es"), locale_of("und", None)) == ("es", "es", "en")
