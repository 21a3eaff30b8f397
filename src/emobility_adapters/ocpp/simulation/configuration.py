"""The configuration keys of a simulated station."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.samples import CURRENT, ENERGY, POWER, SOC, VOLTAGE


@attrs.frozen
class Key:
    """One key; `kind` is int, bool or str and decides which values are taken."""

    value: str
    kind: type = int
    readonly: bool = False

    def takes(self, value: str) -> bool:
        if self.kind is int:
            return value.isdecimal()
        return self.kind is not bool or value.lower() in ("true", "false")


_SAMPLED = ",".join((ENERGY, POWER, CURRENT, VOLTAGE, SOC))

# OCPP 1.6, chapter 9: the required keys of the Core profile, and the optional ones acted upon.
_DEFAULTS = {
    "AuthorizeRemoteTxRequests": Key("false", bool, readonly=True),
    "ClockAlignedDataInterval": Key("0"),
    "ConnectionTimeOut": Key("60"),
    "ConnectorPhaseRotation": Key("NotApplicable", str),
    "GetConfigurationMaxKeys": Key("100", readonly=True),
    "HeartbeatInterval": Key("300"),
    "LocalAuthorizeOffline": Key("true", bool),
    "LocalPreAuthorize": Key("false", bool),
    "MeterValuesAlignedData": Key(ENERGY, str),
    "MeterValuesSampledData": Key(_SAMPLED, str),
    "MeterValueSampleInterval": Key("60"),
    "NumberOfConnectors": Key("1", readonly=True),
    "ResetRetries": Key("0"),
    "StopTransactionOnEVSideDisconnect": Key("true", bool, readonly=True),
    "StopTransactionOnInvalidId": Key("true", bool),
    "StopTxnAlignedData": Key("", str),
    "StopTxnSampledData": Key(ENERGY, str),
    "SupportedFeatureProfiles": Key("Core,RemoteTrigger", str, readonly=True),
    "TransactionMessageAttempts": Key("3"),
    "TransactionMessageRetryInterval": Key("60"),
    "UnlockConnectorOnEVSideDisconnect": Key("true", bool, readonly=True),
}


class Configuration:
    """Keys and values; survives a reset."""

    def __init__(self, *, connectors: int, sample_interval_s: int) -> None:
        self._keys = dict(_DEFAULTS)
        self.set("NumberOfConnectors", str(connectors))
        self.set("MeterValueSampleInterval", str(sample_interval_s))

    def number(self, name: str) -> int:
        return int(self._keys[name].value)

    def flag(self, name: str) -> bool:
        return self._keys[name].value.lower() == "true"

    def names(self, name: str) -> tuple[str, ...]:
        """A comma-separated value, taken apart."""
        return tuple(part.strip() for part in self._keys[name].value.split(",") if part.strip())

    def set(self, name: str, value: str) -> None:
        """Set a key from the station's own side."""
        self._keys[name] = attrs.evolve(self._keys[name], value=value)

    def change(self, name: str, value: str) -> str:
        """ChangeConfiguration; the ConfigurationStatus."""
        key = self._keys.get(name)
        if key is None:
            return "NotSupported"
        if key.readonly or not key.takes(value):
            return "Rejected"
        self.set(name, value)
        return "Accepted"

    def report(self, names: Sequence[str]) -> Payload:
        """GetConfiguration: the named keys, all without names."""
        known = [name for name in names or self._keys if name in self._keys]
        keys = [
            {"key": name, "readonly": self._keys[name].readonly, "value": self._keys[name].value}
            for name in known
        ]
        unknown = [name for name in names if name not in self._keys]
        return {"configurationKey": keys} | ({"unknownKey": unknown} if unknown else {})
