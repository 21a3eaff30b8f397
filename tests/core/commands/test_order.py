"""What no station could do is refused by name, with the field to mend."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from emobility_core.commands import (
    CertificateHash,
    ChangeAvailability,
    ChangeConfiguration,
    ChargingProfile,
    ChargingSchedule,
    GetCompositeSchedule,
    GetConfiguration,
    GetDiagnostics,
    ListedStatus,
    LocalListEntry,
    MalformedOrder,
    ProfilePurpose,
    RateUnit,
    RemoteStart,
    ReserveNow,
    SchedulePeriod,
    SendLocalList,
    TransferData,
    TriggeredMessage,
    TriggerMessage,
    UnlockConnector,
    UpdateFirmware,
)
from emobility_core.testing.clock import NOON

DEFAULT = ChargingProfile(
    id=1,
    purpose=ProfilePurpose.DEFAULT,
    schedule=ChargingSchedule(unit=RateUnit.A, periods=(SchedulePeriod(start_s=0, limit=Decimal(6)),)),
)
ONE = LocalListEntry(id_tag="A", status=ListedStatus.ACCEPTED)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: RemoteStart(id_tag=""), "id_tag"),
        (lambda: RemoteStart(id_tag="x" * 21), "id_tag"),
        (lambda: RemoteStart(id_tag="A", connector=0), "connector"),
        (lambda: RemoteStart(id_tag="A", profile=DEFAULT), "profile"),
        (lambda: ChangeAvailability(connector=-1, operative=True), "connector"),
        (lambda: UnlockConnector(connector=2**31), "connector"),
        (lambda: GetConfiguration(keys=("",)), "keys"),
        (lambda: GetConfiguration(keys=("A", "A")), "keys"),
        (lambda: ChangeConfiguration(key="x" * 51, value=""), "key"),
        (lambda: ChangeConfiguration(key="A", value="x" * 501), "value"),
        (lambda: TransferData(vendor=""), "vendor"),
        (lambda: TriggerMessage(message=TriggeredMessage.SIGN_CERTIFICATE, extended=False), "extended"),
        (lambda: TriggerMessage(message=TriggeredMessage.DIAGNOSTICS_STATUS, extended=True), "extended"),
        (lambda: SendLocalList(version=0, full=True), "version"),
        (lambda: SendLocalList(version=1, full=True, entries=(LocalListEntry(id_tag="A"),)), "entries"),
        (lambda: SendLocalList(version=1, full=False, entries=(ONE, LocalListEntry(id_tag="a"))), "entries"),
        (lambda: ReserveNow(reservation=0, connector=1, id_tag="A", expires_at=NOON), "reservation"),
        (lambda: GetCompositeSchedule(connector=1, duration_s=0), "duration_s"),
        (lambda: GetDiagnostics(location="no place"), "location"),
        (lambda: GetDiagnostics(location="https://x.example/" + "y" * 500), "location"),
        (lambda: UpdateFirmware(location="ftp://x/y", retrieve_at=NOON, retries=-1), "retries"),
        (lambda: CertificateHash(issuer_name="", issuer_key="a", serial="b"), "issuer_name"),
    ],
)
def test_what_no_station_could_do_is_refused(make: Callable[[], object], field: str) -> None:
    with pytest.raises(MalformedOrder) as refusal:
        make()
    assert refusal.value.field == field
