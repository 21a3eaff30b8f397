"""What a station can be asked to do: one class a request, in the words of the field, of no protocol version.

Each names its `kind`. `effect_within` is how long the effect may take once the station has accepted.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import ClassVar

import attrs

from emobility_core.commands._charging_profile import ChargingProfile, ProfilePurpose, RateUnit
from emobility_core.errors import Invalid
from emobility_core.ids import SessionId
from emobility_core.instants import Instant

# A driver has this long to plug in after a station accepted a remote start; the station's own
# ConnectionTimeOut is usually one or two minutes.
EFFECT_WITHIN = timedelta(minutes=5)
# OCPP 1.6, 6.33: above 0; what a station's 32-bit integer holds.
LAST_CONNECTOR = 2**31 - 1


@attrs.frozen
class MalformedOrder(Invalid):
    """A station is asked for something that no station could do.

    Remedy: mend the named field.
    """

    code = "malformed-order"
    field: str
    detail: str


class CommandKind(Enum):
    """What a station is asked to do."""

    CANCEL_RESERVATION = "cancel_reservation"
    CHANGE_AVAILABILITY = "change_availability"
    CHANGE_CONFIGURATION = "change_configuration"
    CLEAR_CACHE = "clear_cache"
    CLEAR_CHARGING_PROFILE = "clear_charging_profile"
    DELETE_CERTIFICATE = "delete_certificate"
    GET_COMPOSITE_SCHEDULE = "get_composite_schedule"
    GET_CONFIGURATION = "get_configuration"
    GET_DIAGNOSTICS = "get_diagnostics"
    GET_INSTALLED_CERTIFICATES = "get_installed_certificates"
    GET_LOCAL_LIST_VERSION = "get_local_list_version"
    GET_LOG = "get_log"
    INSTALL_CERTIFICATE = "install_certificate"
    REMOTE_START = "remote_start"
    REMOTE_STOP = "remote_stop"
    RESERVE_NOW = "reserve_now"
    RESET = "reset"
    ROTATE_AUTHORIZATION_KEY = "rotate_authorization_key"
    SEND_LOCAL_LIST = "send_local_list"
    SEND_SIGNED_CERTIFICATE = "send_signed_certificate"
    SET_CHARGING_PROFILE = "set_charging_profile"
    SIGNED_UPDATE_FIRMWARE = "signed_update_firmware"
    TRANSFER_DATA = "transfer_data"
    TRIGGER_MESSAGE = "trigger_message"
    UNLOCK_CONNECTOR = "unlock_connector"
    UPDATE_FIRMWARE = "update_firmware"


def require_connector(number: int | None, *, least: int = 1) -> None:
    """Raise `MalformedOrder` for a number that no connector has; 0 is the station as a whole."""
    if number is not None and not least <= number <= LAST_CONNECTOR:
        raise MalformedOrder("connector", f"must be a number from {least} to {LAST_CONNECTOR}")


def require_length(field: str, text: str | None, most: int) -> None:
    """Raise `MalformedOrder` for a text that is empty or longer than what OCPP has room for."""
    if text is not None and not 0 < len(text) <= most:
        raise MalformedOrder(field, f"must have 1 to {most} characters")


@attrs.frozen(kw_only=True)
class StationOrder:
    """What all orders share."""

    kind: ClassVar[CommandKind]
    effect_within: ClassVar[timedelta] = EFFECT_WITHIN


@attrs.frozen(kw_only=True)
class RemoteStart(StationOrder):
    """Begin to charge for a tag, on one connector or whichever the station chooses, along a profile."""

    kind = CommandKind.REMOTE_START
    id_tag: str
    connector: int | None = None
    profile: ChargingProfile | None = None

    def __attrs_post_init__(self) -> None:
        require_length("id_tag", self.id_tag, 20)
        require_connector(self.connector)
        if self.profile is not None and (
            self.profile.purpose is not ProfilePurpose.SESSION or self.profile.transaction_id is not None
        ):
            # OCPP 1.6, 5.16.2: the transaction does not exist yet.
            raise MalformedOrder("profile", "must be of a session, and name no transaction")


@attrs.frozen(kw_only=True)
class RemoteStop(StationOrder):
    """End a session by the transaction number that the station knows it by."""

    kind = CommandKind.REMOTE_STOP
    session: SessionId
    transaction_id: int


@attrs.frozen(kw_only=True)
class ChangeAvailability(StationOrder):
    """Take a connector, or with 0 the whole station, into service or out of it.

    A running transaction is not interrupted: the change is then scheduled for its end (OCPP 1.6, 5.2).
    """

    kind = CommandKind.CHANGE_AVAILABILITY
    effect_within = timedelta(days=7)
    connector: int
    operative: bool

    def __attrs_post_init__(self) -> None:
        require_connector(self.connector, least=0)


@attrs.frozen(kw_only=True)
class UnlockConnector(StationOrder):
    """Let go of the plug, ending what charges there."""

    kind = CommandKind.UNLOCK_CONNECTOR
    connector: int

    def __attrs_post_init__(self) -> None:
        require_connector(self.connector)


@attrs.frozen(kw_only=True)
class Reset(StationOrder):
    """Restart, gracefully or `hard`; the effect is the next boot."""

    kind = CommandKind.RESET
    effect_within = timedelta(hours=1)
    hard: bool = False


@attrs.frozen(kw_only=True)
class ClearCache(StationOrder):
    """Forget which tags were accepted."""

    kind = CommandKind.CLEAR_CACHE


@attrs.frozen(kw_only=True)
class GetConfiguration(StationOrder):
    """Tell the named configuration keys, or all without names."""

    kind = CommandKind.GET_CONFIGURATION
    keys: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        for key in self.keys:
            require_length("keys", key, 50)
        if len(set(self.keys)) != len(self.keys):
            raise MalformedOrder("keys", "must name each key once")


@attrs.frozen(kw_only=True)
class ChangeConfiguration(StationOrder):
    """Set a configuration key. A station may take the value only with its next boot."""

    kind = CommandKind.CHANGE_CONFIGURATION
    effect_within = timedelta(days=7)
    key: str
    value: str

    def __attrs_post_init__(self) -> None:
        require_length("key", self.key, 50)
        if len(self.value) > 500:
            raise MalformedOrder("value", "must have at most 500 characters")


@attrs.frozen(kw_only=True)
class TransferData(StationOrder):
    """A message of a vendor's own."""

    kind = CommandKind.TRANSFER_DATA
    vendor: str
    message: str | None = None
    data: str | None = None

    def __attrs_post_init__(self) -> None:
        require_length("vendor", self.vendor, 255)
        require_length("message", self.message, 50)


class TriggeredMessage(Enum):
    """What a station can be asked to send now."""

    BOOT_NOTIFICATION = "boot_notification"
    DIAGNOSTICS_STATUS = "diagnostics_status"
    FIRMWARE_STATUS = "firmware_status"
    HEARTBEAT = "heartbeat"
    LOG_STATUS = "log_status"
    METER_VALUES = "meter_values"
    SIGN_CERTIFICATE = "sign_certificate"
    STATUS = "status"


# Security whitepaper, 6.16: these are triggered by its extended message alone, that one not at all.
_EXTENDED_ALONE = frozenset({TriggeredMessage.LOG_STATUS, TriggeredMessage.SIGN_CERTIFICATE})
_NEVER_EXTENDED = frozenset({TriggeredMessage.DIAGNOSTICS_STATUS})


@attrs.frozen(kw_only=True)
class TriggerMessage(StationOrder):
    """Send a message now, of one connector or of all; `extended` asks by the security whitepaper's message,
    of which the firmware status is that of a signed update."""

    kind = CommandKind.TRIGGER_MESSAGE
    message: TriggeredMessage
    connector: int | None = None
    extended: bool = attrs.field()

    @extended.default
    def _needed(self) -> bool:
        return self.message in _EXTENDED_ALONE

    def __attrs_post_init__(self) -> None:
        require_connector(self.connector, least=0)
        if self.message in (_NEVER_EXTENDED if self.extended else _EXTENDED_ALONE):
            raise MalformedOrder("extended", f"must be {str(not self.extended).lower()} for this message")


class ListedStatus(Enum):
    """What a local list says of a tag."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"


@attrs.frozen(kw_only=True)
class LocalListEntry:
    """A tag of a local list; `status` is None for one to be removed by a differential update."""

    id_tag: str
    status: ListedStatus | None = None
    parent: str | None = None
    expires_at: Instant | None = None

    def __attrs_post_init__(self) -> None:
        require_length("id_tag", self.id_tag, 20)
        require_length("parent", self.parent, 20)


@attrs.frozen(kw_only=True)
class GetLocalListVersion(StationOrder):
    """Tell the version of the local list; 0 is an empty one, -1 none at all."""

    kind = CommandKind.GET_LOCAL_LIST_VERSION


@attrs.frozen(kw_only=True)
class SendLocalList(StationOrder):
    """Replace the local list, or change the entries given; `version` is the list's afterwards."""

    kind = CommandKind.SEND_LOCAL_LIST
    version: int
    full: bool
    entries: tuple[LocalListEntry, ...] = ()

    def __attrs_post_init__(self) -> None:
        if not 0 < self.version <= LAST_CONNECTOR:
            # OCPP 1.6, 5.10: 0 and -1 mean no list.
            raise MalformedOrder("version", f"must be a number from 1 to {LAST_CONNECTOR}")
        if self.full and any(entry.status is None for entry in self.entries):
            raise MalformedOrder("entries", "of a full list must have a status each")
        tags = [entry.id_tag.lower() for entry in self.entries]
        if len(set(tags)) != len(tags):
            raise MalformedOrder("entries", "must name each tag once")


@attrs.frozen(kw_only=True)
class ReserveNow(StationOrder):
    """Keep a connector, or with 0 any, for a tag until it expires; the same number replaces."""

    kind = CommandKind.RESERVE_NOW
    reservation: int
    connector: int
    id_tag: str
    parent: str | None = None
    expires_at: Instant

    def __attrs_post_init__(self) -> None:
        require_connector(self.connector, least=0)
        require_length("id_tag", self.id_tag, 20)
        require_length("parent", self.parent, 20)
        if not 0 < self.reservation <= LAST_CONNECTOR:
            raise MalformedOrder("reservation", f"must be a number from 1 to {LAST_CONNECTOR}")


@attrs.frozen(kw_only=True)
class CancelReservation(StationOrder):
    """Let go of a reserved connector."""

    kind = CommandKind.CANCEL_RESERVATION
    reservation: int


@attrs.frozen(kw_only=True)
class SetChargingProfile(StationOrder):
    """Install a charging profile on a connector, or with 0 on the station."""

    kind = CommandKind.SET_CHARGING_PROFILE
    connector: int
    profile: ChargingProfile

    def __attrs_post_init__(self) -> None:
        require_connector(self.connector, least=0)
        self.profile.check_place(self.connector)


@attrs.frozen(kw_only=True)
class ClearChargingProfile(StationOrder):
    """Remove the profile of an id, or all that match the rest; without any, all profiles."""

    kind = CommandKind.CLEAR_CHARGING_PROFILE
    profile: int | None = None
    connector: int | None = None
    purpose: ProfilePurpose | None = None
    stack_level: int | None = None

    def __attrs_post_init__(self) -> None:
        require_connector(self.connector, least=0)


@attrs.frozen(kw_only=True)
class GetCompositeSchedule(StationOrder):
    """Tell the schedule that a connector follows for a time, all profiles considered."""

    kind = CommandKind.GET_COMPOSITE_SCHEDULE
    connector: int
    duration_s: int
    unit: RateUnit | None = None

    def __attrs_post_init__(self) -> None:
        require_connector(self.connector, least=0)
        if not 0 < self.duration_s <= LAST_CONNECTOR:
            raise MalformedOrder("duration_s", "must be a positive number of seconds")
