"""What is said on one line, kept as exchanges: each answer with the request that it answers."""

from __future__ import annotations

from emobility_adapters.ocpp.frames import Call, Frame, Garbled, Result
from emobility_adapters.ocpp.masking import masked
from emobility_core.instants import Clock
from emobility_core.network import FrameKind, StationFrames

# Of our requests to which no answer has come so many are remembered, for an answer may come late.
_REMEMBERED = 16
# Actions are short words; what a station sends in their place may be anything.
_LONGEST_ACTION = 50


class LineLog:
    """Knows which frame answers which, because it stands where they are read and written.

    Stations repeat message ids: theirs pair with what we answer them at once, ours never repeat on a line.
    """

    def __init__(self, frames: StationFrames, clock: Clock) -> None:
        self._frames = frames
        self._clock = clock
        self._asked: dict[str, tuple[int, str]] = {}

    def received(self, frame: Frame, text: str) -> int:
        """Keep a frame of the station and return the number of its exchange."""
        if isinstance(frame, Call):
            return self._keep(text, frame.action, FrameKind.CALL, inbound=True)
        asked = None if frame.id is None or _is_call(frame) else self._asked.pop(frame.id, None)
        if asked is None:
            action = frame.action if isinstance(frame, Garbled) else None
            return self._keep(text, action, FrameKind.STRAY, inbound=True)
        kind = FrameKind.RESULT if isinstance(frame, Result) else FrameKind.ERROR
        return self._keep(text, asked[1], kind, inbound=True, answers=asked[0])

    def answered(self, text: str, frame: Frame, number: int) -> None:
        """Keep our answer to a frame of the station."""
        kind = FrameKind.RESULT if text.startswith("[3") else FrameKind.ERROR
        action = frame.action if isinstance(frame, Call | Garbled) else None
        self._keep(text, action, kind, inbound=False, answers=number)

    def asked(self, id: str, action: str, text: str) -> None:
        """Keep a request of ours."""
        if len(self._asked) >= _REMEMBERED:
            del self._asked[next(iter(self._asked))]
        self._asked[id] = (self._keep(text, action, FrameKind.CALL, inbound=False), action)

    def _keep(
        self, text: str, action: str | None, kind: FrameKind, *, inbound: bool, answers: int | None = None
    ) -> int:
        return self._frames.append(
            inbound=inbound,
            frame=masked(text, action),
            at=self._clock.now(),
            kind=kind,
            action=None if action is None else action[:_LONGEST_ACTION],
            answers=answers,
        )


def _is_call(frame: Frame) -> bool:
    return isinstance(frame, Garbled) and frame.kind in (None, 2)
