"""Two companies side by side on one server, each with one object of every kind; whoever asks for the other's
is told that there is none."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import attrs
import httpx
import pytest

from emobility_adapters.sql import _tables as tables
from emobility_app.clients import create_client
from emobility_app.store import opened, tenant_named
from emobility_core.identity import SCOPES
from emobility_core.ids import parse_id
from tests.app.http.callers import GRANT
from tests.app.http.house import House, Json
from tests.app.http.objects import everything
from tests.app.http.standing import standing_at

# In every name of theirs that counts for the whole server.
MARK = "Foreign-"
# What the owner did comes to these some time later.
_LATER = {"station_exchange", "local_list"}
_NUMBER = list(tables.event.c).index(tables.event.c.seq)
ID = re.compile(r"\b[a-z]{2,3}_[0-7][0-9a-hjkmnp-tv-z]{25}\b")


@attrs.frozen
class Company(House):
    """What one company sees of the house; unknown stations call at the `root` of the server."""

    root: House

    async def quarantine(self, identity: str, *, key: bytes | None = None) -> Json:
        return await self.root.quarantine(identity, key=key)


@attrs.frozen
class Apart:
    """`owner` signed in for the company whose objects are `theirs`, `stranger` for its neighbour, whose own
    objects are `own`; both hold every scope."""

    database: Path
    owner: httpx.Client
    theirs: dict[str, Json]
    stranger: httpx.Client
    own: dict[str, Json]

    @property
    def foreign(self) -> frozenset[str]:
        """Every id in what is theirs that is not of a tenant above both."""
        return frozenset(ID.findall(str(self.theirs))) - frozenset(ID.findall(str(self.own)))

    def kept(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of theirs as it lies in the database, by table, once the server has come to rest: a
        moment later it gives events their numbers, and links what is audited."""
        rows = self._rows()
        while rows["audit_waiting"] or any(one[_NUMBER] is None for one in rows["event"]):
            self.owner.get("/v1/me")
            rows = self._rows()
        return rows

    def _rows(self) -> dict[str, list[tuple[object, ...]]]:
        tenant = (parse_id("ten", self.theirs["ten"]["id"]).hex,)
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            found = {}
            # All of them at one moment: what is moved from one to another is in one of them.
            database.execute("BEGIN")
            for table in tables.metadata.sorted_tables:
                if "tenant" in table.c and table.name not in _LATER:
                    rows = database.execute(f"SELECT * FROM {table.name} WHERE tenant = ?", tenant)
                    found[table.name] = sorted(rows, key=repr)
        return found


async def _company(served: House, url: str, name: str, mark: str) -> tuple[str, dict[str, Json]]:
    """A new company's token, and its objects."""
    tenant = (await served.post("/v1/tenants", {"name": name}))["id"]
    async with opened(url) as store:
        home = await tenant_named(store, tenant)
        client = await create_client("walker", sorted(SCOPES), tenant=home, store=store)
    async with httpx.AsyncClient(base_url=served.http.base_url, timeout=30) as http:
        answer = await http.post("/oauth/token", data=GRANT, auth=(client.id, client.secret))
        token = answer.json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        company = Company(served.server, http, served)
        found = await everything(company, mark)
        found["evt"] = (await company.get("/v1/events"))["data"][0]
    return token, found


@pytest.fixture(scope="module")
def apart(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    """The server lives on a thread of its own: all tests of a file ask the same one."""
    database = tmp_path_factory.mktemp("apart") / "house.db"
    shutil.copy(template, database)
    url = f"sqlite:///{database}"

    async def both(served: House) -> list[tuple[str, dict[str, Json]]]:
        return [await _company(served, url, *named) for named in (("Theirs", MARK), ("Own", ""))]

    with standing_at(url, both) as (served, (theirs, own)):
        at = served.server.http_url
        with _signed_in(at, theirs[0]) as owner, _signed_in(at, own[0]) as stranger:
            yield Apart(database, owner, theirs[1], stranger, own[1])


def _signed_in(url: str, token: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=30, headers={"Authorization": f"Bearer {token}"})
