"""The console script ``triaje``. A command's module is imported when the command is called."""

import sys
from importlib import import_module
from typing import Any

import click

from services.common.errors import DeskError
from services.common.settings import SettingsError

COMMANDS = {
    "run": "services.suite.commands:run",
    "serve": "services.suite.commands:serve_one",
    "worker": "services.suite.commands:worker",
    "migrate": "services.suite.commands:migrate_all",
    "backup": "services.suite.commands:back_up_desk",
    "restore": "services.suite.commands:restore_desk",
    "doctor": "services.suite.doctor:doctor",
    "demo": "services.suite.demo.cli:demo",
    "user": "services.core.cli:user",
    "token": "services.core.cli:token",
    "erase": "services.core.cli:erase",
    "train": "services.triage.cli:train",
    "models": "services.triage.cli:models",
    "replay": "services.triage.cli:replay",
    "evaluate": "services.triage.learning.cli:evaluate_command",
    "kb": "services.kb.cli:kb",
}


class LazyGroup(click.Group):
    """A group whose commands live in other modules; importing them all would cost seconds at every call."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="triaje")
def cli() -> None:
    """Triaje, a self-hosted help desk that learns."""


def main() -> Any:
    """Run the command line; what is expected to fail ends in one line on stderr and status 1."""
    try:
        return cli(standalone_mode=True)
    except SettingsError as error:
        sys.exit("triaje: " + "\ntriaje: ".join(error.problems))
    except DeskError as error:
        sys.exit(f"triaje: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
