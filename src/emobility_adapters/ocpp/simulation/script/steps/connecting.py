"""Steps on the connection."""

from __future__ import annotations

from typing import ClassVar

import attrs

from emobility_adapters.ocpp.simulation.failures import SimulationFailure
from emobility_adapters.ocpp.simulation.script.actor import Actor, Unmet
from emobility_adapters.ocpp.simulation.script.fields import TEXT, field, one_of
from emobility_adapters.ocpp.simulation.script.steps.step import Step


@attrs.frozen(kw_only=True)
class Connect(Step):
    """Connects, boots, reports its statuses, sends what is queued, and stays connected from now on."""

    do: ClassVar[str] = "connect"
    expect: str = field(
        one_of("accepted", "refused"), "whether the central system is to let it in", default="accepted"
    )

    async def play(self, actor: Actor) -> str:
        try:
            await actor.connect()
        except SimulationFailure as failure:
            if self.expect == "accepted":
                raise
            return f"refused: {failure}"
        if self.expect == "refused":
            raise Unmet("the station was let in, which was not to be")
        return "connected and booted"


@attrs.frozen(kw_only=True)
class Disconnect(Step):
    """Closes the connection politely and stays away."""

    do: ClassVar[str] = "disconnect"

    async def play(self, actor: Actor) -> str:
        await actor.stay_away()
        await actor.station.presence.disconnect()
        return "disconnected"


@attrs.frozen(kw_only=True)
class Offline(Step):
    """Loses the connection without a word and stays away."""

    do: ClassVar[str] = "offline"

    async def play(self, actor: Actor) -> str:
        await actor.stay_away()
        await actor.station.presence.cut()
        return "offline"


@attrs.frozen(kw_only=True)
class Online(Connect):
    """The same as connect: comes back after offline or disconnect."""

    do: ClassVar[str] = "online"


@attrs.frozen(kw_only=True)
class DropLink(Step):
    """Loses the connection without a word and comes back by itself."""

    do: ClassVar[str] = "drop-link"

    async def play(self, actor: Actor) -> str:
        await actor.station.presence.cut()
        await actor.back()
        return "lost the link and came back"


@attrs.frozen(kw_only=True)
class LoseAnswer(Step):
    """Loses the connection right after the next message of an action, before its answer, and comes back."""

    do: ClassVar[str] = "lose-answer"
    to: str = field(TEXT, "the action, such as StartTransaction")

    async def play(self, actor: Actor) -> str:
        actor.station.presence.lose_answer_to(self.to)
        return f"will not hear the answer to {self.to}"


@attrs.frozen(kw_only=True)
class Reboot(Step):
    """Restarts, as after a Reset: sessions end, and it boots on a new connection."""

    do: ClassVar[str] = "reboot"
    kind: str = field(one_of("soft", "hard"), "soft waits until reports were answered", default="soft")

    async def play(self, actor: Actor) -> str:
        presence = actor.station.presence
        before = presence.connections
        actor.station.reset(self.kind.capitalize())
        if not await actor.until(lambda: presence.connections > before and presence.is_online):
            raise Unmet(f"the station was not back within {actor.within_s:g} s")
        return "restarted"


CONNECTING = (Connect, Disconnect, Offline, Online, DropLink, LoseAnswer, Reboot)
