"""The configuration keys of a simulated station."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.samples import (
    CURRENT,
    ENERGY,
    MEASURANDS,
    POWER,
    SOC,
    VOLTAGE,
)


@attrs.frozen
class Key:
    """One key; `kind` is int, bool or str and decides which values are taken.

    `measurands` takes a list of known measurands alone; `reboot` says that a change counts from the
    next boot on; a `secret` is never told.
    """

    value: str
    kind: type = int
    readonly: bool = False
    measurands: bool = False
    reboot: bool = False
    secret: bool = False

    def takes(self, value: str) -> bool:
        if self.kind is int:
            return value.isdecimal()
        if self.measurands:
            return all(one.strip() in MEASURANDS for one in value.split(",") if one.strip())
        return self.kind is not bool or value.lower() in ("true", "false")


_SAMPLED = ",".join((ENERGY, POWER, CURRENT, VOLTAGE, SOC))


def _measurands(value: str) -> Key:
    return Key(value, str, measurands=True)


def _fixed(value: str, kind: type = int) -> Key:
    return Key(value, kind, readonly=True)


# OCPP 1.6, chapter 9, with the errata and the security whitepaper: what the station acts upon or reports.
_DEFAULTS = {
    "AdditionalRootCertificateCheck": _fixed("false", bool),
    "AllowOfflineTxForUnknownId": Key("true", bool),
    "AuthorizationCacheEnabled": Key("true", bool),
    "AuthorizationKey": Key("", str, secret=True),
    "AuthorizeRemoteTxRequests": _fixed("false", bool),
    "BlinkRepeat": Key("0"),
    "CertificateSignedMaxChainSize": _fixed("10000"),
    "CertificateStoreMaxLength": _fixed("8"),
    "ChargeProfileMaxStackLevel": _fixed("10"),
    "ChargingScheduleAllowedChargingRateUnit": _fixed("Current,Power", str),
    "ChargingScheduleMaxPeriods": _fixed("24"),
    "ClockAlignedDataInterval": Key("0"),
    "ConnectionTimeOut": Key("60"),
    "ConnectorPhaseRotation": Key("NotApplicable", str, reboot=True),
    "ConnectorPhaseRotationMaxLength": _fixed("8"),
    "ConnectorSwitch3to1PhaseSupported": _fixed("false", bool),
    "CpoName": Key("", str),
    "GetConfigurationMaxKeys": _fixed("100"),
    "HeartbeatInterval": Key("300"),
    "LightIntensity": Key("100"),
    "LocalAuthListEnabled": Key("true", bool),
    "LocalAuthListMaxLength": _fixed("1000"),
    "LocalAuthorizeOffline": Key("true", bool),
    "LocalPreAuthorize": Key("false", bool),
    "MaxChargingProfilesInstalled": _fixed("20"),
    "MaxEnergyOnInvalidId": Key("0"),
    "MessageTimeout": Key("60"),
    "MeterValuesAlignedData": _measurands(ENERGY),
    "MeterValuesAlignedDataMaxLength": _fixed("22"),
    "MeterValuesSampledData": _measurands(_SAMPLED),
    "MeterValuesSampledDataMaxLength": _fixed("22"),
    "MeterValueSampleInterval": Key("60"),
    "MinimumStatusDuration": Key("0"),
    "NumberOfConnectors": _fixed("1"),
    "ReserveConnectorZeroSupported": _fixed("true", bool),
    "ResetRetries": Key("0"),
    "SecurityProfile": Key("0"),
    "SendLocalListMaxLength": _fixed("100"),
    "StopTransactionOnEVSideDisconnect": Key("true", bool),
    "StopTransactionOnInvalidId": Key("true", bool),
    "StopTxnAlignedData": _measurands(""),
    "StopTxnAlignedDataMaxLength": _fixed("22"),
    "StopTxnSampledData": _measurands(ENERGY),
    "StopTxnSampledDataMaxLength": _fixed("22"),
    "SupportedFeatureProfiles": _fixed(
        "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger", str
    ),
    "SupportedFileTransferProtocols": _fixed("HTTP,HTTPS", str),
    "SupportedFeatureProfilesMaxLength": _fixed("6"),
    "TransactionMessageAttempts": Key("3"),
    "TransactionMessageRetryInterval": Key("60"),
    "UnlockConnectorOnEVSideDisconnect": Key("true", bool),
    "WebSocketPingInterval": Key("60"),
}


class Configuration:
    """Keys and values; survives a reset."""

    def __init__(self, *, connectors: int, sample_interval_s: int) -> None:
        self._keys = dict(_DEFAULTS)
        self.set("NumberOfConnectors", str(connectors))
        self.set("MeterValueSampleInterval", str(sample_interval_s))

    def __contains__(self, name: str) -> bool:
        return name in self._keys

    def text(self, name: str) -> str:
        return self._keys[name].value

    def number(self, name: str) -> int:
        return int(self._keys[name].value)

    def flag(self, name: str) -> bool:
        return self._keys[name].value.lower() == "true"

    def names(self, name: str) -> tuple[str, ...]:
        """A comma-separated value, taken apart."""
        return tuple(part.strip() for part in self._keys[name].value.split(",") if part.strip())

    def set(self, name: str, value: str) -> None:
        """Set a key from the station's own side; one that the station does not have becomes its own."""
        self._keys[name] = attrs.evolve(self._keys.get(name, Key("", str)), value=value)

    def remove(self, name: str) -> None:
        """Be a station that does not have this key."""
        self._keys.pop(name, None)

    def change(self, name: str, value: str) -> str:
        """ChangeConfiguration; the ConfigurationStatus."""
        key = self._keys.get(name)
        if key is None:
            return "NotSupported"
        if key.readonly or not key.takes(value):
            return "Rejected"
        self.set(name, value)
        return "RebootRequired" if key.reboot else "Accepted"

    def report(self, names: Sequence[str]) -> Payload:
        """GetConfiguration: the named keys, all without names."""
        told = {name: key for name, key in self._keys.items() if not key.secret}
        keys = [
            {"key": name, "readonly": told[name].readonly, "value": told[name].value}
            for name in names or told
            if name in told
        ]
        unknown = [name for name in names if name not in told]
        return {"configurationKey": keys} | ({"unknownKey": unknown} if unknown else {})
