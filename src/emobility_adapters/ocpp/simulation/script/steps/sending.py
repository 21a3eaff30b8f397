"""Steps that send something by hand, or set the station up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

import attrs

from emobility_adapters.ocpp.simulation.failures import CallFailed
from emobility_adapters.ocpp.simulation.script.actor import Actor, Unmet
from emobility_adapters.ocpp.simulation.script.fields import DURATION, TEXT, field, one_of, table
from emobility_adapters.ocpp.simulation.script.steps.step import Step, contains


@attrs.frozen(kw_only=True)
class Send(Step):
    """Sends any message and waits for its answer."""

    do: ClassVar[str] = "send"
    action: str = field(TEXT, "the action, such as DataTransfer")
    payload: Mapping[str, Any] = table("its payload")
    answer: Mapping[str, Any] = table("what the answer must have in it")
    error: str | None = field(TEXT, "the error code to come instead of an answer", default=None)

    async def play(self, actor: Actor) -> str:
        try:
            answer = await actor.station.presence.call(self.action, dict(self.payload))
        except CallFailed as failed:
            if failed.code != self.error:
                raise Unmet(f"{self.action} was answered with {failed.code}") from None
            return f"{self.action} was answered with {failed.code}"
        if self.error is not None:
            raise Unmet(f"{self.action} was answered, expected was {self.error}")
        if not contains(answer, self.answer):
            raise Unmet(f"{self.action} was answered {answer}, expected was {self.answer}")
        return f"{self.action} was answered"


@attrs.frozen(kw_only=True)
class SendRaw(Step):
    """Sends a text as it stands, whatever it is; the connection is to live on."""

    do: ClassVar[str] = "send-raw"
    frame: str = field(TEXT, "the text")
    answer: str = field(
        one_of("any", "result", "error", "none"),
        "what must come back under the frame's id; none waits for nothing",
        default="any",
    )

    async def play(self, actor: Actor) -> str:
        await actor.station.presence.say(self.frame)
        if self.answer == "none":
            return "sent"
        kinds = {"any": (3, 4), "result": (3,), "error": (4,)}[self.answer]
        came = await actor.ears.take(
            lambda one: one[0] in (3, 4) and f'"{one[1]}"' in self.frame, within_s=actor.within_s
        )
        if came is None:
            raise Unmet("nothing came back")
        if came[0] not in kinds:
            raise Unmet(f"{came} came back, expected was {self.answer}")
        return f"{came[2] if came[0] == 4 else 'a result'} came back"


@attrs.frozen(kw_only=True)
class Configure(Step):
    """Sets a configuration key on the spot, as a technician does."""

    do: ClassVar[str] = "configure"
    key: str = field(TEXT, "the key")
    value: str = field(TEXT, "its value")

    async def play(self, actor: Actor) -> str:
        actor.station.configuration.set(self.key, self.value)
        if self.key == "ClockAlignedDataInterval":
            actor.station.timers.align()
        return f"{self.key} is {self.value}"


@attrs.frozen(kw_only=True)
class ReportSecurity(Step):
    """Reports a security event."""

    do: ClassVar[str] = "security-event"
    type: str = field(TEXT, "its type, such as TamperDetectionActivated")
    info: str | None = field(TEXT, "further words", default=None)

    async def play(self, actor: Actor) -> str:
        actor.station.report_security(self.type, self.info)
        return self.type


@attrs.frozen(kw_only=True)
class FailUpdate(Step):
    """Lets the next firmware updates fail."""

    do: ClassVar[str] = "fail-updates"
    at: str = field(
        one_of("DownloadFailed", "InvalidSignature", "InstallationFailed"), "the status to fail with"
    )

    async def play(self, actor: Actor) -> str:
        actor.station.firmware.fails = self.at
        return f"updates will end with {self.at}"


@attrs.frozen(kw_only=True)
class RequestCertificate(Step):
    """Makes a key pair and asks for a certificate for it (SignCertificate)."""

    do: ClassVar[str] = "request-certificate"

    async def play(self, actor: Actor) -> str:
        actor.station.request_certificate()
        return "asked"


@attrs.frozen(kw_only=True)
class Wait(Step):
    """Station time passes; whatever is going on goes on."""

    do: ClassVar[str] = "wait"
    for_: float = field(DURATION, "how long, in station time", key="for")

    @property
    def lasts_s(self) -> float:
        return self.for_

    async def play(self, actor: Actor) -> str:
        await actor.station.clock.sleep(self.for_)
        return f"{timedelta(seconds=self.for_)} have passed"


@attrs.frozen(kw_only=True)
class Settle(Step):
    """Waits until every report was answered."""

    do: ClassVar[str] = "settle"

    async def play(self, actor: Actor) -> str:
        await actor.settle()
        return "every report was answered"


SENDING = (Send, SendRaw, Configure, ReportSecurity, FailUpdate, RequestCertificate, Wait, Settle)
