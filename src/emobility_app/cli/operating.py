"""Options that say how stations are treated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from emobility_app.cli.options import DurationType

F = TypeVar("F", bound=Callable[..., Any])

# Name, type, default and what it means; the names are those of `Operating`.
_OPTIONS: tuple[tuple[str, Any, Any, str], ...] = (
    ("--heartbeat", DurationType(), "5m", "How often stations are asked to beat."),
    (
        "--heartbeat-spread",
        DurationType(),
        "60s",
        "Each station beats up to so much later.",
    ),
    (
        "--station-rate",
        int,
        30,
        "Messages a second that a station may send in the long run.",
    ),
    (
        "--handshakes",
        int,
        64,
        "Stations that may connect at the same moment.",
    ),
    ("--drain-rate", int, 100, "Lines that close a second when the server stops."),
    ("--drain-within", DurationType(), "60s", "All lines are closed by then."),
)


def operating_options(command: F) -> F:
    for name, kind, default, text in reversed(_OPTIONS):
        environment = "EMOBILITY_" + name.strip("-").replace("-", "_").upper()
        command = click.option(
            name, type=kind, default=default, show_default=True, envvar=environment, help=text
        )(command)
    return command
