"""Sessions while the link is down, replayed with their old timestamps, starts repeated."""

from __future__ import annotations

from datetime import timedelta

from emobility_adapters.ocpp.simulation.failures import LineLost
from emobility_adapters.ocpp.simulation.history import PastSession, queue_history
from emobility_adapters.ocpp.simulation.results import StationResult
from emobility_adapters.ocpp.simulation.scenarios.part import Part


async def offline_replay(part: Part) -> StationResult:
    """Lose the link, queue whole sessions, come back and replay.

    Stations with an even number queue the planned sessions as of `days_back` ago. Those with an odd
    one start a session online, end it offline, and go on with the planned ones. On the first return
    the answer to the first StartTransaction is lost with the line; on the second every start is sent
    `copies` times. All copies must get the same transaction id. Raises what `session` raises.
    """
    presence = part.station.presence
    await presence.start_up(boot_attempts=1)
    if part.number % 2:
        await _start_online_end_offline(part)
        for session in range(part.plan.sessions):
            await part.charge(session)
    else:
        await presence.cut()
        _queue_past(part)
    await _lose_an_answer(part)
    presence.copies = {"StartTransaction": part.plan.copies}
    await presence.start_up(boot_attempts=1)
    await presence.settled()
    return part.result()


async def _start_online_end_offline(part: Part) -> None:
    station = part.station
    visit = part.visit(part.plan.sessions)
    station.hardware.plug_in(visit.connector, visit.vehicle)
    transaction = station.hardware.begin(visit.connector, visit.id_tag)
    part.transactions.append(transaction)
    await station.presence.settled()
    await station.presence.cut()
    interval_s = part.plan.session_s / (part.plan.meter_values + 1)
    for _ in range(part.plan.meter_values):
        await station.clock.sleep(interval_s)
        station.hardware.sample(visit.connector)
    await station.clock.sleep(interval_s)
    station.hardware.end(transaction)
    station.hardware.unplug(visit.connector)


async def _lose_an_answer(part: Part) -> None:
    presence = part.station.presence
    await presence.start_up(boot_attempts=1)
    presence.lose_answer_to("StartTransaction")
    try:
        await presence.settled()
    except LineLost:
        return


def _queue_past(part: Part) -> None:
    plan, station = part.plan, part.station
    connector = station.hardware.connectors[0]
    duration = timedelta(seconds=plan.session_s)
    begin = station.clock.now() - timedelta(days=plan.days_back)
    past = [
        PastSession(
            start=begin + number * (duration + timedelta(minutes=10)),
            duration=duration,
            energy_wh=int(connector.kind.power_w * plan.session_s / 3600 * station.random.uniform(0.3, 0.9)),
            id_tag=plan.id_tag(part.number - 1, number),
            connector=connector.number,
        )
        for number in range(plan.sessions)
    ]
    every = duration / (plan.meter_values + 1)
    part.transactions.extend(queue_history(station, past, sample_every=every))
