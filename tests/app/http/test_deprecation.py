"""An operation that will go says so in its description and in each of its answers, a year ahead."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from emobility_app.http.app import api
from emobility_app.http.endpoint import Answer, Call, Deprecation, Endpoint
from emobility_app.http.listing import continued
from emobility_app.http.openapi import describe
from emobility_core.instants import Instant
from tests.app.http.bare import Bare
from tests.app.http.refusals import refused

GONE = Deprecation(
    since=Instant(datetime(2026, 11, 1, tzinfo=UTC)),
    sunset=Instant(datetime(2027, 12, 1, 12, tzinfo=UTC)),
    link="https://emobility.example/docs/old-things",
)
TOLD = {
    "deprecation": "@1793491200",
    "sunset": "Wed, 01 Dec 2027 12:00:00 GMT",
    "link": '<https://emobility.example/docs/old-things>; rel="deprecation"; type="text/html"',
}


async def _list(call: Call) -> Answer:
    return continued(call, [], call.one("cursor"))


OLD = Endpoint(
    method="GET",
    path="/v1/old-things",
    operation="old_things_list",
    summary="List old things",
    scope="sites:read",
    handle=_list,
    query={"cursor": api()[0].query["cursor"]},
    deprecated=GONE,
)


def _told(headers: Any) -> dict[str, str]:
    return {name: headers[name] for name in TOLD}


async def test_every_answer_of_a_deprecated_operation_tells_until_when_it_holds(bare: Bare) -> None:
    async with bare.http(OLD) as http:
        assert _told((await http.get("/v1/old-things")).headers) == TOLD
        malformed = await http.get("/v1/old-things?colour=red")
        refused(malformed, 400, "malformed-request")
        stranger = await http.get("/v1/old-things", headers={"Authorization": ""})
        refused(stranger, 401, "unauthenticated")
        for answer in (malformed, stranger):
            assert _told(answer.headers) == TOLD
        assert not TOLD.keys() & (await http.get("/v1/sites")).headers.keys()


async def test_the_link_to_the_next_page_stays_beside_it(bare: Bare) -> None:
    async with bare.http(OLD) as http:
        links = (await http.get("/v1/old-things?cursor=on")).links
    assert links["next"]["url"] == "?cursor=on"
    assert links["deprecation"]["url"] == GONE.link


def test_the_description_marks_it_and_nothing_else() -> None:
    described = describe([*api(), OLD], "https://emobility.example")
    marked = [
        operation["operationId"]
        for item in described["paths"].values()
        for operation in item.values()
        if operation.get("deprecated")
    ]
    expected = [one.operation for one in api() if one.deprecated is not None]
    assert marked == [*expected, OLD.operation]


def test_nothing_goes_sooner_than_in_a_year() -> None:
    with pytest.raises(ValueError, match="twelve months"):
        attrs.evolve(GONE, sunset=Instant(datetime(2027, 10, 31, tzinfo=UTC)))
    assert re.fullmatch(r"@\d+", GONE.headers()["Deprecation"])
