"""What a station's later reports say of the commands that it has accepted."""

from __future__ import annotations

import pytest

from emobility_core.commands import (
    ChangeAvailability,
    ChangeConfiguration,
    CommandStatus,
    GetDiagnostics,
    GetLog,
    LogKind,
    Order,
    Reset,
    SignedUpdateFirmware,
    Step,
    UpdateFirmware,
    after_boot,
    after_connector_status,
    after_firmware_status,
    after_upload_status,
)
from emobility_core.testing.builders import make_command, make_connector
from emobility_core.testing.clock import NOON

S = CommandStatus
PLACE = "https://files.example.org/x"
ANY = UpdateFirmware(location=PLACE, retrieve_at=NOON)
TO_2 = UpdateFirmware(location=PLACE, retrieve_at=NOON, version="2")
SIGNED = SignedUpdateFirmware(
    request=6, location=PLACE, retrieve_at=NOON, certificate="PEM", signature="c2ln", version="2"
)
SET = ChangeConfiguration(key="NumberOfConnectors", value="2")


@pytest.mark.parametrize(
    ("order", "status", "detail", "step"),
    [
        (Reset(), S.ACCEPTED, None, (S.EFFECTIVE, None)),
        # Some restart before they have answered.
        (Reset(), S.SENT, None, (S.EFFECTIVE, None)),
        (SET, S.ACCEPTED, "RebootRequired", (S.EFFECTIVE, "RebootRequired")),
        (SET, S.SENT, None, None),
        (TO_2, S.ACCEPTED, "Downloading", (S.EFFECTIVE, "2")),
        (SIGNED, S.ACCEPTED, "Installed", (S.EFFECTIVE, "2")),
        (ANY, S.ACCEPTED, "Installing", None),
        (GetDiagnostics(location=PLACE), S.ACCEPTED, None, None),
    ],
    ids=str,
)
def test_a_boot_ends_what_waited_for_it(
    order: Order, status: S, detail: str | None, step: Step | None
) -> None:
    assert after_boot(make_command(order=order, status=status, detail=detail), "2") == step


def test_a_boot_with_other_firmware_fails_an_update_that_was_said_to_be_installed() -> None:
    installed = make_command(order=TO_2, status=S.ACCEPTED, detail="Installed")
    assert after_boot(installed, "1") == (S.FAILED, "runs 1")
    under_way = make_command(order=TO_2, status=S.ACCEPTED, detail="Downloaded")
    assert after_boot(under_way, "1") is None


@pytest.mark.parametrize(
    ("order", "told", "request_number", "running", "step"),
    [
        (TO_2, "Downloading", None, "1", (S.ACCEPTED, "Downloading")),
        (TO_2, "Idle", None, "1", None),
        (TO_2, "DownloadFailed", None, "1", (S.FAILED, "DownloadFailed")),
        (SIGNED, "InvalidSignature", 6, "1", (S.FAILED, "InvalidSignature")),
        (SIGNED, "InstallationFailed", 7, "1", None),
        (TO_2, "Installed", None, "1", (S.ACCEPTED, "Installed")),
        # The word may come after the boot.
        (TO_2, "Installed", None, "2", (S.EFFECTIVE, "2")),
        (ANY, "Installed", None, "1", (S.EFFECTIVE, "1")),
        (ANY, "Installed", 6, "1", None),
        (Reset(), "Installed", None, "1", None),
    ],
    ids=str,
)
def test_firmware_is_in_place_once_the_station_runs_it(
    order: Order, told: str, request_number: int | None, running: str, step: Step | None
) -> None:
    assert after_firmware_status(make_command(order=order), told, request_number, running) == step


@pytest.mark.parametrize(
    ("order", "told", "request_number", "step"),
    [
        (GetDiagnostics(location=PLACE), "Uploading", None, (S.ACCEPTED, "Uploading")),
        (GetDiagnostics(location=PLACE), "Uploaded", None, (S.EFFECTIVE, "Uploaded")),
        (GetDiagnostics(location=PLACE), "UploadFailed", None, (S.FAILED, "UploadFailed")),
        (GetDiagnostics(location=PLACE), "Idle", None, None),
        (GetDiagnostics(location=PLACE), "Uploaded", 5, None),
        (GetLog(log=LogKind.SECURITY, request=5, location=PLACE), "Uploaded", 5, (S.EFFECTIVE, "Uploaded")),
        (GetLog(log=LogKind.SECURITY, request=5, location=PLACE), "Uploaded", 6, None),
        (Reset(), "Uploaded", None, None),
    ],
    ids=str,
)
def test_an_upload_is_followed_to_its_end(
    order: Order, told: str, request_number: int | None, step: Step | None
) -> None:
    assert after_upload_status(make_command(order=order), told, request_number) == step


@pytest.mark.parametrize(
    ("order", "connectors", "is_effect"),
    [
        (ChangeAvailability(connector=1, operative=False), {1: "Unavailable", 2: "Available"}, True),
        (ChangeAvailability(connector=1, operative=False), {1: "Finishing"}, False),
        (ChangeAvailability(connector=1, operative=True), {1: "Available"}, True),
        (ChangeAvailability(connector=3, operative=True), {1: "Available"}, False),
        (ChangeAvailability(connector=0, operative=False), {0: "Unavailable", 1: "Charging"}, True),
        # This one speaks of itself at its boot only.
        (ChangeAvailability(connector=0, operative=False),
         {0: "Available", 1: "Unavailable", 2: "Unavailable"}, True),
        (ChangeAvailability(connector=0, operative=False), {0: "Available", 1: "Unavailable", 2: "Charging"},
         False),
        (ChangeAvailability(connector=0, operative=False), {}, False),
        (Reset(), {1: "Unavailable"}, False),
    ],
    ids=str,
)  # fmt: skip
def test_a_scheduled_availability_is_there_when_the_connectors_say_so(
    order: Order, connectors: dict[int, str], is_effect: bool
) -> None:
    states = [make_connector(number=number, status=status) for number, status in connectors.items()]
    scheduled = make_command(order=order, status=S.ACCEPTED, detail="Scheduled")
    step = (S.EFFECTIVE, "Scheduled") if is_effect else None
    assert after_connector_status(scheduled, states) == step
    assert after_connector_status(make_command(order=order, status=S.SENT), states) is None
