"""A script is played as it is written, and tells what came of each step."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeAlias

import pytest

from emobility_adapters.ocpp.simulation.script import Outcome, Player, parse_script
from emobility_core.charging import ActiveSession, EndedSession
from emobility_core.commands import ChangeConfiguration, CommandStatus, RemoteStart, Reset
from emobility_core.testing.builders import make_command
from tests.adapters.ocpp.world import CARD, NOW, World, a_world

STATION = '[[station]]\nidentity = "SIM-0001"\n'
Asking: TypeAlias = Callable[[World], Awaitable[None]]


def steps(*lines: str) -> str:
    """Each line is a step: its name, and what belongs to it."""
    text = ""
    for line in lines:
        do, _, rest = line.partition(" ")
        text += f'[[step]]\ndo = "{do}"\n' + "".join(f"{part.strip()}\n" for part in rest.split(";") if part)
    return text


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


async def play(url: str, text: str, **options: Any) -> Outcome:
    script = parse_script(text, name="try")
    later = NOW + timedelta(days=1)
    return await Player(script, url, now=lambda: later, sleep=at_once, **options).play()


async def against(world: World, text: str, **options: Any) -> Outcome:
    await world.add_station("SIM-0001")
    return await play(f"ws://127.0.0.1:{world.port}/ocpp", text, **options)


def said(outcome: Outcome) -> list[str]:
    return [f"{one.do}: {one.words}" for one in outcome.happenings]


async def test_a_day_of_a_station_leaves_its_sessions_in_the_ledger() -> None:
    async with a_world() as world:
        outcome = await against(
            world,
            STATION + 'connectors = ["ac22", "dc50"]\n' + steps(
                "connect", f'visit tag = "{CARD}"; for = "30 min"',
                "offline", f'visit tag = "{CARD}"; kwh = 5', "online", "settle",
                "plug connector = 2; soc = 95; capacity-kwh = 40; power-kw = 40",
                f'start tag = "{CARD}"; connector = 2', "expect-power connector = 2; at-least-kw = 10",
                "lose-answer to = \"StopTransaction\"", 'charge connector = 2; for = "4 h"',
                "unplug connector = 2", "settle", "reboot", "drop-link", "expect-session state = \"ended\"",
                "disconnect",
            ),
        )  # fmt: skip
        assert outcome.ok, said(outcome)
        assert outcome.connected == 1
        delivered = [one.delivered.mwh for one in await world.sessions() if one.delivered]
    # 11 kW for half an hour; 5 kWh in whole minutes; what fits into a battery that is all but full.
    assert delivered[0] == 5_500_000
    assert 5_000_000 <= delivered[1] <= 5_184_000
    assert delivered[2] == pytest.approx(2_000_000, abs=1_000)


async def test_two_plays_with_one_seed_do_the_same(central: Any) -> None:
    text = "clock = 2026-06-01T08:00:00Z\n" + STATION + steps("connect", 'visit tag = "T"; for = "20 min"')
    first = await play(central.url, text)
    heard = list(central.calls)
    assert await play(central.url, text) == first
    assert central.calls == heard * 2


async def test_an_expectation_that_is_not_met_is_told_and_the_script_goes_on(central: Any) -> None:
    central.answers["Authorize"] = lambda _: {"idTagInfo": {"status": "Blocked"}}
    text = STATION + steps(
        "connect", 'authorize tag = "T"', 'authorize tag = "T"; expect = "Blocked"', "stop",
        'expect-status status = "Charging"; within = 0', 'expect-command action = "Reset"; within = 0',
        "plug connector = 9",
    )  # fmt: skip
    outcome = await play(central.url, text)
    assert [(one.line, one.words) for one in outcome.failures] == [
        (5, "T is Blocked, expected was Accepted"),
        (12, "no session is going on at connector 1"),
        (14, "connector 1 is Available, expected was Charging"),
        (18, "no such Reset came within 0 s; nothing did"),
        (22, "the station has no connector 9"),
    ]
    assert not outcome.ok
    assert outcome.as_dict()["ok"] is False


async def test_a_station_that_is_not_let_in_is_left_out(central: Any) -> None:
    central.refuse = HTTPStatus.NOT_FOUND
    text = STATION + steps("connect", 'visit tag = "T"; for = "1 min"')
    outcome = await play(central.url, text)
    assert [one.do for one in outcome.happenings] == ["connect"]
    assert "create it there first" in outcome.failures[0].words
    text = STATION + steps('connect expect = "refused"')
    assert (await play(central.url, text)).ok
    central.refuse = None
    assert not (await play(central.url, text)).ok


async def test_several_stations_play_a_step_at_once_and_one_alone_if_it_is_named(central: Any) -> None:
    text = '[[station]]\nidentity = "S-{n}"\ncount = 3\n' + steps(
        "connect", 'send station = "S-2"; action = "Heartbeat"', "disconnect"
    )
    outcome = await play(central.url, text)
    assert [one.station for one in outcome.happenings if one.do == "send"] == ["S-2"]
    assert sorted(central.actions()).count("BootNotification") == 3
    assert [who for who, action, _ in central.calls if action == "Heartbeat"] == ["S-2"]


async def test_frames_are_sent_as_they_are_written() -> None:
    async with a_world() as world:
        outcome = await against(
            world,
            STATION + steps(
                "connect",
                """send-raw frame = '[2,"r1","Heartbeat",{}]'; answer = "result" """,
                """send-raw frame = '[2,"r2","CustomOperation",{}]'; answer = "error" """,
                """send-raw frame = '[3,"r3",{"status":'; answer = "none" """,
                'send action = "DataTransfer"; payload = { vendorId = "x" };'
                ' answer = { status = "Accepted" }',
                'send action = "MakeCoffee"; error = "NotImplemented"',
                'send action = "Heartbeat"',
            ),
        )  # fmt: skip
    assert [one.do for one in outcome.failures] == ["send"]
    assert "expected was {'status': 'Accepted'}" in outcome.failures[0].words


async def test_what_the_central_system_asks_is_expected_and_obeyed() -> None:
    async with a_world() as world:

        async def ask(happening: Any) -> None:
            station = world.stations["SIM-0001"].id
            for order in (
                RemoteStart(id_tag=CARD, connector=1),
                ChangeConfiguration(key="MeterValueSampleInterval", value="300"),
            ):
                answer = await world.lines.send(make_command(station=station, order=order))
                assert answer.status in (CommandStatus.ACCEPTED, CommandStatus.EFFECTIVE)

        asking: list[asyncio.Task[None]] = []

        def on_happening(happening: Any) -> None:
            if happening.do == "plug":
                asking.append(asyncio.create_task(ask(happening)))

        outcome = await against(
            world,
            STATION + steps(
                "connect", "plug",
                f'expect-command action = "RemoteStartTransaction"; payload = {{ idTag = "{CARD}" }}',
                'expect-configuration key = "MeterValueSampleInterval"; value = "300"',
                'expect-session state = "running"', 'charge for = "20 min"', "settle", "stop", "unplug",
            ),
            on_happening=on_happening,
        )  # fmt: skip
        await asyncio.gather(*asking)
        assert outcome.ok, said(outcome)
        session = await world.session()
        assert isinstance(session, EndedSession)
        assert len(await world.readings(session.id)) >= 4


async def test_a_reset_by_the_central_system_is_survived() -> None:
    async with a_world() as world:
        asking: list[asyncio.Task[Any]] = []

        def on_happening(happening: Any) -> None:
            if happening.do == "start":
                order = Reset(hard=False)
                command = make_command(station=world.stations["SIM-0001"].id, order=order)
                asking.append(asyncio.create_task(world.lines.send(command)))

        outcome = await against(
            world,
            STATION + 'quirks = ["forgets-transactions"]\n' + steps(
                "connect", f'start tag = "{CARD}"', 'expect-command action = "Reset"',
                'expect-session state = "ended"', f'start tag = "{CARD}"; expect = "any"',
            ),
            on_happening=on_happening,
        )  # fmt: skip
        await asyncio.gather(*asking)
        assert outcome.ok, said(outcome)
        assert any(isinstance(one, ActiveSession) for one in await world.sessions())


async def test_faults_configuration_and_events_are_reported(central: Any) -> None:
    text = STATION + 'configuration = { StopTxnSampledData = "" }\nkey = "secret"\n' + steps(
        "connect", 'fault error = "GroundFailure"', "repair",
        'security-event type = "TamperDetectionActivated"',
        'configure key = "ClockAlignedDataInterval"; value = "900"', 'wait for = "16 min"', "settle",
    )  # fmt: skip
    outcome = await play(central.url, text)
    assert outcome.ok, said(outcome)
    codes = [one["errorCode"] for one in central.payloads("StatusNotification")]
    assert codes == ["NoError", "NoError", "GroundFailure", "NoError"]
    assert len(central.payloads("SecurityEventNotification")) == 1
    assert len(central.payloads("MeterValues")) >= 1
    assert "Authorization" in central.headers[0]


async def test_a_station_tells_the_maker_model_and_firmware_that_the_file_gives_it() -> None:
    async with a_world() as world:
        plate = 'vendor = "ACME"\nmodel = "Box 7"\nfirmware = "4.2.1"\n'
        assert (await against(world, STATION + plate + steps("connect"))).ok
        boot = (await world.state("SIM-0001")).boot
    assert boot is not None
    assert (boot.vendor, boot.model, boot.firmware) == ("ACME", "Box 7", "4.2.1")


async def test_at_the_speed_of_real_time_stations_live_now() -> None:
    async with a_world() as world:
        live = await against(world, "speed = 1\n" + STATION + steps("connect"))
        url = f"ws://127.0.0.1:{world.port}/ocpp"
        past = await play(url, "speed = 2\n" + STATION + steps("connect"))
    assert live.happenings[0].at == NOW + timedelta(days=1)
    assert past.happenings[0].at < NOW + timedelta(days=1)
