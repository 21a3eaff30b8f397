"""A station's firmware: fetching it, verifying it, installing it, running it after the next boot."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import PurePosixPath
from typing import TypeAlias
from urllib.parse import urlsplit

import attrs

from emobility_adapters.ocpp.simulation.clock import StationClock
from emobility_adapters.ocpp.simulation.transfers import TransferFailed, Transfers

Tell: TypeAlias = Callable[[str], Awaitable[None]]
Verify: TypeAlias = Callable[[bytes], bool]

FIRST = "1.0.0"
_VERSION = re.compile(r"\d+(?:\.\d+)+")


@attrs.frozen
class Update:
    """What was ordered: where the file lies, when to fetch and when to install it, how often to try."""

    location: str
    retrieve_at: datetime
    install_at: datetime | None = None
    retries: int = 0
    interval_s: int = 60
    verify: Verify | None = None

    @property
    def version(self) -> str:
        """The version that the file's name tells; its name where it tells none."""
        name = PurePosixPath(urlsplit(self.location).path)
        found = _VERSION.findall(name.name)
        return (found[-1] if found else name.stem or "2.0.0")[:50]


class Firmware:
    """`version` runs now, `is_new` until that was told; `installed` waits for the next boot.

    `fails` names the status at which the next updates fail.
    """

    def __init__(self, clock: StationClock, transfers: Transfers, *, version: str = FIRST) -> None:
        self.version = version
        self.is_new = False
        self.installed: str | None = None
        self.fails: str | None = None
        self.transfers = transfers
        self._clock = clock

    def boot(self) -> None:
        """Run what was installed."""
        if self.installed is not None:
            self.version, self.installed, self.is_new = self.installed, None, True

    async def update(self, update: Update, tell: Tell) -> bool:
        """Fetch, verify and install; tell each status. True when only the boot is left to do."""
        if update.retrieve_at > self._clock.now():
            if update.verify is not None:
                await tell("DownloadScheduled")
            await self._clock.until(update.retrieve_at)
        content = await self._fetch(update, tell)
        if content is None:
            return False
        if update.verify is not None:
            genuine = update.verify(content) and self.fails != "InvalidSignature"
            await tell("SignatureVerified" if genuine else "InvalidSignature")
            if not genuine:
                return False
        if update.install_at is not None and update.install_at > self._clock.now():
            await tell("InstallScheduled")
            await self._clock.until(update.install_at)
        await tell("Installing")
        if self.fails == "InstallationFailed":
            await tell("InstallationFailed")
            return False
        self.installed = update.version
        return True

    async def _fetch(self, update: Update, tell: Tell) -> bytes | None:
        for attempt in range(update.retries + 1):
            if attempt:
                await self._clock.wait(update.interval_s)
            await tell("Downloading")
            try:
                if self.fails == "DownloadFailed":
                    raise TransferFailed(update.location, "as the scenario has it")
                content = await self.transfers.fetch(update.location)
            except TransferFailed:
                await tell("DownloadFailed")
            else:
                await tell("Downloaded")
                return content
        return None
