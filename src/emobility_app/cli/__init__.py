"""The command `emobility`: everything an operator starts by hand or from a script."""

from __future__ import annotations

from importlib import import_module
from keyword import iskeyword

import click

from emobility_app.cli.version import version

__all__ = ["cli", "main"]

# Command -> its module and what it does; each is imported when it is needed, so that every start is quick.
_COMMANDS = {
    "serve": ("serve", "Serve stations over OCPP and clients over HTTP."),
    "demo": ("demo", "Run a small charging network to look at."),
    "simulate": ("simulate", "Let simulated stations play a scenario."),
    "migrate": ("migrate", "Bring a database to the present schema."),
    "client": ("client", "Create clients of the HTTP API."),
    "user": ("user", "Make users who sign in here."),
    "import": ("import_file", "Bring in a file over the API of a running server."),
    "keys": ("keys", "Rotate, list and retire the keys that sign access tokens."),
    "tariff": ("tariff", "Price a session by a tariff, and explain it; tariffs from and to OCPI."),
    "doctor": ("doctor", "Look at this machine and its database."),
    "ca": ("ca", "Certificate authorities for stations."),
    "verify": ("verify", "Verify the signed meter values of a file."),
    "audit": ("audit", "Verify the audit log."),
    "backup": ("backup", "Copy a SQLite database, also one in use."),
    "restore": ("backup", "Put a copy back in the place of a database."),
}


class Commands(click.Group):
    """Finds the commands in their modules."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _ = _COMMANDS[cmd_name]
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = getattr(import_module(f"emobility_app.cli.{module}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in _COMMANDS.items()])


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
