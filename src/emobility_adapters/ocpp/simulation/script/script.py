"""A scenario as a file has it: stations and steps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs

from emobility_adapters.ocpp.simulation.firmware import FIRST
from emobility_adapters.ocpp.simulation.presence import MODEL, VENDOR
from emobility_adapters.ocpp.simulation.script.fields import TEXT, TEXTS, WHOLE, field, one_of, table
from emobility_adapters.ocpp.simulation.script.steps import Step


@attrs.frozen(kw_only=True)
class StationPart:
    """One station, or `count` alike."""

    identity: str = field(TEXT, "its identity; `{n}` stands for its number, from 1, where there are several")
    count: int = field(WHOLE, "how many stations alike", default=1)
    connectors: tuple[str, ...] = field(
        TEXTS, "the kind of each connector: ac11, ac22, dc50, dc150, hpc300", default=("ac22",)
    )
    quirks: tuple[str, ...] = field(TEXTS, "the quirks that it has", default=())
    vendor: str = field(TEXT, "the maker that it tells when it boots", default=VENDOR)
    model: str = field(TEXT, "the model that it tells", default=MODEL)
    firmware: str = field(TEXT, "the firmware that it runs at first", default=FIRST)
    key: str | None = field(TEXT, "its AuthorizationKey", default=None)
    security_profile: int | None = field(
        WHOLE,
        "0 to 3; without it, 1 if there is a key, and 2 if the URL is one of wss as well",
        key="security-profile",
        default=None,
    )
    secure_url: str | None = field(
        TEXT, "where it connects from profile 2 on; without it, the URL with wss", default=None
    )
    roots: str | None = field(TEXT, "a file with the roots that it trusts, PEM", default=None)
    certificate: str | None = field(TEXT, "a file with its client certificate, PEM", default=None)
    certificate_key: str | None = field(TEXT, "a file with the key to it, PEM", default=None)
    configuration: Mapping[str, Any] = table("configuration keys and their values, as texts")
    files: str = field(
        one_of("real", "pretended"),
        "whether firmware is really fetched and logs really delivered",
        default="real",
    )

    @property
    def identities(self) -> list[str]:
        return [self.identity.format(n=number) for number in range(1, self.count + 1)]


@attrs.frozen(kw_only=True)
class PlacedStep:
    """A step with its place in the file, and whom it concerns: every station without a name."""

    line: int
    step: Step
    station: str | None = None


@attrs.frozen(kw_only=True)
class Script:
    """What a file says. `folder` is where it lies, and the files that it names."""

    name: str
    seed: int
    speed: float
    clock: datetime | None
    folder: Path
    stations: tuple[StationPart, ...]
    steps: tuple[PlacedStep, ...]

    @property
    def lasts_s(self) -> float:
        """Station time that it takes at most, with a minute for each step."""
        return sum(one.step.lasts_s + 60 for one in self.steps)
