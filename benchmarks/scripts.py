"""What the stations of each measurement do, from the first boot to the last answer.

Each script rests (`PARK`) once its station is ready, and again whenever the run is paused.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping

from benchmarks.frames import Call, MeterFrames, call, timestamp
from benchmarks.wire import PARK, RunBroken, Script

READINGS_PER_SESSION = 10
QUEUED = 20
_FIRST_REGISTER_WH = 1_000_000


class Run:
    """What all stations of one run share: whether to go on, the time, and what was acknowledged."""

    def __init__(self) -> None:
        self.running = False
        self.ending = False
        self.at = ""
        self.frames = 0
        self.replies = 0
        self.readings = 0
        self.sessions = 0

    def acknowledge(self) -> None:
        """One more message was answered."""
        self.frames += 1

    def reply(self) -> None:
        """A call of the server was answered."""
        self.replies += 1


class Station:
    """A simulated station: its name, its tag, its register and the number of its next message."""

    def __init__(self, run: Run, identity: str, tag: str) -> None:
        self.identity = identity
        self._run = run
        self._tag = tag
        self._number = 0
        self._register_wh = _FIRST_REGISTER_WH
        self._transaction = 0
        self._meter = MeterFrames(0)

    def echoed(self) -> Script:
        """MeterValues against the echo, back to back while the run is on."""
        self._meter = MeterFrames(1_234_567_890, echoed=True)
        while not self._run.ending:
            yield PARK
            while self._run.running:
                yield from self._meter_values(1)

    def reporting(self) -> Script:
        """MeterValues within one transaction, back to back while the run is on."""
        yield from self._boot()
        yield from self._start()
        while not self._run.ending:
            yield PARK
            while self._run.running:
                yield from self._meter_values(1)
        yield from self._stop()

    def paced(self) -> Script:
        """MeterValues within one transaction, one each time the station is woken."""
        yield from self._boot()
        yield from self._start()
        yield PARK
        while not self._run.ending:
            yield from self._meter_values(1)
            yield PARK
        yield from self._stop()

    def paced_echo(self) -> Script:
        """MeterValues against the echo, one each time the station is woken."""
        self._meter = MeterFrames(1_234_567_890, echoed=True)
        yield PARK
        while not self._run.ending:
            yield from self._meter_values(1)
            yield PARK

    def whole_sessions(self) -> Script:
        """Whole sessions of 16 messages, back to back while the run is on; none is left half way."""
        while not self._run.ending:
            yield PARK
            while self._run.running:
                yield from self._boot()
                yield from self._status("Preparing")
                yield from self._authorize()
                yield from self._start()
                for _ in range(READINGS_PER_SESSION):
                    yield from self._meter_values(250)
                yield from self._stop()
                yield from self._status("Available")

    def returning(self) -> Script:
        """Boot, then tell what waited for a line: a whole session of two hours ago in 20 messages."""
        yield from self._boot()
        yield from self._start(minutes_ago=120)
        for told in range(1, QUEUED - 1):
            yield from self._meter_values(250, minutes_ago=120 - 5 * told)
        yield from self._stop(minutes_ago=120 - 5 * QUEUED)
        yield PARK

    def idle(self) -> Script:
        """Boot once, then only keep the line."""
        yield from self._boot()
        yield PARK

    def _boot(self) -> Script:
        boot = {
            "chargePointVendor": "Bench",
            "chargePointModel": "Bench-22",
            "chargePointSerialNumber": self.identity,
            "firmwareVersion": "1.0.0",
        }
        answer = yield from self._ask("BootNotification", boot)
        _expect(answer.get("status") == "Accepted", "BootNotification", answer)

    def _status(self, status: str) -> Script:
        report = {"connectorId": 1, "errorCode": "NoError", "status": status, "timestamp": self._run.at}
        yield from self._ask("StatusNotification", report)

    def _authorize(self) -> Script:
        answer = yield from self._ask("Authorize", {"idTag": self._tag})
        _expect(_accepted(answer), "Authorize", answer)

    def _start(self, minutes_ago: int = 0) -> Script:
        start = {
            "connectorId": 1,
            "idTag": self._tag,
            "meterStart": self._register_wh,
            "timestamp": self._at(minutes_ago),
        }
        answer = yield from self._ask("StartTransaction", start)
        transaction = answer.get("transactionId")
        _expect(isinstance(transaction, int) and _accepted(answer), "StartTransaction", answer)
        assert isinstance(transaction, int)
        self._transaction = transaction
        self._meter = MeterFrames(transaction)
        self._run.sessions += 1

    def _meter_values(self, delivered_wh: int, minutes_ago: int = 0) -> Script:
        self._register_wh += delivered_wh
        self._number += 1
        yield self._meter.next(self._number, self._at(minutes_ago).encode(), self._register_wh)
        self._run.readings += 1

    def _stop(self, minutes_ago: int = 0) -> Script:
        stop = {
            "transactionId": self._transaction,
            "idTag": self._tag,
            "meterStop": self._register_wh,
            "timestamp": self._at(minutes_ago),
            "reason": "Local",
        }
        yield from self._ask("StopTransaction", stop)

    def _at(self, minutes_ago: int) -> str:
        return timestamp(minutes_ago) if minutes_ago else self._run.at

    def _ask(
        self, action: str, payload: Mapping[str, object]
    ) -> Generator[Call | None, bytes, Mapping[str, object]]:
        self._number += 1
        answer = yield call(f"{self._number:012d}", action, payload)
        content: Mapping[str, object] = json.loads(answer)[2]
        return content


def _accepted(answer: Mapping[str, object]) -> bool:
    info = answer.get("idTagInfo")
    return isinstance(info, dict) and info.get("status") == "Accepted"


def _expect(condition: bool, action: str, answer: Mapping[str, object]) -> None:
    if not condition:
        raise RunBroken(f"{action} was answered with {answer}")
