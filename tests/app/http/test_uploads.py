"""A station delivers what it was asked for to an address that is good once; its operator downloads it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_app.uploads import Refused, UploadTickets
from emobility_core.commands import safe_name
from emobility_core.ids import CommandId
from emobility_core.testing.clock import FrozenClock
from tests.app.http.callers import Callers
from tests.app.http.house import House, Json, house
from tests.app.http.refusals import refused

CONTENT = bytes(range(256)) * 9_000  # more than the API takes as a body


async def asked(served: House, **order: Any) -> tuple[Json, str]:
    """Order diagnostics: the command, and the address that the station was given."""
    async with served.station() as (station, line):
        order = {"type": "get_diagnostics", **order}
        asking = asyncio.create_task(served.command("1", station=station["id"], **order))
        call = await line.hear()
        said = {"fileName": "diag.zip"} if call[2] == "GetDiagnostics" else {"status": "Accepted"}
        await line.say([3, call[1], said])
        command = (await asking).json()
        await served.heard("command.accepted")
        told = call[3]
        return command, told.get("location") or told["log"]["remoteLocation"]


async def content(served: House, attachment: Json) -> bytes:
    answer = await served.http.get(f"/v1/attachments/{attachment['id']}/content")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    assert attachment["name"] in answer.headers["content-disposition"]
    return answer.content


async def test_what_is_delivered_completes_the_command_and_is_downloaded(served: House) -> None:
    command, address = await asked(served)
    async with httpx.AsyncClient() as station:
        assert (await station.put(f"{address}/my%20log.zip", content=CONTENT)).status_code == 201
        assert (await station.put(address, content=CONTENT)).status_code == 409
    (found,) = (await served.get("/v1/attachments", command=command["id"]))["data"]
    assert (found["name"], found["size"]) == ("my_log.zip", len(CONTENT))
    assert await content(served, found) == CONTENT
    assert (await served.get(f"/v1/commands/{command['id']}"))["status"] == "effective"
    operation = await served.get(f"/v1/operations/{command['operation']}")
    assert operation["result"]["attachment"] == found["id"]


async def test_a_log_comes_as_a_form_as_well(served: House) -> None:
    command, address = await asked(served, type="get_log", log="security")
    form = {"file": ("../../etc/pass wd", b"entries", "text/plain")}
    async with httpx.AsyncClient() as station:
        answer = await station.post(address, data={"note": "x"}, files=form)
        assert answer.status_code == 201
    (found,) = (await served.get("/v1/attachments", command=command["id"]))["data"]
    assert (found["name"], found["media_type"]) == ("pass_wd", "text/plain")
    assert await content(served, found) == b"entries"


async def test_what_breaks_off_may_be_sent_again(served: House) -> None:
    _, address = await asked(served)

    async def breaking() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionError()

    async with httpx.AsyncClient() as station:
        with pytest.raises(ConnectionError):
            await station.put(address, content=breaking())
        assert (await served.get("/v1/attachments"))["data"] == []
        assert (await station.put(address, content=b"whole")).status_code == 201


async def test_the_line_of_one_that_takes_too_long_is_closed(template: Path, tmp_path: Path) -> None:
    shutil.copy(template, tmp_path / "house.db")
    async with house(f"sqlite:///{tmp_path / 'house.db'}", upload_within=timedelta(0)) as served:
        _, address = await asked(served)
        url = urlsplit(address)
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        head = f"PUT {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Length: 1000\r\n\r\n"
        writer.write(head.encode() + b"half")
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 408 ")
        writer.close()


async def test_who_may_removes_a_file_for_good_and_the_address_stays_used_up(
    served: House, callers: Callers
) -> None:
    command, address = await asked(served)
    async with httpx.AsyncClient() as station:
        assert (await station.put(address, content=CONTENT)).status_code == 201
        (found,) = (await served.get("/v1/attachments"))["data"]
        path = f"/v1/attachments/{found['id']}"
        reader = await callers.signed_in("attachments:read")
        refused(await reader.delete(path), 403, "missing-scope")
        below = (await served.post("/v1/tenants", {"name": "Below"}))["id"]
        foreign = await callers.signed_in("attachments:write", tenant=below)
        refused(await foreign.delete(path), 404, "unknown-attachment")
        assert await content(served, found) == CONTENT
        assert (await served.http.delete(path)).json() == found
        for gone in (path, f"{path}/content"):
            refused(await served.http.get(gone), 404, "unknown-attachment")
        refused(await served.http.delete(path), 404, "unknown-attachment")
        assert (await station.put(address, content=CONTENT)).status_code == 409
    told = await served.heard("attachment.removed")
    assert (told["data"]["attachment"], told["data"]["command"]) == (found["id"], command["id"])


async def test_the_address_is_in_no_log_and_in_no_record(served: House) -> None:
    command, address = await asked(served)
    ticket = address.rpartition("/")[2]
    shown = await served.http.get(f"/v1/commands/{command['id']}")
    kept = await served.http.get(f"/v1/stations/{command['station']}/messages")
    assert "GetDiagnostics" in kept.text
    assert ticket not in shown.text + kept.text


async def test_nobody_guesses_an_address(served: House) -> None:
    _, address = await asked(served)
    async with httpx.AsyncClient() as stranger:
        for wrong in (address[:-9] + ("A" if address[-9] != "A" else "B") + address[-8:], f"{address}AA"):
            assert (await stranger.put(wrong, content=b"x")).status_code == 404
    refused(await served.http.get("/v1/attachments/att_" + "0" * 26), 404, "unknown-attachment")


def test_a_ticket_is_good_for_a_day_and_for_its_own_server() -> None:
    clock, command = FrozenClock(), CommandId(UUID(int=7))
    ours = UploadTickets(digest=lambda data: sha256(data).hexdigest(), clock=clock)
    theirs = UploadTickets(digest=lambda data: sha256(b"theirs" + data).hexdigest(), clock=clock)
    ticket = ours.ticket(command)
    assert ours.command(ticket) == command
    with pytest.raises(Refused) as refusal:
        theirs.command(ticket)
    assert refusal.value.status == 404
    clock.advance(timedelta(days=1))
    with pytest.raises(Refused) as refusal:
        ours.command(ticket)
    assert refusal.value.status == 410


@given(text=st.text(max_size=300))
def test_a_name_is_harmless_whatever_a_station_calls_its_file(text: str) -> None:
    name = safe_name(text, "log.bin")
    assert 0 < len(name) <= 100
    assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    assert not name.startswith(".")
