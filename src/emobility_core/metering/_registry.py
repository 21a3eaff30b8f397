"""The public keys of meters: whose each is, how it came, and whether it may be billed by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

import attrs

from emobility_core.errors import Invalid
from emobility_core.instants import Instant, Period
from emobility_core.metering._keys import PublicKey
from emobility_core.metering._reason import Reason
from emobility_core.metering._record import Device
from emobility_core.metering._sent_keys import KeyOrigin

# So long before a calibration ends there is time to have the meter exchanged.
_SOON = timedelta(days=90)


@attrs.frozen
class KeyOfNobody(Invalid):
    """A meter key names no meter, gateway or charge point.

    Remedy: bind the key to the serial of the meter, of the gateway, of both, or to the charge point.
    """

    code = "key-of-nobody"


@attrs.frozen(kw_only=True)
class MeterKey:
    """The key of the signer that has every part of `device` that is named (OCMF: GS, MS, GS and MS, or CI).

    `confirmed` by somebody who compared it with the meter itself. `calibrated_until` is the last day of the
    meter's calibration.
    """

    device: Device
    key: PublicKey
    origin: KeyOrigin
    confirmed: bool = False
    valid: Period = attrs.field(factory=Period)
    calibrated_until: date | None = None

    def __attrs_post_init__(self) -> None:
        if not self.named:
            raise KeyOfNobody()

    @property
    def named(self) -> tuple[str, ...]:
        """The parts of the identity that the key is bound to."""
        return tuple(name for name in ("meter", "gateway", "charge_point") if getattr(self.device, name))

    @property
    def trusted(self) -> bool:
        """Whether it may be billed by: it did not come by the way of the data alone."""
        return self.confirmed or self.origin.beside_the_data

    def of(self, device: Device) -> bool:
        """Whether the device is the one that the key is bound to."""
        return all(getattr(self.device, name) == getattr(device, name) for name in self.named)


class KeyTrust(StrEnum):
    """What a transaction may do with its key: bill, or be held until somebody has looked."""

    TRUSTED = "trusted"
    UNCONFIRMED = "unconfirmed"
    CHANGED = "changed"
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True)
class KeyDecision:
    """The key to check with, whether it may be billed by, and what there is to say about it."""

    trust: KeyTrust
    key: PublicKey | None
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[Reason, ...] = ()


def key_for(
    device: Device, known: Iterable[MeterKey], *, at: Instant, on: date, sent: PublicKey | None = None
) -> KeyDecision:
    """Which key a record of this device, signed at an instant, is checked with.

    `sent` is the key that came along with the record, if one did; `on` is the local day, for the calibration.
    A key that came by the way of the data is checked with and not billed by; where it differs from the one
    that is trusted the transaction is held, whatever verifies.
    """
    keys = sorted((one for one in known if at in one.valid and one.of(device)), key=_precedence)
    trusted = [one for one in keys if one.trusted]
    offered = [one.key for one in keys if not one.trusted] + ([] if sent is None else [sent])
    if not trusted:
        if not offered:
            return KeyDecision(trust=KeyTrust.UNKNOWN, key=None, reasons=(Reason("key-unknown"),))
        if len({one.fingerprint for one in offered}) > 1:
            return _changed(offered)
        return KeyDecision(trust=KeyTrust.UNCONFIRMED, key=offered[0], reasons=(Reason("key-unconfirmed"),))
    best = [one for one in trusted if len(one.named) == len(trusted[0].named)]
    if len({one.fingerprint for one in [*(each.key for each in best), *offered]}) > 1:
        return _changed([*(each.key for each in best), *offered])
    return KeyDecision(
        trust=KeyTrust.TRUSTED, key=trusted[0].key, warnings=tuple(_calibration(trusted[0], on))
    )


def _precedence(one: MeterKey) -> tuple[int, bool]:
    """What names more parts of a device counts before what names fewer."""
    return -len(one.named), not one.confirmed


def _changed(found: list[PublicKey]) -> KeyDecision:
    told = " ".join(dict.fromkeys(one.fingerprint[:16] for one in found))
    return KeyDecision(
        trust=KeyTrust.CHANGED, key=found[0], reasons=(Reason("key-changed", {"found": told}),)
    )


def _calibration(key: MeterKey, on: date) -> Iterable[Reason]:
    until = key.calibrated_until
    if until is not None and until < on:
        yield Reason("calibration-over", {"until": until.isoformat()})
    elif until is not None and until - on <= _SOON:
        yield Reason("calibration-ends-soon", {"until": until.isoformat()})
