"""Reading scenario files; every fault is told with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs

from emobility_adapters.ocpp.simulation.kinds import KINDS
from emobility_adapters.ocpp.simulation.quirks import QUIRKS
from emobility_adapters.ocpp.simulation.script.fields import Fault, build, near
from emobility_adapters.ocpp.simulation.script.script import PlacedStep, Script, StationPart
from emobility_adapters.ocpp.simulation.script.steps import STEPS

_HEAD = re.compile(r"\s*\[\[\s*(\w+)\s*\]\]")
_TOP = ("name", "seed", "speed", "clock", "station", "step")
_SPEED = 600.0


@attrs.frozen
class ScriptFaulty(Exception):
    """A scenario file that cannot be followed; each line of its text names a place and a fault."""

    file: str
    faults: Sequence[Fault]

    def __str__(self) -> str:
        return "\n".join(f"{self.file}:{fault.line}: {fault.words}" for fault in self.faults)


def read_script(path: Path) -> Script:
    """Read a file; raises `ScriptFaulty`, or OSError if it cannot be opened."""
    return parse_script(path.read_text("utf-8"), name=path.stem, file=str(path), folder=path.parent)


def parse_script(text: str, *, name: str, file: str = "scenario", folder: Path = Path()) -> Script:
    """Read a file's text; raises `ScriptFaulty`."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        raise ScriptFaulty(file, [Fault(int(found[1]) if found else 1, f"no TOML: {error}")]) from error
    reader = _Reader(text)
    script = reader.read(document, name, folder)
    if script is None:
        raise ScriptFaulty(file, sorted(reader.faults, key=lambda fault: fault.line))
    return script


class _Reader:
    """Reads one document and gathers all faults in it."""

    def __init__(self, text: str) -> None:
        self.faults: list[Fault] = []
        self._lines = text.splitlines()
        self._heads: dict[str, list[int]] = {"station": [], "step": []}
        for number, line in enumerate(self._lines, start=1):
            head = _HEAD.match(line)
            if head is not None and head[1] in self._heads:
                self._heads[head[1]].append(number)

    def read(self, document: Mapping[str, Any], name: str, folder: Path) -> Script | None:
        for key in document.keys() - set(_TOP):
            self._fault(f"there is no {key!r} here{near(key, _TOP)}", key)
        stations = [self._station(number, table) for number, table in self._tables(document, "station")]
        known = [identity for one in stations if one is not None for identity in one.identities]
        steps = [self._step(number, table, known) for number, table in self._tables(document, "step")]
        top = self._top(document)
        if self.faults:
            return None
        return Script(
            name=document.get("name", name),
            folder=folder,
            stations=tuple(one for one in stations if one is not None),
            steps=tuple(one for one in steps if one is not None),
            **top,
        )

    def _top(self, document: Mapping[str, Any]) -> dict[str, Any]:
        seed, speed, clock = (document.get(key) for key in ("seed", "speed", "clock"))
        if not isinstance(document.get("name", ""), str):
            self._fault("'name' must be a text", "name")
        if seed is not None and not isinstance(seed, int):
            self._fault("'seed' must be a whole number", "seed")
        if speed is not None and (not isinstance(speed, int | float) or speed < 1):
            self._fault("'speed' must be a number from 1 on: how many times faster than real time", "speed")
        if clock is not None and not isinstance(clock, datetime):
            self._fault("'clock' must be a date and time, such as 2026-03-01T12:00:00Z", "clock")
        if isinstance(clock, datetime) and clock.tzinfo is None:
            clock = clock.replace(tzinfo=UTC)
        return {
            "seed": seed or 1,
            "speed": float(speed or _SPEED) if not self.faults else 1.0,
            "clock": clock,
        }

    def _tables(self, document: Mapping[str, Any], kind: str) -> list[tuple[int, Mapping[str, Any]]]:
        tables = document.get(kind, [])
        if not isinstance(tables, list) or not tables or not all(isinstance(one, dict) for one in tables):
            self._fault(f"there is no [[{kind}]] in it", kind)
            return []
        return list(enumerate(tables))

    def _station(self, number: int, table: Mapping[str, Any]) -> StationPart | None:
        part, faults = build(StationPart, table)
        for key, words in faults:
            self._fault(words, key, ("station", number))
        if part is None:
            return None
        made: StationPart = part
        for key, chosen, known in (
            ("connectors", made.connectors, KINDS.keys()),
            ("quirks", made.quirks, QUIRKS.keys()),
        ):
            for unknown in [one for one in chosen if one not in known]:
                words = f"{unknown!r} is none of the {key}{near(unknown, known)}"
                self._fault(words, key, ("station", number))
        if made.security_profile is not None and not 0 <= made.security_profile <= 3:
            self._fault("'security-profile' must be 0, 1, 2 or 3", "security-profile", ("station", number))
        if made.count > 1 and "{n" not in made.identity:
            self._fault("several stations need {n} in their identity", "identity", ("station", number))
        return made

    def _step(self, number: int, table: Mapping[str, Any], known: Sequence[str]) -> PlacedStep | None:
        place = ("step", number)
        do, station = str(table.get("do")), table.get("station")
        if do not in STEPS:
            words = f"there is no step {do!r}" if "do" in table else "'do' is missing"
            self._fault(words + near(do, STEPS), "do", place)
            return None
        if station is not None and station not in known:
            self._fault(f"there is no station {station!r}{near(str(station), known)}", "station", place)
        rest = {key: value for key, value in table.items() if key not in ("do", "station")}
        step, faults = build(STEPS[do], rest)
        for key, words in faults:
            self._fault(f"{do}: {words}", key, place)
        if step is None:
            return None
        return PlacedStep(line=self._line(place), step=step, station=station)

    def _fault(self, words: str, key: str, place: tuple[str, int] | None = None) -> None:
        self.faults.append(Fault(self._line(place, key), words))

    def _line(self, place: tuple[str, int] | None, key: str = "") -> int:
        """The line of a key in a table, of the table if the key is not found, or of the file."""
        begin = 0
        if place is not None and place[1] < len(self._heads[place[0]]):
            begin = self._heads[place[0]][place[1]]
        named = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=") if key else None
        for number, line in enumerate(self._lines[begin:], start=begin + 1):
            if _HEAD.match(line):
                break
            if named is not None and named.match(line):
                return number
        return begin or 1
