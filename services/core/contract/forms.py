"""The desk's own fields, forms and ticket templates."""

from datetime import datetime
from typing import Any, Literal, get_args

from msgspec import UNSET, Struct, UnsetType

from services.core.contract.vocabulary import Input, Key, SetBy, Translated

FieldKind = Literal[
    "text",
    "long_text",
    "number",
    "amount",
    "date",
    "yes_no",
    "choice",
    "choices",
    "email",
    "url",
    "phone",
]
FIELD_KINDS: tuple[FieldKind, ...] = get_args(FieldKind)
CONDITION_OPS = ("is", "is_not", "filled", "empty", "at_least", "at_most")


class FieldOption(Struct, kw_only=True, forbid_unknown_fields=True):
    """One value of a choice: ``key`` is what is stored, ``name`` what people read."""

    key: Key
    name: Translated


class CustomField(Struct, kw_only=True):
    """A field of this desk's own, on tickets or on contacts.

    Values are stored by ``key``, the same in every language: texts as text, a number as an integer, an amount as
    a decimal in text, a date as ``YYYY-MM-DD``, yes or no as a boolean, choices as a list of option keys.
    """

    key: str
    target: Literal["ticket", "contact"]
    kind: FieldKind
    name: Translated
    help: Translated
    options: list[FieldOption]
    visibility: Literal["customer", "staff"]
    """``staff``: customers neither see nor fill it."""
    required: bool
    """A form that shows it wants it; a ticket without it lacks something."""
    required_for: list[str]
    """Status categories that a ticket reaches only with it, where it applies."""
    minimum: str
    """Least number, amount or date, or fewest characters of a text; empty for none."""
    maximum: str
    pattern: str
    """Regular expression, without look-around and back-references, that a whole text matches; empty for none."""
    source: str
    """Contact field, ``name``, ``email`` or ``organization``: what a signed-in customer's answer begins with."""
    position: int
    active: bool
    version: int


class CustomFieldInput(Input):
    """Body of ``PUT /api/v1/fields/{key}``. ``version`` is the one that was read, 0 for a new field."""

    kind: FieldKind
    name: Translated
    target: Literal["ticket", "contact"] = "ticket"
    help: Translated = {}
    options: list[FieldOption] = []
    visibility: Literal["customer", "staff"] = "customer"
    required: bool = False
    required_for: list[str] = []
    minimum: str = ""
    maximum: str = ""
    pattern: str = ""
    source: str = ""
    position: int = 100
    active: bool = True
    version: int = 0


class FieldRetired(Struct, kw_only=True):
    """``deleted``, or switched off because tickets, contacts or forms have it; what they hold stays."""

    key: str
    deleted: bool


class FormCondition(Struct, kw_only=True, forbid_unknown_fields=True):
    """What an earlier answer has to be. ``value`` has the alternatives; ``filled`` and ``empty`` need none."""

    field: str
    op: Literal["is", "is_not", "filled", "empty", "at_least", "at_most"] = "is"
    value: list[str] = []


class FormItem(Struct, kw_only=True, forbid_unknown_fields=True):
    """A field in its place. It is asked where every one of ``when`` holds among the answers above it."""

    field: str
    required: bool = False
    when: list[FormCondition] = []


class RequestForm(Struct, kw_only=True):
    """What is asked for one kind of inquiry.

    ``category``, ``type`` and ``tags`` are preset on its tickets; a ticket that came without a form is held to the
    first form of its category. ``fields`` defines what ``items`` name, as far as the reader may see it;
    ``prefill`` is what is known of a customer who is signed in. What is the desk's own is absent for customers.
    """

    key: str
    name: Translated
    description: Translated
    items: list[FormItem]
    fields: list[CustomField]
    position: int
    prefill: dict[str, Any] = {}
    audience: Literal["customer", "staff"] | UnsetType = UNSET
    category: str | UnsetType | None = UNSET
    type: str | UnsetType | None = UNSET
    tags: list[str] | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    version: int | UnsetType = UNSET


class RequestFormInput(Input):
    """Body of ``PUT /api/v1/forms/{key}``. ``version`` is the one that was read, 0 for a new form."""

    name: Translated
    description: Translated = {}
    items: list[FormItem] = []
    audience: Literal["customer", "staff"] = "customer"
    category: str | None = None
    type: str | None = None
    tags: list[str] = []
    position: int = 100
    active: bool = True
    version: int = 0


class FormAnswers(Input):
    """Answers by key of the field."""

    fields: dict[str, Any] = {}


class FormCheck(Struct, kw_only=True):
    """What a form asks after these answers, and what is wrong with them; field errors are named by field key."""

    shown: list[str]
    required: list[str]
    errors: list[dict[str, str]]


class TicketField(Struct, kw_only=True):
    """A field beside a ticket: its definition, its value, who set it."""

    field: CustomField
    value: Any = None
    required: bool = False
    missing: bool = False
    set_by: SetBy | UnsetType = UNSET


class TicketForm(Struct, kw_only=True):
    """The fields of a ticket as its reader may see them. ``form`` is the one that it is held to."""

    number: int
    version: int
    form: str | None
    form_name: Translated
    fields: list[TicketField]
    missing: list[str]
    """Keys of what is required and absent."""
    may_ask: list[str]
    """Those of them that the customer can be asked for."""
    asked_at: datetime | None


class NewQuestion(Input):
    """Body of ``POST /tickets/{number}/questions``: which fields to ask for, all that can be asked unless said."""

    fields: list[str] | None = None


class TicketTemplate(Struct, kw_only=True):
    """What a new ticket begins with."""

    key: str
    name: str
    subject: str
    body: str
    form: str | None
    fields: dict[str, Any]
    category: str | None
    priority: str | None
    team: str | None
    type: str | None
    tags: list[str]
    active: bool
    version: int


class TicketTemplateInput(Input):
    """Body of ``PUT /api/v1/ticket-templates/{key}``. ``version`` is the one that was read, 0 for a new one."""

    name: str
    subject: str = ""
    body: str = ""
    form: str | None = None
    fields: dict[str, Any] = {}
    category: str | None = None
    priority: str | None = None
    team: str | None = None
    type: str | None = None
    tags: list[str] = []
    active: bool = True
    version: int = 0
