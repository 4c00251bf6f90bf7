"""``triaje demo``: the demo desk by hand."""

import asyncio

import click

from services.common.settings import Settings
from services.suite.demo.load import load_demo
from services.suite.runtime import migrate


@click.group()
def demo() -> None:
    """The demo desk, Banco Faro."""


@demo.command("load")
def load() -> None:
    """Load people, tickets and articles; a running server indexes and learns them. May be repeated."""
    settings = Settings.load()
    migrate(settings)
    if not asyncio.run(load_demo(settings, click.echo)):
        click.echo("The demo desk is there already.")
