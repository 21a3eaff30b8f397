"""Samples in odd shapes, with odd words."""

from __future__ import annotations

from typing import Any

import orjson

from emobility_core.charging import Quality
from emobility_core.energy import Energy

from ..scenes import Play, Scene


def _sent(scene: Scene) -> list[dict[str, Any]]:
    value = scene.payload["meterValue"]
    samples: list[dict[str, Any]] = (value if isinstance(value, dict) else value[0])["sampledValue"]
    return samples


async def kept_as_sent(scene: Scene) -> None:
    """All samples stay, with the station's own words; nothing is refused."""
    assert await scene.play() == {}
    reading = await scene.stray()
    assert orjson.loads(reading.samples) == _sent(scene)


async def single_object(scene: Scene) -> None:
    await kept_as_sent(scene)
    reading = await scene.stray()
    assert Quality.COERCED in reading.qualities
    assert reading.energy == Energy.wh(0)


async def empty_list(scene: Scene) -> None:
    assert await scene.play() == {}
    assert await scene.world.readings() == []


async def line_break_in_a_word(scene: Scene) -> None:
    await kept_as_sent(scene)
    assert Quality.COERCED in (await scene.stray()).qualities


async def line_break_does_not_hide_the_register(scene: Scene) -> None:
    await line_break_in_a_word(scene)
    broken = {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": " 5\n", "unit": "kWh\n"}]}
    assert await scene.play(meterValue=[broken]) == {}
    assert (await scene.world.readings())[-1].energy == Energy.wh(5000)


async def signed_envelope(scene: Scene) -> None:
    await kept_as_sent(scene)
    reading = await scene.stray()
    assert (reading.energy, reading.power_w) == (None, None)


PLAYS: dict[str, Play] = {
    "mv-object-not-array": single_object,
    "mv-empty-sampledvalue": empty_list,
    "mv-hz": kept_as_sent,
    "mv-hertz": kept_as_sent,
    "mv-measurand-newline": line_break_does_not_hide_the_register,
    "mv-celsius-celcius": kept_as_sent,
    "mv-export-for-import": kept_as_sent,
    "mv-current-ln-phase": kept_as_sent,
    "signed-json-envelope": signed_envelope,
}
