"""The quirks of a station: named deviations that add up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy

from websockets.http11 import Request as Opening

from emobility_adapters.ocpp.simulation.frames import Payload, Request
from emobility_adapters.ocpp.simulation.quirks.answers import ANSWERS
from emobility_adapters.ocpp.simulation.quirks.lines import LINES
from emobility_adapters.ocpp.simulation.quirks.meters import METERS
from emobility_adapters.ocpp.simulation.quirks.quirk import Call, Memory, Quirk
from emobility_adapters.ocpp.simulation.quirks.texts import TEXTS
from emobility_adapters.ocpp.simulation.quirks.times import TIMES
from emobility_adapters.ocpp.simulation.quirks.transactions import TRANSACTIONS

ALL = (*TIMES, *TRANSACTIONS, *METERS, *TEXTS, *ANSWERS, *LINES)
QUIRKS: Mapping[str, Quirk] = {quirk.name: quirk for quirk in ALL}


class Quirks:
    """Several quirks as one; each hook goes through them in the order given.

    Raises ValueError for a name that is none.
    """

    def __init__(self, names: Iterable[str], memory: Memory) -> None:
        chosen = tuple(names)
        unknown = [name for name in chosen if name not in QUIRKS]
        if unknown:
            raise ValueError(f"no quirk {unknown[0]!r}; there are: {', '.join(sorted(QUIRKS))}")
        self._chosen = tuple(QUIRKS[name] for name in chosen)
        self.memory = memory
        self.boots = all(one.boots for one in self._chosen)
        self.pings = all(one.pings for one in self._chosen)
        self.raw_key = any(one.raw_key for one in self._chosen)
        self.leaves_lines_open = any(one.leaves_lines_open for one in self._chosen)
        self.redials_after_s = next(
            (one.redials_after_s for one in self._chosen if one.redials_after_s), None
        )

    def __bool__(self) -> bool:
        return bool(self._chosen)

    def change(self, action: str, payload: Payload) -> Payload | None:
        """The payload as it is sent; None if it is not sent at all."""
        if action == "StartTransaction":
            # The latest start stands last.
            self.memory.starts.pop(payload["connectorId"], None)
            self.memory.starts[payload["connectorId"]] = payload["meterStart"]
        changed: Payload | None = deepcopy(payload)
        for quirk in self._chosen:
            if changed is not None and quirk.change is not None:
                changed = quirk.change(self.memory, action, changed)
        return changed

    def before(self, action: str, payload: Payload) -> Iterator[Call]:
        for quirk in self._chosen:
            if quirk.before is not None:
                yield from quirk.before(self.memory, action, payload)

    def after(self, action: str, payload: Payload) -> Iterator[Call]:
        for quirk in self._chosen:
            if quirk.after is not None:
                yield from quirk.after(self.memory, action, payload)

    def message_id(self, action: str, id: str) -> str:
        for quirk in self._chosen:
            if quirk.message_id is not None:
                id = quirk.message_id(self.memory, action, id)
        return id

    def frames(self, action: str, frame: bytes) -> list[bytes]:
        """The call's frame as it is sent, as often as it is sent."""
        copies = 1
        for quirk in self._chosen:
            frame = frame if quirk.rewrite is None else quirk.rewrite(frame)
            copies = max(copies, 1 if quirk.copies is None else quirk.copies(action))
        return [frame] * copies

    def answer(self, request: Request, frame: bytes) -> bytes | None:
        """The answer's frame as it is sent; None if it is not sent now."""
        for quirk in self._chosen:
            if quirk.answer is not None:
                changed = quirk.answer(self.memory, request, frame)
                if changed is None:
                    return None
                frame = changed
        return frame

    def restarts(self, request: Request) -> bool:
        """Whether the station restarts instead of answering."""
        return any(one.restarts is not None and one.restarts(request) for one in self._chosen)

    def open(self, opening: Opening) -> None:
        """Alter the opening handshake; a new connection begins."""
        self.memory.fresh = True
        self.memory.counts["connections"] += 1
        for quirk in self._chosen:
            if quirk.opening is not None:
                quirk.opening(self.memory, opening)


__all__ = ["ALL", "QUIRKS", "Memory", "Quirk", "Quirks"]
