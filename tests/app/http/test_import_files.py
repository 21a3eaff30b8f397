"""Files as they come: large, packed, broken off, stopped half-way; each refusal by its name."""

from __future__ import annotations

import asyncio
import gzip
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import pytest

from emobility_adapters.memory import MemoryFiles
from emobility_app.transfers import Transfers
from emobility_app.transfers.interrupted import Worker, fail_interrupted
from emobility_core.tenancy import scope_of
from emobility_core.transfers import LEASE
from tests.app.http.bare import Bare
from tests.app.http.house import House, house
from tests.app.http.importing import NDJSON, imported, lines, send, table, worked
from tests.app.http.refusals import pointers, refused

ADA = {"external_id": "1", "name": "Ada"}
PACKED: dict[str, Any] = {"headers": {"Content-Encoding": "gzip"}}


async def test_a_file_may_be_longer_than_any_other_body_and_has_a_limit_of_its_own(
    template: Path, tmp_path: Path
) -> None:
    shutil.copy(template, tmp_path / "house.db")
    async with house(f"sqlite:///{tmp_path / 'house.db'}", longest_import=3_000_000) as served:
        rows = "\n" * 1_500_000 + lines(ADA)
        assert (await imported(served, rows, media_type=NDJSON)).counts == {"rows": 1, "created": 1}
        long = await send(served.http, "\n" * 3_000_001, media_type=NDJSON)
        assert refused(long, 413, "body-too-large")["fields"] == {"limit": "3000000"}
        packed = gzip.compress(b"".join(b"%d,A\n" % number for number in range(500_000)))
        refused(await send(served.http, packed, **PACKED), 413, "body-too-large")
    spool = tmp_path / "house.db.uploads" / "transfers" / "spool"
    assert list(spool.iterdir()) == []


async def test_a_file_may_be_packed(served: House) -> None:
    file = gzip.compress(table(ADA).encode())
    assert (await imported(served, file, **PACKED)).counts == {"rows": 1, "created": 1}
    # However it was packed, it is the same file.
    first = await send(served.http, file, key="k", **PACKED)
    assert (await send(served.http, table(ADA), key="k")).json() == first.json()
    bomb = gzip.compress(b"\n" * 20_000_000)
    for broken in (bomb, file[:-1], file[:9], b"external_id", file + b"x"):
        refused(await send(served.http, broken, **PACKED), 422, "compression-refused")
    problem = refused(
        await send(served.http, file, headers={"Content-Encoding": "br"}), 415, "unsupported-media-type"
    )
    assert problem["fields"] == {"given": "br", "taken": "identity, gzip"}


@pytest.mark.parametrize(
    "media_type", ["application/json", "application/zip", "", "text/csv; charset=windows-1252"]
)
async def test_only_tables_and_lines_are_taken(served: House, media_type: str) -> None:
    answer = await send(served.http, table(ADA), media_type=media_type)
    assert "text/csv" in refused(answer, 415, "unsupported-media-type")["fields"]["taken"]


async def test_what_begins_unreadable_is_refused_at_once(served: House) -> None:
    for content in (
        table(ADA).encode("utf-16"),
        b"external_id,name\n1,M\xfcller\n",
        b'external_id,na"me\n"\n',
    ):
        answer = await send(served.http, content)
        assert refused(answer, 422, "unreadable-file")["fields"]["row"] in ("1", "2")
    assert pointers(await send(served.http, b"PK\x03\x04,\n"))


async def test_what_becomes_unreadable_later_changes_nothing(served: House) -> None:
    rows = table(*({"external_id": str(n), "name": "A" * 100} for n in range(5_000)))
    done = await imported(served, rows.encode() + b'9999,"A\n')
    assert (done.operation["status"], done.operation["error"]) == ("failed", "unreadable-file")
    assert done.refusals == {5_002: {"/": "unreadable-file"}}
    assert "quotation mark" in done.operation["result"]["detail"]
    assert (await served.get("/v1/customers"))["data"] == []


async def test_a_file_without_rows_is_an_empty_file(served: House) -> None:
    for content in ("", "\n" * 1_000_000, "external_id,name\n"):
        done = await imported(served, content)
        assert (done.operation["status"], done.operation["error"]) == ("failed", "empty-file")


async def test_a_formula_is_kept_as_the_text_that_it_is(served: House) -> None:
    await imported(served, table({"external_id": "1", "name": "=1+1"}, {"external_id": "2", "name": "'=1+1"}))
    assert [one["name"] for one in (await served.get("/v1/customers"))["data"]] == ["=1+1"] * 2


async def test_numbers_that_are_none_are_refused_by_place(served: House) -> None:
    sites = [{"external_id": str(n), "name": "A", "watch_rules.silent_h": value}
             for n, value in enumerate(["NaN", "1e3", "Infinity", "7.5", "48"])]  # fmt: skip
    done = await imported(served, table(*sites), kind="sites")
    assert done.counts == {"rows": 5, "created": 1, "refused": 4}
    assert done.refusals == {row: {"/watch_rules/silent_h": "not-an-integer"} for row in (2, 3, 4, 5)}


async def test_an_import_is_stopped_before_its_next_step(bare: Bare) -> None:
    async with bare.http() as http:
        begun = await send(http, table(ADA))
        one = f"/v1/imports/{begun.json()['id']}"
        stopped = (await http.delete(one)).json()
        assert (stopped["finished_at"], stopped["removal"]) == (None, None)
        assert stopped["stopped_at"] is not None
        await worked(bare)
        operation = (await http.get(begun.headers["location"])).json()
        assert (operation["status"], operation["error"]) == ("failed", "cancelled")
        assert (await http.get("/v1/customers")).json()["data"] == []
        assert (await http.get(f"{one}/report")).status_code == 200
        await http.delete(one)
        refused(await http.get(f"{one}/report"), 404, "transfer-file-gone")
        assert (await http.get(one)).json()["removal"] == "asked"


async def test_who_stopped_an_import_and_who_dropped_its_report_stands_in_the_audit_log(bare: Bare) -> None:
    async with bare.http() as http:
        one = f"/v1/imports/{(await send(http, table(ADA))).json()['id']}"
        await http.delete(one)
        await http.delete(one)  # which changes nothing
        await worked(bare)
        await http.delete(one)
        entries = (await http.get("/v1/audit-entries", params={"operation": "imports_stop"})).json()["data"]
    (first,), (second,) = (entry["changes"] for entry in entries)
    assert first["subject"] == second["subject"] == one.rpartition("/")[2]
    assert (first["before"], set(first["after"])) == ({"stopped_at": None}, {"stopped_at"})
    assert second["after"]["removal"] == "asked"


async def test_an_import_is_stopped_by_way_of_another_server(bare: Bare) -> None:
    other = Transfers(
        worker=bare.services.ids.uuid7(bare.clock.now()),
        spool=MemoryFiles(),
        files=bare.services.transfers.files,
    )
    async with bare.http() as http, bare.http(transfers=other) as elsewhere:
        begun = await send(http, table(ADA))
        await elsewhere.delete(f"/v1/imports/{begun.json()['id']}")
        await worked(bare)
        assert (await http.get(begun.headers["location"])).json()["error"] == "cancelled"
        assert (await http.get("/v1/customers")).json()["data"] == []


async def test_no_more_than_ten_of_a_tenant_wait(bare: Bare) -> None:
    async with bare.http() as http:
        for _ in range(10):
            assert (await send(http, table(ADA))).status_code == 202
        refused(await send(http, table(ADA)), 409, "too-many-transfers")


async def test_a_file_has_its_place_from_its_first_byte_on(bare: Bare) -> None:
    """Else as many as come at once would all be stored before the first of them is counted."""
    coming, whole = asyncio.Queue[None](), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"external_id,name\n"
        coming.put_nowait(None)
        await whole.wait()
        yield b"1,Ada\n"

    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("a file without a place was read")
        yield b""

    async with bare.http() as http, asyncio.TaskGroup() as group:
        sent = [group.create_task(send(http, slowly())) for _ in range(10)]
        for _ in sent:
            await coming.get()
        refused(await send(http, unread()), 409, "too-many-transfers")
        whole.set()
    assert {task.result().status_code for task in sent} == {202}


async def test_a_file_that_does_not_arrive_gives_its_place_back(bare: Bare) -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"external_id,name\n"
        await asyncio.Event().wait()

    hasty = attrs.evolve(bare.services.transfers, within=timedelta(milliseconds=1))
    async with bare.http(transfers=hasty) as http:
        for _ in range(11):
            told = refused(await send(http, never()), 408, "body-too-slow")
            assert told["fields"] == {"seconds": "0"}


async def test_an_import_that_a_restart_has_cut_off_says_so_and_may_be_sent_again(
    template: Path, tmp_path: Path
) -> None:
    shutil.copy(template, tmp_path / "house.db")
    url, many = f"sqlite:///{tmp_path / 'house.db'}", 5_000
    file = table(*({"external_id": str(n), "name": "A"} for n in range(many)))
    async with house(url) as served:
        begun = await send(served.http, file)
        wait = {"Prefer": "wait=30"}
        while (await served.http.get(begun.headers["location"])).json()["progress"]["done"] == 0:
            pass
    async with house(url) as served:
        operation = (await served.http.get(begun.headers["location"], headers=wait)).json()
        assert (operation["status"], operation["error"]) == ("failed", "interrupted")
        done, total = operation["progress"]["done"], operation["progress"]["total"]
        assert 0 < done < total == many
        event = await served.heard("operation.completed")
        assert event["data"]["error"] == "interrupted"
        again = await imported(served, file)
        assert again.counts["unchanged"] >= done
        assert again.counts["created"] + again.counts["unchanged"] == many


async def look_for_interrupted(bare: Bare, *living: UUID) -> None:
    services = bare.services
    await fail_interrupted(
        living,
        everything=scope_of(bare.tenant, "tests"),
        reading=services.reading,
        transactions=services.transactions,
        clock=bare.clock,
        ids=services.ids,
    )


async def test_what_has_ended_is_not_failed_again(bare: Bare) -> None:
    async with bare.http() as http:
        begun = await send(http, table(ADA))
        await worked(bare)
        before = (await http.get(f"/v1/imports/{begun.json()['id']}")).json()
        await look_for_interrupted(bare)
        assert (await http.get(f"/v1/imports/{begun.json()['id']}")).json() == before
        assert (await http.get(begun.headers["location"])).json()["status"] == "succeeded"


async def test_what_another_server_works_on_is_left_to_it_until_it_has_long_been_silent(bare: Bare) -> None:
    services, clock = bare.services, bare.clock
    here, there = (
        Worker(
            id=id,
            everything=scope_of(bare.tenant, "tests"),
            reading=services.reading,
            transactions=services.transactions,
            clock=clock,
            fail=lambda living: look_for_interrupted(bare, *living),
        )
        for id in (services.transfers.worker, services.ids.uuid7(clock.now()))
    )
    async with bare.http() as http:
        await here.begin()
        begun = await send(http, table(ADA))
        clock.advance(LEASE)
        await there.begin()  # a second server starts
        assert (await http.get(begun.headers["location"])).json()["status"] == "running"
        clock.advance(timedelta(seconds=1))
        await there.begin()
        assert (await http.get(begun.headers["location"])).json()["error"] == "interrupted"
        # The first one was silent, not dead: it does no more of what others were told has ended.
        await worked(bare)
        assert (await http.get(begun.headers["location"])).json()["error"] == "interrupted"
        assert (await http.get("/v1/customers")).json()["data"] == []
        second = await send(http, table(ADA))
        await here.begin()
        await here.end()
        await there.begin()
        assert (await http.get(second.headers["location"])).json()["error"] == "interrupted"


async def test_a_report_is_kept_for_a_week(bare: Bare) -> None:
    async with bare.http() as http:
        begun = await send(http, table(ADA))
        await worked(bare)
        one = f"/v1/imports/{begun.json()['id']}/report"
        for _ in range(2):
            assert (await http.get(one)).status_code == 200
            await bare.services.transfers.forget(bare.clock.now())
        bare.clock.advance(timedelta(days=7, seconds=1))
        await bare.services.transfers.forget(bare.clock.now())
    async with bare.http() as http:
        refused(await http.get(one), 404, "transfer-file-gone")
