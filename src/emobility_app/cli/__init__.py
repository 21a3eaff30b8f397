"""The command `emobility`: everything an operator starts by hand or from a script."""

from __future__ import annotations

from importlib import import_module

import click

from emobility_app.cli.version import version

__all__ = ["cli", "main"]

# Command -> its module; each is imported when it is needed, so that every start is quick.
_COMMANDS = {
    "serve": "serve",
    "demo": "demo",
    "simulate": "simulate",
    "migrate": "migrate",
    "client": "client",
    "doctor": "doctor",
    "backup": "backup",
    "restore": "backup",
}


class Commands(click.Group):
    """Finds the commands in their modules."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = getattr(import_module(f"emobility_app.cli.{module}"), cmd_name)
        assert isinstance(command, click.Command)
        return command


@click.group(
    cls=Commands,
    context_settings={"auto_envvar_prefix": "EMOBILITY", "help_option_names": ["-h", "--help"]},
)
@click.version_option(version(), prog_name="emobility")
def cli() -> None:
    """Open-source backend for charging electric vehicles.

    Every option also comes from the environment: EMOBILITY_DATABASE, EMOBILITY_HTTP, EMOBILITY_OCPP and
    the like for the server's settings, EMOBILITY_<COMMAND>_<OPTION> for the others.
    """


def main() -> None:
    """The entry point."""
    cli(prog_name="emobility")
