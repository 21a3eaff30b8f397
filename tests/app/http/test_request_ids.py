"""Every answer carries the name of its request: the caller's own, or one that is made."""

from __future__ import annotations

import re

import pytest

from emobility_app.http.app import api
from emobility_app.request_ids import HEADER
from tests.app.http.bare import Bare
from tests.app.http.house import House
from tests.app.http.refusals import refused
from tests.app.http.test_access import called

MADE = re.compile("req_[0-9a-f]{16}")


async def test_every_operation_answers_under_the_callers_name(bare: Bare) -> None:
    async with bare.http() as http:
        for number, one in enumerate(api()):
            if one.operation == "events_stream":
                continue
            answer = await called(http, one, **{HEADER: f"job-{number}"})
            assert answer.headers.get_list(HEADER) == [f"job-{number}"], one.operation


async def test_what_the_application_never_hears_of_has_its_name_too(served: House) -> None:
    names = set()
    for method, path in [
        ("GET", "/nowhere"), ("DELETE", "/v1/sites"), ("GET", "/docs"), ("GET", "/problems"),
        ("POST", "/oauth/token"), ("GET", "/openapi.json"), ("OPTIONS", "/v1/sites"),
    ]:  # fmt: skip
        (name,) = (await served.http.request(method, path)).headers.get_list(HEADER)
        assert MADE.fullmatch(name), path
        names.add(name)
    assert len(names) == 7


@pytest.mark.parametrize("name", ["7", "0af7651916cd43dd8448eb211c80319c", "Root=1-67a/b+c:d._-", "a" * 64])
async def test_a_name_that_is_well_formed_is_kept(bare: Bare, name: str) -> None:
    async with bare.http() as http:
        answer = await http.get("/v1/sites/one", headers={HEADER: name})
    assert refused(answer, 422, "malformed-id")["request_id"] == name


@pytest.mark.parametrize("name", ["", "a" * 65, "a b", "a\tb", "ä", '"a"', "a;b", "<a>"])
async def test_a_name_that_is_not_is_replaced(bare: Bare, name: str) -> None:
    async with bare.http() as http:
        answer = await http.get("/v1/sites", headers=[(HEADER.encode(), name.encode())])
    assert MADE.fullmatch(answer.headers[HEADER])


async def test_of_two_names_neither_is_taken(bare: Bare) -> None:
    async with bare.http() as http:
        answer = await http.get("/v1/sites", headers=[(HEADER, "a"), (HEADER, "b")])
    assert MADE.fullmatch(answer.headers[HEADER])
