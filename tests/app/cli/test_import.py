"""A file is imported by a command that calls the API of a running server, as anybody does."""

from __future__ import annotations

import asyncio
import gzip
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import pytest

from emobility_app.clients import create_client
from emobility_app.store import opened, tenant_named
from emobility_core.tenancy import ROOT_NAME
from tests.app.cli.conftest import Call, Said
from tests.app.http.house import House, house, template

__all__ = ["template"]
SCOPES = ("imports:write", "imports:read", "operations:read", "customers:write")
GOOD = "external_id,name\n1,Ada\n2,Bob\n"


@attrs.frozen
class Importing:
    """A server, a client of it, and the command line."""

    house: House
    call: Call
    id: str
    secret: str

    async def does(
        self, name: str, content: str | bytes, *options: str, secret: str = "", url: str = ""
    ) -> Said:
        """Import a file of this name and content."""
        told = ("--server", url or self.house.server.http_url, "--client-id", self.id)
        asked = ("import", name, "--kind", "customers", "--system", "sap", *told, *options)

        def work() -> Said:
            Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
            return self.call(*asked, EMOBILITY_IMPORT_CLIENT_SECRET=secret or self.secret)

        return await asyncio.to_thread(work)

    async def names(self) -> list[str]:
        return [one["name"] for one in (await self.house.get("/v1/customers"))["data"]]


@pytest.fixture
async def importing(template: Path, tmp_path: Path, call: Call) -> AsyncIterator[Importing]:
    shutil.copy(template, tmp_path / "import.db")
    url = f"sqlite:///{tmp_path / 'import.db'}"
    async with opened(url) as store:
        root = await tenant_named(store, ROOT_NAME)
        client = await create_client("importer", SCOPES, tenant=root, store=store)
    async with house(url) as served:
        yield Importing(served, call, client.id, client.secret)


async def test_a_file_is_imported_and_each_refusal_told_by_its_row(importing: Importing) -> None:
    dry = await importing.does("good.csv", GOOD, "--dry-run")
    assert (dry.code, dry.out) == (0, "2 rows, 2 created\n")
    assert await importing.names() == []
    done = await importing.does("packed.csv.gz", gzip.compress(GOOD.encode()), "--json")
    assert (done.code, done.json["created"], done.json["problem"]) == (0, 2, None)
    assert await importing.names() == ["Ada", "Bob"]

    bad = await importing.does("bad.csv", GOOD + "3,\n,Eve\n")
    assert bad.code == 1
    assert "bad.csv: 4 of 4" in bad.err
    assert "2 rows were refused." in bad.err
    *refusals, counts = bad.out.splitlines()
    assert [line.split()[:4] for line in refusals] == [
        ["row", "4", "/name", "missing-field:"],
        ["row", "5", "/external_id", "missing-field:"],
    ]
    assert counts == "4 rows, 2 unchanged, 2 refused"


async def test_what_the_server_refuses_ends_the_command(importing: Importing) -> None:
    refused = await importing.does("columns.csv", "external_id,colour\n1,red\n")
    assert (refused.code, "/colour" in refused.err) == (1, True)
    failed = await importing.does("empty.csv", "external_id,name\n")
    assert (failed.code, "empty-file: " in failed.err) == (1, True)
    assert (await importing.does("good.csv", GOOD, secret="wrong")).code == 1
    assert (await importing.does("good.xlsx", GOOD)).code == 2
    assert await importing.names() == []


def test_a_server_that_is_not_there_is_said_to_be_so(call: Call, tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(GOOD)
    told = ("--server", "http://127.0.0.1:1", "--client-id", "cli_1", "--client-secret", "s")
    said = call("import", "good.csv", "--kind", "customers", "--system", "sap", *told)
    assert said.code == 5
    assert "The server is not reached" in said.err
