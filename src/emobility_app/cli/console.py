"""What commands print: for people on a terminal, plain lines elsewhere, one JSON line for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

import attrs
import click
from rich.console import Console as Terminal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class OnProgress(Protocol):
    """Takes how many are done, of how many, and a few words."""

    def __call__(self, done: int, total: int, text: str, /) -> None: ...


def _terminal() -> Terminal:
    return Terminal(stderr=True, highlight=False)


@attrs.frozen
class Console:
    """Results go to standard output, everything else to standard error."""

    as_json: bool = False
    terminal: Terminal = attrs.field(factory=_terminal)

    def result(self, facts: Mapping[str, object], *, text: str) -> None:
        """Print what the command is for: one line of JSON, or text."""
        click.echo(json.dumps(facts, default=str) if self.as_json else text)
        sys.stdout.flush()

    def tell(self, text: str) -> None:
        """Print a piece of the result as it comes; machines get the whole at the end."""
        if not self.as_json:
            click.echo(text)
            sys.stdout.flush()

    def say(self, text: str) -> None:
        """Tell people how it is going; machines are not told."""
        if not self.as_json:
            click.echo(text, err=True)

    @contextmanager
    def progress(self, title: str) -> Iterator[OnProgress]:
        """A bar on a terminal; elsewhere a line for each tenth; nothing for machines."""
        if self.as_json:
            yield lambda *_: None
        elif self.terminal.is_terminal:
            with _bar(self.terminal) as bar:
                task = bar.add_task(title, total=None, words="")
                yield lambda done, total, text: bar.update(task, completed=done, total=total, words=text)
        else:
            yield _Lines(title)


def _bar(terminal: Terminal) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[words]}", style="dim"),
    )
    return Progress(*columns, console=terminal, transient=True)


@attrs.define
class _Lines:
    """Progress for logs: at most ten lines."""

    title: str
    tenth: int = -1

    def __call__(self, done: int, total: int, text: str, /) -> None:
        tenth = 10 * done // total if total else 10
        if tenth > self.tenth:
            self.tenth = tenth
            click.echo(f"{self.title}: {done} of {total}", err=True)


def json_option(command: click.decorators.FC) -> click.decorators.FC:
    """The option that every command has."""
    return click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for machines.")(
        command
    )
