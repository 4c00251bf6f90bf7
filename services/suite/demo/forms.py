"""The demo desk's own fields, its forms and a template."""

from typing import Any

import sqlalchemy as sa

from services.common.ids import uuid7
from services.core.models import contact, custom_field, form, ticket_template

YES_NO: dict[str, Any] = {"kind": "yes_no"}


def _field(key: str, en: str, es: str, **values: Any) -> dict[str, Any]:
    common: dict[str, Any] = {
        "id": uuid7(), "key": key, "target": "ticket", "kind": "text", "name": {"en": en, "es": es}, "help": {},
        "options": [], "visibility": "customer", "required": False, "required_for": [], "minimum": "", "maximum": "",
        "pattern": "", "source": "", "position": 100, "active": True, "version": 1,
    }  # fmt: skip
    return common | values


def _options(*each: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "name": {"en": en, "es": es}} for key, en, es in each]


LOSSES = _options(
    ("lost", "I lost it", "La he perdido"), ("stolen", "It was stolen", "Me la han robado"),
    ("never_came", "It never came", "Nunca llegó"),
)  # fmt: skip
REFUNDS = _options(
    ("full", "Refunded", "Reembolsado"), ("part", "Part of it", "En parte"), ("none", "Refused", "Denegado")
)
FIELDS = [
    _field("card_digits", "Last four digits of the card", "Últimas cuatro cifras de la tarjeta", required=True,
           pattern="[0-9]{4}", source="known_card", position=10,
           help={"en": "They are on your statement, too.", "es": "También están en tu extracto."}),
    _field("loss_kind", "What happened to the card?", "¿Qué ha pasado con la tarjeta?", kind="choice", required=True,
           position=20, options=LOSSES),
    _field("last_use", "When did you use it last?", "¿Cuándo la usaste por última vez?", kind="date", position=30),
    _field("police", "Have you reported it to the police?", "¿Lo has denunciado a la policía?", **YES_NO, position=40),
    _field("police_report", "Number of the report", "Número de la denuncia", maximum="40", position=50),
    _field("payment_amount", "Amount in euros", "Importe en euros", kind="amount", required=True, minimum="0.01",
           maximum="1000000", position=60),
    _field("payment_day", "Day of the payment", "Día del pago", kind="date", required=True, position=70),
    _field("merchant", "Shop or company", "Tienda o empresa", position=80),
    _field("recognised", "Do you recognise this payment?", "¿Reconoces este pago?", **YES_NO, required=True,
           position=90),
    _field("asked_shop", "Have you spoken with the shop?", "¿Has hablado con la tienda?", **YES_NO, position=100),
    _field("refund", "Decision on the refund", "Decisión sobre el reembolso", kind="choice", visibility="staff",
           required_for=["solved", "closed"], position=110,
           options=REFUNDS),
    _field("known_card", "Card (last four digits)", "Tarjeta (últimas cuatro cifras)", target="contact",
           pattern="[0-9]{4}", position=200),
    _field("branch", "Home branch", "Sucursal", target="contact", visibility="staff", position=210),
]  # fmt: skip


def _asks(key: str, *when: tuple[str, str], required: bool = False) -> dict[str, Any]:
    conditions = [{"field": field, "op": "is", "value": [value]} for field, value in when]
    return {"field": key, "required": required, "when": conditions}


def _form(key: str, en: str, es: str, asks: list[dict[str, Any]], **values: Any) -> dict[str, Any]:
    common: dict[str, Any] = {
        "id": uuid7(), "key": key, "name": {"en": en, "es": es}, "description": {}, "audience": "customer",
        "category": None, "type": None, "tags": [], "asks": asks, "position": 100, "active": True, "version": 1,
    }  # fmt: skip
    return common | values


FORMS = [
    _form("lost_card", "My card is lost or stolen", "He perdido la tarjeta o me la han robado", [
        _asks("loss_kind"), _asks("card_digits"), _asks("last_use"),
        _asks("police", ("loss_kind", "stolen"), required=True),
        _asks("police_report", ("loss_kind", "stolen"), ("police", "yes"), required=True),
    ], category="lost_or_stolen_card", type="incident", position=10,
        description={"en": "You can block the card in the app at once; we do the rest.",
                     "es": "Puedes bloquear la tarjeta al momento en la app; nosotros hacemos lo demás."}),
    _form("payment", "A payment or a charge", "Un pago o un cobro", [
        _asks("payment_amount"), _asks("payment_day"), _asks("merchant"), _asks("recognised"),
        _asks("asked_shop", ("recognised", "yes")), _asks("refund", ("recognised", "no")),
    ], category="card_payments", position=20),
]  # fmt: skip
TEMPLATE: dict[str, Any] = {
    "key": "call_lost_card", "name": "Call: lost card / Llamada: tarjeta perdida", "subject": "Lost card (by phone)",
    "body": "The customer called about a lost card.\nBlocked during the call: \nNew card goes to: ",
    "form": "lost_card", "fields": {"loss_kind": "lost"}, "category": "lost_or_stolen_card", "priority": "high",
    "team": None, "type": "incident", "tags": [], "active": True, "version": 1,
}  # fmt: skip
CUSTOMER = "customer@demo.test"


def load_forms(conn: sa.Connection) -> None:
    """Write them where there are none."""
    if conn.execute(sa.select(custom_field.c.id).limit(1)).first() is not None:
        return
    conn.execute(custom_field.insert(), FIELDS)
    conn.execute(form.insert(), FORMS)
    conn.execute(ticket_template.insert(), {"id": uuid7(), **TEMPLATE})
    known = {"known_card": "4821", "branch": "Valencia"}
    conn.execute(contact.update().where(contact.c.email == CUSTOMER).values(fields=known))
