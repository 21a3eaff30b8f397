"""Options that several commands share, and the settings made of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from emobility_app.cli.failures import described
from emobility_app.settings import DATABASE, HTTP, OCPP, Address, checked_database_url
from emobility_core.errors import Invalid

F = TypeVar("F", bound=Callable[..., Any])


class AddressType(click.ParamType[Address]):
    """HOST:PORT."""

    name = "HOST:PORT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        if isinstance(value, Address):
            return value
        try:
            return Address.parse(str(value))
        except Invalid as error:
            self.fail(described(error), param, ctx)


class DatabaseType(click.ParamType[str]):
    """A database URL."""

    name = "URL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return checked_database_url(str(value))
        except Invalid as error:
            self.fail(described(error), param, ctx)


class DurationType(click.ParamType[timedelta]):
    """So many seconds, minutes, hours or days: 30s, 15m, 12h, 90d."""

    name = "DURATION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,6})([smhd])", str(value).strip())
        if found is None:
            self.fail(f"{value!r} is not written like 30s, 15m, 12h or 90d", param, ctx)
        return timedelta(seconds=int(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86_400}[found[2]])


def database_option(command: F) -> F:
    return click.option(
        "--database",
        type=DatabaseType(),
        default=DATABASE,
        show_default=True,
        envvar="EMOBILITY_DATABASE",
        help="sqlite:///PATH or postgresql://...",
    )(command)


def address_options(http: str = HTTP, ocpp: str = OCPP) -> Callable[[F], F]:
    """Where to listen; port 0 lets the system choose."""

    def decorate(command: F) -> F:
        where = AddressType()
        command = click.option(
            "--ocpp", type=where, default=ocpp, show_default=True, envvar="EMOBILITY_OCPP",
            help="Where stations connect (OCPP 1.6J over WebSocket).",
        )(command)  # fmt: skip
        return click.option(
            "--http", type=where, default=http, show_default=True, envvar="EMOBILITY_HTTP",
            help="Where the HTTP API and the pages are served.",
        )(command)  # fmt: skip

    return decorate


def file_option(name: str, text: str) -> Callable[[F], F]:
    """An optional existing file."""
    kind = click.Path(exists=True, dir_okay=False, path_type=Path)
    environment = "EMOBILITY_" + name.strip("-").replace("-", "_").upper()
    return click.option(name, type=kind, default=None, envvar=environment, help=text)


def passphrase_option(command: F) -> F:
    """The passphrase of authorities' keys, from a file so that no list of processes shows it."""

    def read(_: click.Context, __: click.Parameter, path: Path | None) -> str | None:
        return None if path is None else path.read_text(encoding="utf-8").strip()

    return click.option(
        "--ca-passphrase-file",
        "ca_passphrase",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        default=None,
        callback=read,
        envvar="EMOBILITY_CA_PASSPHRASE_FILE",
        help="File with the passphrase that seals the keys of certificate authorities.",
    )(command)
