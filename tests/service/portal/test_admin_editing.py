"""Categories and people, changed on their pages."""

import re

import pytest

from tests.service.portal.rig import Rig


@pytest.mark.req(49, 50)
async def test_a_category_is_added_renamed_moved_and_switched_off(admin: Rig) -> None:
    page = (await admin.http.get("/admin/categories")).text
    key = re.search(r'name="key" value="([^"]+)"', page)[1]  # type: ignore[index]
    form = {
        "do": "save",
        "key": key,
        "version": "1",
        "name_en": "Plastic",
        "name_es": "Plástico",
        "parent": "",
    }
    answer = await admin.post("/admin/categories", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/categories")
    what, changed, body = admin.core.acts[-1]
    assert (what, changed, body.active, body.parent) == ("category", key, False, None)
    assert body.name == {"en": "Plastic", "es": "Plástico"}
    await admin.post("/admin/categories", {"do": "add", "key": "phones", "name_en": "Phones", "parent": key})
    assert admin.core.acts[-1] == ("add category", "phones", {"en": "Phones"})
    before = len(admin.core.acts)
    await admin.post("/admin/categories", {**form, "version": "7"})
    await admin.post("/admin/categories", {"do": "add", "key": "Not A Key", "name_en": "x"})
    assert len(admin.core.acts) == before


@pytest.mark.req(125)
async def test_a_colleague_is_invited_given_roles_and_switched_off(admin: Rig) -> None:
    invited = {
        "do": "invite",
        "email": "new@example.org",
        "name": "New One",
        "roles": ["agent", "lead", "root"],
    }
    await admin.post("/admin/people", invited)
    assert admin.core.acts[-1] == ("invite", "new@example.org", ["agent", "lead"])
    page = (await admin.http.get("/admin/people")).text
    id_ = re.search(r'name="id" value="([^"]+)"', page)[1]  # type: ignore[index]
    form = {"do": "save", "id": id_, "version": "1", "name": "Renamed", "roles": "light", "capacity": "5"}
    await admin.post("/admin/people", form)
    what, who, body = admin.core.acts[-1]
    assert (what, who, body.name, body.roles, body.active) == ("person", id_, "Renamed", ["light"], False)


@pytest.mark.req(56, 57)
async def test_skills_capacity_and_who_is_away_are_kept_on_the_page(admin: Rig) -> None:
    page = (await admin.http.get("/admin/people")).text
    id_ = re.search(r'name="id" value="([^"]+)"', page)[1]  # type: ignore[index]
    form = {
        "do": "save", "id": id_, "version": "1", "name": "Luis", "roles": "agent", "capacity": "7",
        "skills": "Card_Arrival, topup,", "languages": "es, en", "asked": "1", "away": "1",
    }  # fmt: skip
    await admin.post("/admin/people", form)
    body = admin.core.acts[-1][2]
    assert (body.capacity, body.skills, body.languages) == (7, ["card_arrival", "topup"], ["en", "es"])
    assert admin.triage.actions == [f"away [UUID('{id_}')]"]
    admin.triage.away = True
    assert "Triage is away" not in (await admin.http.get("/admin/people")).text
    await admin.post("/admin/people", form)
    assert "Triage is away" in (await admin.http.get("/admin/people")).text


@pytest.mark.req(125)
async def test_agents_change_neither(agent: Rig) -> None:
    for path in ("/admin/categories", "/admin/people"):
        assert (await agent.post(path, {"do": "add", "key": "x"})).status_code == 403
    assert agent.core.acts == []
