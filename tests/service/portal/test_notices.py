"""Notices: shown where customers look first, answered in a click, written by leads in two languages."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.core import contract as c
from services.portal.web.notices import FRESH
from tests.service.portal.fakes import NOW
from tests.service.portal.rig import Rig


def told(rig: Rig, **values: Any) -> c.Announcement:
    given: dict[str, Any] = {
        "id": uuid4(), "title": {"en": "Cards are slow", "es": "Las tarjetas van lentas"},
        "body": {"en": "We <b>work</b> on it.", "es": "Estamos en ello."}, "severity": "caution", "starts_at": NOW,
        "ends_at": None, "happens_at": None, "audience": "everybody", "audience_value": "", "problem": 1042,
        "mail": False, "mailed": 0, "affected": 0, "version": 1, "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    made = c.Announcement(**given | values)
    rig.core.told.append(made)
    return made


@pytest.mark.req(65)
async def test_a_notice_stands_in_the_help_centre_beside_new_requests_and_in_the_widget(rig: Rig) -> None:
    told(rig)
    for path in ("/", "/?q=charged", "/help/en/charged-twice", "/help/sections/cards", "/requests/new"):
        page = await rig.http.get(path)
        assert "Cards are slow" in page.text, path
        assert "We &lt;b&gt;work&lt;/b&gt; on it." in page.text
    assert "Estamos en ello." in (await rig.http.get("/", headers={"accept-language": "es"})).text
    widget = await rig.http.get("/widget/api/desk?lang=es", headers={"origin": "http://127.0.0.1:8000"})
    assert widget.json()["notices"][0]["title"] == "Las tarjetas van lentas"


@pytest.mark.req(65)
async def test_a_notice_for_some_is_not_shown_to_visitors(rig: Rig) -> None:
    told(rig, audience="tag", audience_value="terminal", title={"en": "For some"})
    assert "For some" not in (await rig.http.get("/")).text
    await rig.sign_in()
    assert "For some" in (await rig.http.get("/")).text
    visitor = rig.another_browser()
    assert "For some" not in (await visitor.get("/")).text, "what one person sees is kept for nobody else"
    await visitor.aclose()


async def test_pages_ask_core_now_and_then_and_go_on_without_it(rig: Rig) -> None:
    told(rig)
    for _ in range(5):
        await rig.http.get("/")
    assert rig.core.asked_for_notices == 1
    rig.core.away = True
    rig.clock.advance(timedelta(seconds=FRESH + 1))
    page = await rig.http.get("/")
    assert (page.status_code, "Cards are slow" in page.text) == (200, True)


@pytest.mark.req(36)
async def test_this_affects_me_is_one_click_and_no_page_of_its_own(rig: Rig) -> None:
    one = told(rig)
    answer = await rig.post(f"/notices/{one.id}/affected", {"next": "/requests/new"})
    assert answer.headers["location"] == "/requests/new"
    [(given, visitor, token)] = rig.core.affects
    assert (given, token) == (one.id, None)
    assert len(visitor) > 20
    gone = await rig.post(f"/notices/{uuid4()}/affected", {"next": "//evil.example"})
    assert (gone.status_code, gone.headers["location"]) == (303, "/")


@pytest.mark.req(65)
async def test_the_link_in_a_mail_changes_nothing_until_its_button_is_pressed(rig: Rig) -> None:
    page = await rig.http.get("/notices/mail/abc.def")
    assert "No such mail any more" in page.text
    assert rig.core.wishes == {"abc.def": True}
    saved = await rig.post("/notices/mail/abc.def", {"wanted": "no"})
    assert "Send them to me again" in saved.text
    assert rig.core.wishes == {"abc.def": False}
    assert (await rig.http.get("/notices/mail/abc.xyz")).status_code == 404


FORM = {
    "title_en": "Maintenance on Sunday", "title_es": "Mantenimiento el domingo", "body_en": "Two hours.",
    "severity": "info", "starts_at": "2026-11-20T10:00", "happens_at": "2026-11-22T02:00", "audience": "tag",
    "audience_value": "terminal", "mail": "1", "act": "save",
}  # fmt: skip


@pytest.mark.req(65)
async def test_a_lead_writes_one_and_nothing_typed_is_lost_when_it_is_refused(admin: Rig) -> None:
    refused = await admin.post("/admin/notices", FORM | {"starts_at": ""})
    assert refused.status_code == 422
    for kept in ("Maintenance on Sunday", "Mantenimiento el domingo", "Two hours.", "terminal"):
        assert kept in refused.text
    assert "Say from when it is shown." in refused.text
    saved = await admin.post("/admin/notices", FORM)
    assert saved.status_code == 303
    [made] = admin.core.told
    assert (made.title["es"], made.mail, made.happens_at is not None) == (
        "Mantenimiento el domingo",
        True,
        True,
    )
    page = (await admin.http.get(saved.headers["location"])).text
    assert 'value="2026-11-22T02:00"' in page
    about = (await admin.http.get("/admin/notices?problem=1042")).text
    assert "Cobro duplicado en mi tarjeta" in about
    assert 'name="problem" type="text" value="1042"' in about


async def test_agents_who_are_no_leads_do_not_speak_for_the_desk(agent: Rig) -> None:
    assert (await agent.http.get("/admin/notices")).status_code == 403
    assert (await agent.post("/admin/notices", FORM)).status_code == 403
