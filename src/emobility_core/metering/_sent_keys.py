"""Public keys as stations send them: where they came from, and for which meter."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

import attrs

from emobility_core.metering._envelope import SignedValue
from emobility_core.metering._json import BadJson, read_object
from emobility_core.metering._keys import PublicKey, UnreadableKey, read_key
from emobility_core.metering._record import SignedRecord

_CONFIGURED = re.compile(r"MeterPublicKey\[?(\d{1,4})\]?", re.IGNORECASE)


class KeyOrigin(StrEnum):
    """How a key came here; `by-hand` and `template` are ways beside the station's own line."""

    BY_HAND = "by-hand"
    TEMPLATE = "template"
    CONFIGURATION = "configuration-key"
    DATA_TRANSFER = "data-transfer"
    ENVELOPE = "envelope"

    @property
    def beside_the_data(self) -> bool:
        """Whether somebody who sends forged data could not have sent this key with it."""
        return self in (KeyOrigin.BY_HAND, KeyOrigin.TEMPLATE)


@attrs.frozen(kw_only=True)
class SentKey:
    """A key as it was sent (`text`), and what it reads as; `fault` says why it does not."""

    text: str
    origin: KeyOrigin
    key: PublicKey | None
    fault: str | None = None
    connector: int | None = None
    meter: str | None = None


def keys_of_data_transfer(vendor: str, message: str, data: str) -> tuple[SentKey, ...]:
    """The keys of a DataTransfer `setMeterConfiguration`; none in any other.

    Raises `UnreadableKey` where the data are not what the message promises; a key that cannot be read does
    not cost the others.
    """
    if (vendor, message) != ("generalConfiguration", "setMeterConfiguration"):
        return ()
    try:
        meters = read_object(data).get("meters")
    except BadJson as fault:
        raise UnreadableKey(fault.reason) from None
    if not isinstance(meters, list) or not all(isinstance(one, dict) for one in meters):
        raise UnreadableKey("wrong-type")
    return tuple(_of_meters(meters))


def _of_meters(meters: Iterable[dict[str, object]]) -> Iterable[SentKey]:
    for one in meters:
        text, meter = one.get("publicKey"), one.get("meterSerial")
        if isinstance(text, str) and text:
            yield _sent(
                text,
                KeyOrigin.DATA_TRANSFER,
                connector=_connector(one.get("connectorId")),
                meter=meter if isinstance(meter, str) and meter else None,
            )


def _connector(found: object) -> int | None:
    """A connector's number; numbers come as their text, and stations write some as text anyway."""
    return int(found) if isinstance(found, str) and re.fullmatch(r"[0-9]{1,4}", found) else None


def key_of_configuration(name: str, value: str) -> SentKey | None:
    """The key of `MeterPublicKey1` and the like; None for another configuration key or an empty one."""
    found = _CONFIGURED.fullmatch(name)
    if found is None or not value.strip():
        return None
    return _sent(value, KeyOrigin.CONFIGURATION, connector=int(found[1]))


def key_sent_with(value: SignedValue, record: SignedRecord) -> SentKey | None:
    """The key that came in the envelope of a signed value, or in the withdrawn section of its record."""
    text = value.key or record.carried_key
    return None if text is None else _sent(text, KeyOrigin.ENVELOPE)


def _sent(text: str, origin: KeyOrigin, *, connector: int | None = None, meter: str | None = None) -> SentKey:
    try:
        key, fault = read_key(text), None
    except UnreadableKey as refusal:
        key, fault = None, refusal.reason
    return SentKey(text=text, origin=origin, key=key, fault=fault, connector=connector, meter=meter)
