"""A scenario file is read whole, or each fault in it is told with its line."""

from __future__ import annotations

from typing import Any

import pytest

from emobility_adapters.ocpp.simulation.script import STEPS, ScriptFaulty, parse_script

STATION = '[[station]]\nidentity = "A"\n'
CONNECT = '[[step]]\ndo = "connect"\n'


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(ScriptFaulty) as refused:
        parse_script(text, name="try")
    return [(fault.line, fault.words) for fault in refused.value.faults]


def test_a_file_is_read_with_its_defaults() -> None:
    script = parse_script(STATION + CONNECT, name="try")
    assert (script.name, script.seed, script.speed, script.clock) == ("try", 1, 600.0, None)
    assert script.stations[0].identities == ["A"]
    assert (script.steps[0].line, script.steps[0].station) == (3, None)


def test_stations_alike_are_counted() -> None:
    text = '[[station]]\nidentity = "S-{n:03}"\ncount = 2\n' + CONNECT + 'station = "S-002"\n'
    assert parse_script(text, name="try").stations[0].identities == ["S-001", "S-002"]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [('"30 min"', 1800), ('"1.5h"', 5400), ('"90 s"', 90), ("45", 45), ('"1 d"', 86400)],
)
def test_durations_have_units(written: str, seconds: float) -> None:
    script = parse_script(STATION + f'[[step]]\ndo = "wait"\nfor = {written}\n', name="try")
    assert script.steps[0].step.lasts_s == seconds


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a =", 1, "no TOML"),
        (STATION, 1, "there is no [[step]] in it"),
        (CONNECT, 1, "there is no [[station]] in it"),
        ("sed = 1\n" + STATION + CONNECT, 1, "did you mean 'seed'?"),
        ("# first\nspeed = 0.5\n" + STATION + CONNECT, 2, "'speed' must be a number from 1 on"),
        ('seed = "x"\n' + STATION + CONNECT, 1, "'seed' must be a whole number"),
        ('clock = "noon"\n' + STATION + CONNECT, 1, "'clock' must be a date and time"),
        ("name = 4\n" + STATION + CONNECT, 1, "'name' must be a text"),
        ("[[station]]\n" + CONNECT, 1, "'identity' is missing"),
        (STATION + 'quirks = ["no-stpo"]\n' + CONNECT, 3, "did you mean 'no-stop'?"),
        (STATION + 'connectors = ["ac44"]\n' + CONNECT, 3, "'ac44' is none of the connectors"),
        (STATION + "security-profile = 7\n" + CONNECT, 3, "must be 0, 1, 2 or 3"),
        (STATION + "count = 2\n" + CONNECT, 2, "several stations need {n} in their identity"),
        (STATION + "count = true\n" + CONNECT, 3, "'count' must be a whole number, not True"),
        (STATION + "[[step]]\n", 3, "'do' is missing"),
        (STATION + '[[step]]\ndo = "conect"\n', 4, "there is no step 'conect'; did you mean 'connect'?"),
        (STATION + CONNECT + 'station = "B"\n', 5, "there is no station 'B'; there are: A"),
        (STATION + '[[step]]\ndo = "start"\n', 3, "start: 'tag' is missing"),
        (STATION + '[[step]]\ndo = "charge"\n', 3, "'for' or 'kwh' must say how long"),
        (STATION + CONNECT + '[[step]]\ndo = "wait"\nfor = "soon"\n', 7, "'for' must be a duration"),
        (STATION + '[[step]]\ndo = "reboot"\nkind = "nice"\n', 5, "must be one of soft, hard"),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, line: int, words: str) -> None:
    ((found, said),) = faults(text)
    assert (found, words in said) == (line, True), said


def test_all_faults_are_told_at_once() -> None:
    text = (
        STATION + 'quirks = ["x"]\n' + CONNECT + "fast = true\n" + '[[step]]\ndo = "charge"\nkwh = "much"\n'
    )
    assert [line for line, _ in faults(text)] == [3, 6, 9]
    with pytest.raises(ScriptFaulty) as refused:
        parse_script(text, name="try", file="my.toml")
    assert str(refused.value).startswith("my.toml:3: 'x' is none of the quirks")


@pytest.mark.parametrize("step", STEPS.values(), ids=str)
def test_each_step_says_what_it_does(step: Any) -> None:
    assert step.__doc__.strip().endswith(".")
