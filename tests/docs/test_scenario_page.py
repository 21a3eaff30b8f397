"""The page of scenario files lists every step, field and quirk with the words of the code."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import attrs

from emobility_adapters.ocpp.simulation import KINDS
from emobility_adapters.ocpp.simulation.quirks import ALL
from emobility_adapters.ocpp.simulation.script import STEPS, StationPart
from emobility_adapters.ocpp.simulation.script.fields import key_of

_HEAD = """\
# Scenario files

A scenario file is TOML: a few keys at the top, then `[[station]]` tables, then `[[step]]` tables in the order
in which they are played. `emobility simulate FILE` plays it, `emobility simulate --check FILE` only reads it.
[Simulate stations](../how-to/simulate-stations.md) shows how to write one.

This page is made from the code; `nox -s golden` writes it.

## At the top

| key | what it is | without it |
|---|---|---|
| `name` | what the scenario is called | the file's name |
| `seed` | a whole number: equal seeds make equal registers and cars | 1 |
| `speed` | how many times faster than real time | 600 |
| `clock` | a past time at which the stations' clocks begin | early enough to end by now; now at speed 1 |

A duration is a text such as `"30 min"`, `"2 h"`, `"90 s"` or `"1 d"`, or a number of seconds.
"""
_STEPS_HEAD = """\
## Steps

Each `[[step]]` has `do`, the name of the step, and may have `station`, the identity of the one station that
plays it; without that all play it at once. What is waited for in real time is given up after ten seconds
unless the step says otherwise. An expectation that is not met is told, and the script goes on; a station that
gets no connection or no answer is left out from there. At the end every report must have been answered.
"""
_QUIRKS_HEAD = """\
## Quirks

Ways in which real stations deviate; several add up. A station with the quirk ...

| quirk | ... |
|---|---|"""


def page() -> str:
    parts = [_HEAD, "## Stations\n", "One `[[station]]` is one station, or several alike.\n"]
    parts += _fields(StationPart)
    parts += [f"\nKinds of connectors: {', '.join(f'`{name}`' for name in KINDS)}.\n", _STEPS_HEAD]
    for name, step in STEPS.items():
        parts += [f"### {name}\n", f"{inspect.getdoc(step)}\n", *_fields(step)]
        if _keys(step):
            parts.append("")
    parts.append(_QUIRKS_HEAD)
    parts += [f"| `{quirk.name}` | {quirk.summary} |" for quirk in ALL]
    return "\n".join([*parts, ""])


def _keys(kind: Any) -> tuple[Any, ...]:
    return tuple(attrs.fields(kind))


def _fields(kind: Any) -> list[str]:
    if not _keys(kind):
        return []
    return ["| key | what it is | value | without it |", "|---|---|---|---|", *map(_row, _keys(kind))]


def _row(one: Any) -> str:
    about, words = one.metadata["about"], one.metadata["kind"].words
    return f"| `{key_of(one)}` | {about} | {words} | {_default(one.default)} |"


def _default(value: Any) -> str:
    if value is attrs.NOTHING:
        return "must be given"
    if value is None or value == () or not isinstance(value, str | int | float | tuple):
        return "nothing"
    return f"`{', '.join(value) if isinstance(value, tuple) else value}`"


def test_the_page_has_every_step_and_every_quirk(golden: Callable[[str, str], None]) -> None:
    golden("../../docs/reference/scenario-file.md", page())
