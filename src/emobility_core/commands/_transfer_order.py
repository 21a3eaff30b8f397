"""Files that a station fetches or delivers: firmware, diagnostics, logs."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import Enum

import attrs

from emobility_core.commands._order import CommandKind, MalformedOrder, StationOrder, require_length
from emobility_core.commands._secrecy import MASK
from emobility_core.instants import Instant

_A_DAY = timedelta(days=1)
_LONGEST_LOCATION = 512
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")
# A password may hold an @ or a slash that nobody has encoded: all up to the last @ goes.
_CREDENTIALS = re.compile(r"(?<=://).*@")


def without_credentials(location: str) -> str:
    """A location as it may be shown: names and passwords of file servers are not everybody's to read."""
    return _CREDENTIALS.sub(f"{MASK}@", location)[:_LONGEST_LOCATION]


def _require_tries(retries: int | None, interval_s: int | None) -> None:
    for field, value in (("retries", retries), ("retry_interval_s", interval_s)):
        if value is not None and not 0 <= value < 2**31:
            raise MalformedOrder(field, "must be a whole number from 0 on")


def _require_location(location: str | None) -> None:
    require_length("location", location, _LONGEST_LOCATION)
    if location is not None and not _URL.fullmatch(location):
        raise MalformedOrder("location", "must be a URL, such as https://files.example.org/fw.bin")


@attrs.frozen(kw_only=True)
class GetDiagnostics(StationOrder):
    """Upload diagnostics to `location`; without one the server offers a place of its own."""

    kind = CommandKind.GET_DIAGNOSTICS
    effect_within = _A_DAY
    location: str | None = None
    since: Instant | None = None
    until: Instant | None = None
    retries: int | None = None
    retry_interval_s: int | None = None

    def __attrs_post_init__(self) -> None:
        _require_location(self.location)
        _require_tries(self.retries, self.retry_interval_s)


class LogKind(Enum):
    """Which log (security whitepaper, 6.13)."""

    DIAGNOSTICS = "diagnostics"
    SECURITY = "security"


@attrs.frozen(kw_only=True)
class GetLog(StationOrder):
    """Upload a log to `location`; without one the server offers a place of its own.

    `request` is the number by which the station's status messages name the upload.
    """

    kind = CommandKind.GET_LOG
    effect_within = _A_DAY
    log: LogKind
    request: int
    location: str | None = None
    since: Instant | None = None
    until: Instant | None = None
    retries: int | None = None
    retry_interval_s: int | None = None

    def __attrs_post_init__(self) -> None:
        _require_location(self.location)
        _require_tries(self.retries, self.retry_interval_s)


@attrs.frozen(kw_only=True)
class UpdateFirmware(StationOrder):
    """Fetch firmware from `location` at `retrieve_at` and install it.

    `version` is what the station is to run afterwards, held against its next boot; without it the
    station's own word that the firmware is installed has to do.
    """

    kind = CommandKind.UPDATE_FIRMWARE
    effect_within = timedelta(days=2)
    location: str
    retrieve_at: Instant
    version: str | None = None
    retries: int | None = None
    retry_interval_s: int | None = None

    def __attrs_post_init__(self) -> None:
        _require_location(self.location)
        _require_tries(self.retries, self.retry_interval_s)


@attrs.frozen(kw_only=True)
class SignedUpdateFirmware(StationOrder):
    """As `UpdateFirmware`, with the maker's signature of the file, which the station verifies."""

    kind = CommandKind.SIGNED_UPDATE_FIRMWARE
    effect_within = timedelta(days=2)
    request: int
    location: str
    retrieve_at: Instant
    install_at: Instant | None = None
    certificate: str
    signature: str
    version: str | None = None
    retries: int | None = None
    retry_interval_s: int | None = None

    def __attrs_post_init__(self) -> None:
        _require_location(self.location)
        require_length("certificate", self.certificate, 5500)
        require_length("signature", self.signature, 800)
        _require_tries(self.retries, self.retry_interval_s)
