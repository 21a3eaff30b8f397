"""What holds our own words against the schemas does so: a word that is none is found."""

from __future__ import annotations

import pytest

from emobility_adapters.memory import MemoryFrames
from emobility_core.network import FrameKind
from emobility_core.testing.builders import make_station
from emobility_core.testing.clock import NOON

from .strict import assert_strict


@pytest.mark.parametrize(
    ("asked", "action", "answer"),
    [
        ('[2,"1","Heartbeat",{}]', "Heartbeat", '[3,"1",{"currentTime":1}]'),
        ('[2,"1","StopTransaction",{}]', "StopTransaction", '[3,"1",{"idTagInfo":{"status":"Fine"}}]'),
        ('[2,"1","Heartbeat",{}]', "Heartbeat", '[4,"1","FormatViolation","",{}]'),
        ('[2,"1","Unheard",{}]', "Unheard", '[3,"1",{"transactionId":"1"}]'),
    ],
)
def test_an_answer_that_meets_no_schema_is_found(asked: str, action: str, answer: str) -> None:
    frames = MemoryFrames()
    log = frames.of(make_station())
    number = log.append(inbound=True, frame=asked, at=NOON, kind=FrameKind.CALL, action=action)
    assert_strict(frames)
    kind = FrameKind.RESULT if answer.startswith("[3") else FrameKind.ERROR
    log.append(inbound=False, frame=answer, at=NOON, kind=kind, answers=number)
    with pytest.raises(AssertionError):
        assert_strict(frames)


def test_a_request_that_meets_no_schema_is_found() -> None:
    frames = MemoryFrames()
    asked = '[2,"1","Reset",{"type":"Warm"}]'
    log = frames.of(make_station())
    log.append(inbound=False, frame=asked, at=NOON, kind=FrameKind.CALL, action="Reset")
    with pytest.raises(AssertionError):
        assert_strict(frames)
