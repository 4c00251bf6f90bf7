"""Fields as a page shows them, and the answers that a form brings back."""

from datetime import date
from typing import Any

import msgspec
from babel.dates import format_date

from services.core.contract import CustomField
from services.portal.web.forms import Form
from services.portal.web.i18n import pick
from services.portal.web.labels import N_
from services.portal.web.pages import Pages
from services.portal.web.viewer import Viewer

PREFIX = "f_"
PROBLEMS = {
    "required": N_("Please answer this."),
    "invalid": N_("This does not fit here."),
    "not_a_choice": N_("Choose one of the list."),
    "too_small": N_("At least %(minimum)s."),
    "too_large": N_("At most %(maximum)s."),
    "too_short": N_("At least %(minimum)s characters."),
    "too_long": N_("That is too long."),
    "pattern": N_("This does not have the right form."),
    "not_shown": N_("This is not asked with these answers."),
}
EXAMPLES = {
    "number": N_("Write a whole number, like 42."),
    "amount": N_("Write an amount, like 38.50."),
    "date": N_("Write a day, like 2026-11-25."),
    "email": N_("This does not look like an e-mail address."),
    "url": N_("Write an address that begins with https://"),
    "phone": N_("Write a telephone number, like +34 600 10 20 30."),
}
KINDS = {
    "text": N_("A line of text"),
    "long_text": N_("A longer text"),
    "number": N_("A whole number"),
    "amount": N_("An amount"),
    "date": N_("A day"),
    "yes_no": N_("Yes or no"),
    "choice": N_("One choice"),
    "choices": N_("Several choices"),
    "email": N_("An e-mail address"),
    "url": N_("A web address"),
    "phone": N_("A telephone number"),
}
YES, NO = N_("Yes"), N_("No")


class FieldView(msgspec.Struct, kw_only=True):
    """One field of a page. ``value`` is what its control holds, ``values`` what is ticked of several."""

    key: str
    name: str
    label: str
    help: str
    kind: str
    options: list[tuple[str, str]]
    value: str = ""
    values: list[str] = []
    required: bool = False
    error: str = ""
    staff_only: bool = False
    active: bool = True
    missing: bool = False
    set_by: str = ""
    length: str = ""


class Fields:
    """Turns definitions into views, in one viewer's language."""

    def __init__(self, pages: Pages, viewer: Viewer) -> None:
        self._pages, self._viewer = pages, viewer

    def _(self, text: str, **values: Any) -> str:
        return self._pages.text(self._viewer, text, **values)

    def view(self, field: CustomField, value: Any, *, required: bool = False, error: str = "") -> FieldView:
        """A field with its value, stored or as somebody typed it."""
        locale = self._viewer.locale
        options = [(option.key, pick(option.name, locale)) for option in field.options]
        if field.kind == "yes_no":
            options = [("yes", self._(YES)), ("no", self._(NO))]
        return FieldView(
            key=field.key,
            name=PREFIX + field.key,
            label=pick(field.name, locale),
            help=pick(field.help, locale),
            kind=field.kind,
            options=options,
            value=plain(value) if not isinstance(value, list) else "",
            values=[str(one) for one in value] if isinstance(value, list) else [],
            required=required or field.required,
            error=self.problem(field, error) if error else "",
            staff_only=field.visibility == "staff",
            active=field.active,
            length=field.maximum if field.kind in {"text", "long_text"} else "",
        )

    def problem(self, field: CustomField, code: str) -> str:
        """What is wrong with an answer, in words."""
        general = PROBLEMS["invalid"]
        text = EXAMPLES.get(field.kind, general) if code == "invalid" else PROBLEMS.get(code, general)
        return self._(text, minimum=field.minimum, maximum=field.maximum)

    def shown(self, field: CustomField, value: Any) -> str:
        """A stored value in words."""
        view = self.view(field, value)
        if field.kind == "date" and view.value:
            return str(format_date(date.fromisoformat(view.value), "long", locale=self._viewer.locale))
        names = dict(view.options)
        if field.kind == "choices":
            return ", ".join(names.get(one, one) for one in view.values)
        return names.get(view.value, view.value)


def plain(value: Any) -> str:
    """A stored value as its control holds it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(sorted(str(one) for one in value)) if isinstance(value, list) else str(value)


def answers_of(form: Form, fields: list[CustomField]) -> dict[str, Any]:
    """What was typed and ticked for ``fields``; a field that was not on the page is absent."""
    found: dict[str, Any] = {}
    for field in fields:
        name = PREFIX + field.key
        if field.kind == "choices":
            if name in form.lists:
                found[field.key] = [one for one in form.lists[name] if one]
        elif name in form.values:
            found[field.key] = form.whole(name)
    return found
