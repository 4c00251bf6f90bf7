"""``triaje user`` and ``triaje token``: rows written to the database of a desk that may be running."""

import asyncio
import secrets
import sys
from collections.abc import Callable
from typing import TypeVar

import click
import msgspec
import sqlalchemy as sa

from services.common.clock import SystemClock
from services.common.db import Database, DatabaseBroken
from services.common.db.migrate import upgrade
from services.common.errors import DeskError
from services.common.settings import Settings, SettingsError
from services.common.text import normalise_email, single_line
from services.core.contract import ROLES, SCOPES, Author, NewApiToken
from services.core.identity import tokens
from services.core.identity.accounts import keep_contact, keep_staff
from services.core.identity.passwords import WeakPassword, check_strength, hash_password

T = TypeVar("T")
CLI = Author(kind="system", id=None, name="command line")


def _write(unit: Callable[[sa.Connection], T]) -> T:
    """Run ``unit`` on core's database, migrated first; every expected failure is one line and status 1."""
    try:
        settings = Settings.load()
        url = settings.database_url("core")
        upgrade(url, "services.core")
        return asyncio.run(_once(url, unit))
    except SettingsError as error:
        problem = "; ".join(error.problems)
    except DatabaseBroken as error:
        problem = str(error)
    except DeskError as error:
        problem = "; ".join([error.detail or error.title, *(f"{e.field}: {e.message}" for e in error.errors)])
    click.echo(f"Error: {problem}", err=True)
    sys.exit(1)


async def _once(url: str, unit: Callable[[sa.Connection], T]) -> T:
    db = Database(url)
    try:
        return await db.write(unit)
    finally:
        await db.close()


@click.group()
def user() -> None:
    """People who sign in."""


@user.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the person is at this desk.")
@click.option("--name", default="", help="The person's name; the address's first part otherwise.")
@click.option("--password", default=None, help="A password; one is made and printed where none is given.")
@click.option("--locale", type=click.Choice(["en", "es"]), default="en", help="The person's language.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def add_user(email: str, role: str, name: str, password: str | None, locale: str, as_json: bool) -> None:
    """Add the person with this e-mail address, or give an existing one this role and password."""
    address = normalise_email(email)
    if address is None:
        click.echo(f"Error: {email} is no e-mail address", err=True)
        sys.exit(1)
    made = password is None
    password = password or secrets.token_urlsafe(12)
    shown = single_line(name, 200) or address.split("@", maxsplit=1)[0]

    try:
        check_strength(password)
    except WeakPassword:
        click.echo("Warning: this password is easy to guess.", err=True)

    def unit(conn: sa.Connection) -> str:
        keep = keep_contact if role == "customer" else keep_staff
        return str(
            keep(
                conn,
                email=address,
                name=shown,
                role=role,
                password_hash=hash_password(password),
                locale=locale,
                at=SystemClock().now(),
                author=CLI,
            )
        )

    person_id = _write(unit)
    if as_json:
        answer = {"id": person_id, "email": address, "role": role} | ({"password": password} if made else {})
        click.echo(msgspec.json.encode(answer).decode())
    else:
        click.echo(f"{address} is {role} now." + (f" Password: {password}" if made else ""))


@click.command()
@click.argument("contact")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def erase(contact: str, as_json: bool) -> None:
    """Erase the person with this e-mail address or id: rows, files, and what was learnt from them.

    What the other services hold goes when a running desk hears of it, which is at once or at its next start.
    """
    from services.common.files import Files
    from services.core.intake.accept import Intake
    from services.core.privacy import erase as privacy
    from services.core.taxonomy.lookups import Lookups

    settings = Settings.load()
    intake = Intake(Lookups(), settings.secret)

    def unit(conn: sa.Connection) -> privacy.Erased:
        found = privacy.find(conn, contact)
        at = SystemClock().now()
        return privacy.erase(conn, found, ref_of=intake.contact_ref, author=CLI, at=at)

    erased = _write(unit)

    async def delete_files() -> None:
        files = Files(settings.data / "files" / "core")
        for key in erased.files:
            await files.delete(key)

    asyncio.run(delete_files())
    if as_json:
        answer = {"contact": str(erased.contact), "tickets": erased.tickets, "messages": erased.messages,
                  "files": len(erased.files)}  # fmt: skip
        click.echo(msgspec.json.encode(answer).decode())
    else:
        click.echo(
            f"Erased: {erased.tickets} tickets with {erased.messages} messages, {len(erased.files)} files."
        )


@click.group()
def token() -> None:
    """Tokens of API clients."""


@token.command("add")
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="May be repeated."
)
@click.option("--days", type=int, default=None, help="Days until it expires; never, unless told.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def add_token(name: str, scopes: tuple[str, ...], days: int | None, as_json: bool) -> None:
    """Make an API token. It is printed once, alone on the last line."""
    given = NewApiToken(name=name, scopes=list(scopes), days=days)
    issued = _write(lambda conn: tokens.issue(conn, given, CLI, SystemClock().now()))
    if as_json:
        click.echo(
            msgspec.json.encode(
                {
                    "id": issued.token.id,
                    "name": issued.token.name,
                    "scopes": issued.token.scopes,
                    "token": issued.secret,
                }
            ).decode()
        )
        return
    click.echo(f"Token {issued.token.name!r} with {', '.join(issued.token.scopes)}. It is shown this once:")
    click.echo(issued.secret)
