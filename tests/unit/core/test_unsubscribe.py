"""Mail that nobody has to get says in its headers how to stop it."""

import pytest

from services.core.outgoing.compose import Headers, envelope
from services.core.outgoing.jobs import _stop

LINK = "https://desk.example/notices/mail/abc.def"


def headers(**values: str) -> Headers:
    return Headers(
        mail_from="desk@desk.example", sender="Desk", to="ana@example.com", subject="News", mail_id="1@desk.example",
        automatic=True, **values,
    )  # fmt: skip


@pytest.mark.req(65)
def test_a_mail_with_a_way_out_names_it_in_its_header_and_no_other_mail_does() -> None:
    assert envelope(headers(unsubscribe=LINK), "text", "")["List-Unsubscribe"] == f"<{LINK}>"
    assert "List-Unsubscribe" not in envelope(headers(), "text", "")


def test_the_desks_own_link_stands_last_whatever_the_author_wrote() -> None:
    text = f"See https://evil.example/notices/mail/x first.\n\nNo such mail any more: {LINK}"
    assert _stop(text) == LINK
    assert _stop("no link at all") == ""
