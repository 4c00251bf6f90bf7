"""Where a ticket stands towards the desk's fields: its form, what that asks for, what lacks. Pure, over a taxonomy."""

from collections.abc import Mapping
from typing import Any

from services.common.errors import FieldError, Invalid
from services.common.http import Actor
from services.core.contract import CustomField
from services.core.fields.kinds import Wrong, is_empty, problem, stored
from services.core.fields.rules import Outcome, evaluate
from services.core.taxonomy.lookups import FormEntry, Taxonomy


def is_outside(actor: Actor) -> bool:
    """Customers, and the portal that writes for visitors: what is the desk's own is not theirs."""
    return actor.kind not in {"staff", "token"}


def visible_to(taxonomy: Taxonomy, actor: Actor, target: str = "ticket") -> frozenset[str]:
    """Keys of the fields that ``actor`` may see and fill."""
    outside = is_outside(actor)
    return frozenset(
        field.key
        for field in taxonomy.fields.values()
        if field.target == target and not (outside and field.visibility == "staff")
    )


def public(field: CustomField) -> CustomField:
    """A definition without what is the desk's own matter."""
    values = {name: getattr(field, name) for name in CustomField.__struct_fields__}
    return CustomField(**{**values, "required_for": [], "source": ""})


def form_for(taxonomy: Taxonomy, key: str | None, actor: Actor) -> FormEntry | None:
    """The form that ``actor`` may fill in, or None."""
    found = taxonomy.forms.get(key or "")
    if found is None or not found.active or (is_outside(actor) and found.audience == "staff"):
        return None
    return found


def governing(taxonomy: Taxonomy, ticket: Mapping[str, Any]) -> FormEntry | None:
    """The form that a ticket is held to: the one it came by, else the first of its category or the next above."""
    if ticket["form"] in taxonomy.forms:
        return taxonomy.forms[ticket["form"]]
    for key in reversed(taxonomy.path(ticket["category"]) if ticket["category"] else []):
        for form in taxonomy.forms.values():
            if form.active and form.category == key:
                return form
    return None


def standing(taxonomy: Taxonomy, ticket: Mapping[str, Any]) -> Outcome:
    """What the ticket's form asks for as the ticket stands, with everything that the desk may see."""
    form = governing(taxonomy, ticket)
    everything = frozenset(taxonomy.fields)
    return evaluate(form.items if form else [], taxonomy.fields, ticket["fields"], visible=everything)


def lacking(taxonomy: Taxonomy, ticket: Mapping[str, Any]) -> list[str]:
    """Keys of fields that the ticket's form wants and the ticket has not."""
    return [key for key in standing(taxonomy, ticket).required if is_empty(ticket["fields"].get(key))]


def needed_for(taxonomy: Taxonomy, ticket: Mapping[str, Any], status_category: str) -> list[str]:
    """Keys of absent fields without which the ticket does not get a status of ``status_category``.

    A field applies where the ticket's form asks for it; one that no form has applies to every ticket.
    """
    wanting = [f for f in general_and_own(taxonomy, ticket) if status_category in f.required_for]
    return [field.key for field in wanting if is_empty(ticket["fields"].get(field.key))]


def general_and_own(taxonomy: Taxonomy, ticket: Mapping[str, Any]) -> list[CustomField]:
    """The active fields that apply to a ticket: those of its form in its order, then those that no form has."""
    own = standing(taxonomy, ticket).shown
    in_forms = {item.field for form in taxonomy.forms.values() if form.active for item in form.items}
    general = [
        key
        for key, field in taxonomy.fields.items()
        if field.active and field.target == "ticket" and key not in in_forms and key not in own
    ]
    return [taxonomy.fields[key] for key in [*own, *general]]


def answers_of(
    taxonomy: Taxonomy, form_key: str | None, answers: dict[str, Any], actor: Actor
) -> tuple[dict[str, Any], list[FieldError]]:
    """The answers that a new ticket keeps, and what is wrong with them.

    With a form, clients and customers are held to all of it. Agents write down what they have: what lacks, the
    ticket shows. Without one, customers may fill what is theirs to fill, clients may bring facts of their own.
    """
    form = form_for(taxonomy, form_key, actor)
    if form_key and form is None:
        return answers, [FieldError("form", "There is no such form.", "unknown")]
    if actor.kind == "staff" or (form is None and not is_outside(actor)):
        return answers, []
    visible = visible_to(taxonomy, actor)
    if form is not None:
        outcome = evaluate(form.items, taxonomy.fields, answers, visible=visible)
        return outcome.values, outcome.problems
    return answers, [
        problem(key, "forbidden" if key in taxonomy.fields else "unknown")
        for key in answers
        if key not in visible or not taxonomy.fields[key].active
    ]


def presets_of(taxonomy: Taxonomy, form_key: str) -> dict[str, Any]:
    """What a form sets on its tickets. A category with others below it is left to who decides between those."""
    form = taxonomy.forms[form_key]
    category = taxonomy.category_key(form.category) if form.category else None
    category = None if category in taxonomy.parents() else category
    found = {"category": category, "type": form.type, "tags": sorted(form.tags)}
    return {name: value for name, value in found.items() if value}


def contact_values(taxonomy: Taxonomy, old: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """A contact's fields with ``given`` merged in; raises :class:`Invalid` with all that does not fit."""
    result, problems = dict(old), []
    for key, value in given.items():
        field = taxonomy.fields.get(key)
        if field is None or field.target != "contact":
            problems.append(problem(key, "unknown"))
            continue
        try:
            result[key] = stored(field, value)
        except Wrong as wrong:
            problems.append(problem(key, wrong.code))
    if problems:
        raise Invalid(errors=problems)
    return {key: value for key, value in result.items() if value is not None}
