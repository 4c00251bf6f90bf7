"""The questions of an inquiry's form: which are asked after which answers is core's word, for pages as for the API."""

from typing import Any

import msgspec

from services.common.errors import DeskError
from services.core.contract import FormCheck, RequestForm
from services.portal.forms.views import PREFIX, Fields, FieldView, answers_of
from services.portal.web.forms import Form
from services.portal.web.i18n import pick
from services.portal.web.labels import N_
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

MORE = N_("There are a few more questions for this. Please look at them before you send.")
NEVER = frozenset({"not_shown", "forbidden", "unknown"})
"""Problems with answers that are left from a question that is no longer asked: they are not sent."""


class Questions(msgspec.Struct, kw_only=True):
    """What a page asks. ``kinds`` are the inquiries to choose from, ``seen`` what the browser has been shown."""

    kinds: list[tuple[str, str]] = []
    key: str = ""
    description: str = ""
    views: list[FieldView] = []
    seen: list[str] = []
    answers: dict[str, Any] = {}
    wrong: bool = False
    """Something stands in the way of sending: an answer that lacks or does not fit."""
    fresh: bool = False
    """There are questions that the browser has not been shown."""
    note: str = ""
    kept: list[tuple[str, str]] = []
    """Names and values of what was answered, while nobody can say what was asked."""

    @property
    def values(self) -> dict[str, Any]:
        """The answers to what is asked."""
        asked = {view.key for view in self.views}
        return {key: value for key, value in self.answers.items() if key in asked and value not in ("", [])}


def put_by(form: Form) -> Questions:
    """The answers of a page as they are, to be sent again with it while core is away."""
    names = [name for name in form.lists if name.startswith(PREFIX) or name in {"form", "seen", "seen_form"}]
    return Questions(kept=[(name, value) for name in names for value in form.lists[name]])


async def empty(portal: Portal, viewer: Viewer, key: str = "") -> Questions:
    """The questions of a page that nobody has filled in yet. Without core there are none, and the page works."""
    return await questions(portal, viewer, Form({"form": key}, {}, []))


async def questions(portal: Portal, viewer: Viewer, form: Form, *, sent: bool = False) -> Questions:
    """What is asked after the answers in ``form``; with ``sent``, what is wrong with them too."""
    token = portal.token(viewer)
    try:
        forms = [one for one in await portal.core.forms(token=token) if one.active is not False]
        chosen = next((one for one in forms if one.key == form.text("form", 80)), None)
        found = Questions(kinds=[(one.key, pick(one.name, viewer.locale)) for one in forms])
        if chosen is not None:
            await _fill(portal, viewer, found, chosen, form, sent)
    except DeskError:
        if sent:
            raise
        return Questions()
    return found


async def _fill(
    portal: Portal, viewer: Viewer, found: Questions, chosen: RequestForm, form: Form, sent: bool
) -> None:
    before = set(form.text("seen", 8000).split()) if form.text("seen_form", 80) == chosen.key else set()
    typed = answers_of(form, chosen.fields)
    known = {key: value for key, value in chosen.prefill.items() if key not in before}
    found.key, found.answers = chosen.key, {**known, **typed}
    found.description = pick(chosen.description, viewer.locale)
    check = await portal.core.check_form(chosen.key, found.answers, token=portal.token(viewer))
    errors = _errors(check) if sent else {}
    definitions = {field.key: field for field in chosen.fields}
    maker = Fields(portal.pages, viewer)
    found.views = [
        maker.view(
            definitions[key],
            found.answers.get(key),
            required=key in check.required,
            error=errors.get(key, "") if key in before else "",
        )
        for key in check.shown
    ]
    found.seen, found.wrong = check.shown, bool(errors)
    found.fresh = sent and bool(set(check.shown) - before)
    found.note = portal.pages.text(viewer, MORE) if found.fresh else ""


def _errors(check: FormCheck) -> dict[str, str]:
    return {error["field"]: error["code"] for error in check.errors if error["code"] not in NEVER}
