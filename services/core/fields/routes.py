"""Fields and forms over HTTP: anybody reads the forms that are for customers, admins keep them."""

from typing import Annotated

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from services.common.http import Actor, require
from services.core.contract import (
    CustomField,
    CustomFieldInput,
    FieldRetired,
    FormAnswers,
    FormCheck,
    NewQuestion,
    RequestForm,
    RequestFormInput,
    TicketForm,
)
from services.core.desk import Core
from services.core.fields import answers, definitions, forms
from services.core.settings import MAX_JSON
from services.core.taxonomy.routes import staff_only

NewKey = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_\-]{0,59}$")]


@get("/api/v1/fields", tags=["forms"])
async def list_fields(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> list[CustomField]:
    """The desk's own fields of tickets and contacts, in their order."""
    staff_only(actor)
    return await core.db.read(lambda conn: list(core.lookups.get(conn).fields.values()))


@put("/api/v1/fields/{key:str}", status_code=200, tags=["forms"])
async def keep_field(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    key: FromPath[NewKey],
    data: JSONBody[CustomFieldInput],
) -> CustomField:
    """Make a field (`version` 0) or change one. Its kind, and what it belongs to, stay. Admins only."""
    require(actor, "admin")
    return await core.write_once(lambda conn: definitions.keep(conn, core, key, data, actor))


@delete("/api/v1/fields/{key:str}", status_code=200, tags=["forms"])
async def retire_field(
    core: NamedDependency[Core], actor: NamedDependency[Actor], key: FromPath[str]
) -> FieldRetired:
    """Remove a field that holds nothing; one in use is switched off and keeps its values. Admins only."""
    require(actor, "admin")
    return await core.db.write(lambda conn: definitions.retire(conn, core, key, actor))


@get("/api/v1/forms", tags=["forms"])
async def list_forms(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> list[RequestForm]:
    """The forms that you may fill in, each with its fields; for who is signed in, with what is known of them."""
    return await core.db.read(lambda conn: forms.every(conn, core, actor))


@get("/api/v1/forms/{key:str}", tags=["forms"])
async def read_form(
    core: NamedDependency[Core], actor: NamedDependency[Actor], key: FromPath[str]
) -> RequestForm:
    """One form with its fields."""
    return await core.db.read(lambda conn: forms.one(conn, core, key, actor))


@post("/api/v1/forms/{key:str}/check", status_code=200, tags=["forms"], request_max_body_size=MAX_JSON)
async def check_form(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    key: FromPath[str],
    data: JSONBody[FormAnswers],
) -> FormCheck:
    """What the form asks after these answers, and what is wrong with them. Nothing is kept."""
    return await core.db.read(lambda conn: forms.check(conn, core, key, data, actor))


@put("/api/v1/forms/{key:str}", status_code=200, tags=["forms"])
async def keep_form(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    key: FromPath[NewKey],
    data: JSONBody[RequestFormInput],
) -> RequestForm:
    """Make a form (`version` 0) or change one. Admins only."""
    require(actor, "admin")
    return await core.write_once(lambda conn: forms.keep(conn, core, key, data, actor))


@get("/api/v1/tickets/{number:int}/form", tags=["forms"])
async def ticket_form(
    core: NamedDependency[Core], actor: NamedDependency[Actor], number: FromPath[int]
) -> TicketForm:
    """A ticket's fields as you may see them, with what it lacks."""
    return await core.db.read(lambda conn: answers.read(conn, core, number, actor))


@put("/api/v1/tickets/{number:int}/form", status_code=200, tags=["forms"], request_max_body_size=MAX_JSON)
async def answer_form(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    data: JSONBody[FormAnswers],
) -> TicketForm:
    """Fill in what a request asks for. One that waited for its customer is open again when they answered."""
    return await core.db.write(lambda conn: answers.answer(conn, core, number, data, actor, core.now()))


@post("/api/v1/tickets/{number:int}/questions", status_code=200, tags=["forms"])
async def ask_for_fields(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    data: JSONBody[NewQuestion],
) -> TicketForm:
    """Ask the customer, in their language, for the fields that the ticket lacks; it then waits for them."""
    return await core.db.write(lambda conn: answers.ask(conn, core, number, data, actor, core.now()))


routes = [
    list_fields,
    keep_field,
    retire_field,
    list_forms,
    read_form,
    check_form,
    keep_form,
    ticket_form,
    answer_form,
    ask_for_fields,
]
