"""How a command ends: exit codes that scripts may rely on, and one message instead of a traceback."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import click

from emobility_core.errors import EmobilityError, Invalid, Unavailable


class Exit(IntEnum):
    """Exit codes, documented in docs/reference/cli.md."""

    OK = 0
    FAILED = 1
    USAGE = 2
    DATABASE = 3
    ADDRESS_IN_USE = 4
    NOT_REACHED = 5


class Failure(click.ClickException):
    """Ends the command with a message on standard error and an exit code."""

    def __init__(self, message: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.exit_code = int(code)  # type: ignore[misc]  # click reads it from the instance


@contextmanager
def explained() -> Iterator[None]:
    """Turn anticipated failures, also those of a task group, into a `Failure`."""
    try:
        yield
    except* (EmobilityError, OSError) as failures:
        raise failure_of(_first(failures)) from None


def failure_of(error: Exception) -> Failure:
    """The message and exit code for an anticipated failure."""
    if isinstance(error, Unavailable) or (isinstance(error, EmobilityError) and error.code in _SCHEMA):
        return Failure(described(error), Exit.DATABASE)
    if isinstance(error, Invalid):
        return Failure(described(error), Exit.USAGE)
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return Failure(f"{error.strerror or error}. {_IN_USE}", Exit.ADDRESS_IN_USE)
    return Failure(described(error) if isinstance(error, EmobilityError) else str(error))


# A database that was migrated by another version is as useless now as one that does not answer.
_SCHEMA = frozenset({"schema-too-new"})
_IN_USE = "Stop the program that listens there, or choose another port with --http or --ocpp."
_REMEDY = re.compile(r"Remedy:\s*(.+)", re.DOTALL)


def described(error: EmobilityError) -> str:
    """Cause, facts and remedy of a refusal."""
    remedy = _REMEDY.search(type(error).__doc__ or "")
    if remedy is None:
        return str(error)
    words = " ".join(remedy.group(1).split())
    return f"{error}\n{words[:1].upper()}{words[1:]}"


def _first(group: BaseExceptionGroup[BaseException]) -> Exception:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            return _first(error)
        if isinstance(error, Exception):
            return error
    raise group
