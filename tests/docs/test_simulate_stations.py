"""The scenarios of the how-to page play as they stand against a server that listens."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from emobility_adapters.ocpp.simulation.script import Happening, Player, parse_script
from emobility_core.commands import RemoteStart, RemoteStop
from emobility_core.energy import Energy
from emobility_core.testing.builders import make_command
from tests.adapters.ocpp.world import CARD, NOW, World, a_world

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "simulate-stations.md"
BLOCKS = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


class Operator:
    """Asks what the page leaves to the reader, when the station is ready for it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tasks: list[asyncio.Task[Any]] = []

    def hear(self, happening: Happening) -> None:
        if happening.do in ("plug", "charge"):
            self.tasks.append(asyncio.create_task(self._ask(happening.do)))

    async def _ask(self, after: str) -> None:
        station = self.world.stations["SIM-0001"].id
        if after == "plug":
            order: Any = RemoteStart(id_tag=CARD, connector=None)
        else:
            session = await self.world.session()
            order = RemoteStop(session=session.id, transaction_id=session.transaction_id)
        await self.world.lines.send(make_command(station=station, order=order))


@pytest.mark.parametrize("number", range(len(BLOCKS)))
async def test_a_scenario_of_the_page_plays_as_it_stands(number: int) -> None:
    async with a_world() as world:
        await world.add_station("SIM-0001")
        operator = Operator(world)
        player = Player(
            parse_script(BLOCKS[number], name="page"),
            f"ws://127.0.0.1:{world.port}/ocpp",
            on_happening=operator.hear,
            now=lambda: NOW + timedelta(hours=20),
            sleep=at_once,
        )
        outcome = await player.play()
        await asyncio.gather(*operator.tasks)
        assert outcome.ok, outcome.failures
        if number == 0:
            visits = [one.delivered for one in await world.sessions()]
            assert visits[0] == Energy.wh(5_500)
            assert len(visits) == 2
