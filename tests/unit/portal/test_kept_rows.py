"""Lines of queues that are kept, and sentences that are translated when a template is compiled."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jinja2
import pytest

from services.common.errors import Unauthorized, Unavailable
from services.core.contract import Person
from services.portal.agent.queue import RowView
from services.portal.web.fixed import Environment
from services.portal.web.pages import environment
from services.portal.web.people import signed_in
from services.portal.web.viewer import Session, Viewer

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
ROWS = '{% from "components/queue.html" import queue_row with context %}{{ row|kept_row(queue_row, chosen, "open") }}'


def line(language: str, row: RowView, now: datetime = NOW, chosen: bool = False) -> str:
    template = environment(language).from_string(ROWS)
    return template.render(row=row, now=now, viewer=Viewer(locale=language), chosen=chosen)


def row(**values: Any) -> RowView:
    return RowView(**({"number": 7, "subject": "Lost card", "who": "Ana", "at": NOW} | values))


def test_a_line_is_made_anew_when_anything_in_it_reads_otherwise() -> None:
    first = line("en", row())
    assert line("en", row()) == first
    assert "Lost <b>" not in line("en", row(subject="Lost <b>"))
    assert line("en", row(subject="Found card")) != first
    assert line("en", row(), chosen=True) != first
    assert line("en", row(), NOW + timedelta(hours=2)) != first
    assert line("es", row(subject="")) != line("en", row(subject=""))


def test_a_deadline_goes_on_running_in_a_kept_line() -> None:
    due = row(due=NOW + timedelta(minutes=90))
    readings = {line("en", due, NOW + timedelta(minutes=n)) for n in (0, 45, 89, 120)}
    assert len(readings) == 4


def compiled(source: str, translate: Any) -> jinja2.Template:
    env = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    env.install_gettext_callables(translate, translate, newstyle=True)  # type: ignore[attr-defined]
    env.translate = translate
    return env.from_string(source)


def test_a_fixed_sentence_is_translated_once_and_one_with_values_each_time() -> None:
    asked: list[str] = []

    def translate(text: str) -> str:
        asked.append(text)
        return {"Save": "Guardar & más", "Hello %(name)s": "Hola %(name)s"}.get(text, text)

    template = compiled(
        "{{ _('Save') }}|{{ x or _('100%%') }}|{{ _('Hello %(name)s', name=name) }}", translate
    )
    for name in ("Ana", "<b>"):
        found = template.render(x="", name=name)
    assert found == "Guardar & más|100%|Hola &lt;b&gt;"
    assert asked.count("Save") == 1
    assert asked.count("Hello %(name)s") == 2


@pytest.mark.hard("R-07")
def test_a_session_whose_token_could_not_be_renewed_does_not_act_as_the_portal_itself() -> None:
    person = Person(
        id="1", kind="contact", name="Ana", email="a@b.test", roles=["customer"], scopes=[], locale="en"
    )
    session = Session(key="k", handle="h", person=person, token="", token_at=0, expires_at=NOW)
    with pytest.raises(Unavailable):
        signed_in(Viewer(session=session, token=""))
    with pytest.raises(Unauthorized):
        signed_in(Viewer())
    assert signed_in(Viewer(session=session, token="t"))
