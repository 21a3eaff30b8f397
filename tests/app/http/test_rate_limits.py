"""Rate limits over HTTP: told by every answer, kept by every operation, refused by name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from emobility_app.auth.assertions import TYPE
from emobility_app.auth.server import GRANTS
from emobility_app.http.app import api
from emobility_app.limits import Quota, RateLimits
from emobility_app.visitors import Visitors
from emobility_core.ids import shown
from emobility_core.testing.builders import make_client
from tests.app.http.bare import Bare
from tests.app.http.house import Json, house
from tests.app.http.refusals import refused
from tests.app.http.test_access import called


def _few(bare: Bare, requests: int = 3) -> RateLimits:
    return RateLimits(Quota(requests=requests, window=timedelta(minutes=1)), bare.clock)


async def test_every_answer_tells_the_limit_and_what_is_left(bare: Bare) -> None:
    async with bare.http(limits=_few(bare)) as http:
        answers = [await http.get(path) for path in ("/v1/sites", "/v1/sites/one", "/v1/sites?colour=red")]
        assert [answer.status_code for answer in answers] == [200, 422, 400]
        told = [answer.headers["ratelimit"] for answer in answers]
        assert told == ['"default";r=2;t=20', '"default";r=1;t=40', '"default";r=0;t=60']
        assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"default";q=3;w=60'}
        late = await http.post("/v1/sites", json={"name": "A"})
        problem = refused(late, 429, "too-many-requests")
        assert (late.headers["retry-after"], problem["fields"]) == ("20", {"retry_after_s": "20"})
        assert late.headers["ratelimit"] == '"default";r=0;t=60'
        bare.clock.advance(timedelta(seconds=20))
        assert (await http.get("/v1/sites")).json()["data"] == []


async def test_no_operation_is_answered_beyond_the_limit(bare: Bare) -> None:
    async with bare.http(limits=_few(bare, 1)) as http:
        assert (await http.get("/v1/me")).status_code == 200
        for one in api():
            refused(await called(http, one), 429, "too-many-requests")


async def test_who_says_nothing_about_itself_uses_nothing_up(bare: Bare) -> None:
    limits = _few(bare)
    async with bare.http(limits=limits) as http:
        answer = await http.get("/v1/sites", headers={"Authorization": "Bearer none"})
    assert "ratelimit" not in answer.headers
    assert limits.clients == 0


async def test_a_client_reads_its_limits(bare: Bare) -> None:
    async with bare.http(limits=_few(bare)) as http:
        seen = [(await http.get("/v1/me")).json()["limits"] for _ in range(2)]
    assert seen == [{"requests": 3, "window_s": 60, "remaining": left} for left in (2, 1)]


async def test_the_limit_is_a_setting(template: Path, tmp_path: Path) -> None:
    shutil.copy(template, tmp_path / "few.db")
    async with house(f"sqlite:///{tmp_path / 'few.db'}", quota=Quota(requests=1)) as served:
        assert (await served.http.get("/v1/me")).headers["ratelimit-policy"] == '"default";q=1;w=60'
        refused(await served.http.get("/v1/me"), 429, "too-many-requests")


async def test_where_tokens_were_refused_too_often_no_unknown_one_is_looked_at(bare: Bare) -> None:
    visitors = Visitors(bare.clock, behind_proxy=True, tokens=Quota(requests=2, window=timedelta(minutes=1)))
    fresh = bare.services.tokens.issue(bare.client, bare.client.scopes)
    async with bare.http(visitors=visitors) as http:

        async def asked(token: str | None, address: str = "203.0.113.1") -> httpx.Response:
            headers = {"X-Forwarded-For": address}
            if token is not None:
                headers["Authorization"] = f"Bearer {token}"
            return await http.get("/v1/me", headers=headers)

        assert (await asked(None)).status_code == 200
        for forged in ("forged", fresh[:-4]):
            refused(await asked(forged), 401, "unauthenticated")
        for unknown in ("forged", fresh):
            late = await asked(unknown)
            refused(late, 429, "too-many-requests")
            assert late.headers["retry-after"] == "30"
        assert (await asked(None)).status_code == 200, "a client that is known goes on"
        assert (await asked(fresh, "203.0.113.2")).status_code == 200
        assert (await asked(fresh)).status_code == 200


async def test_a_genuine_token_that_has_expired_shuts_nobody_out(bare: Bare) -> None:
    """A job that goes on with its last token is no stranger who tries forged ones."""
    visitors = Visitors(bare.clock, behind_proxy=False, tokens=Quota(requests=2, window=timedelta(hours=1)))
    old = bare.services.tokens.issue(bare.client, bare.client.scopes)
    bare.clock.advance(timedelta(minutes=11))
    fresh = bare.services.tokens.issue(bare.client, bare.client.scopes)
    async with bare.http(visitors=visitors) as http:
        for _ in range(4):
            told = await http.get("/v1/me", headers={"Authorization": f"Bearer {old}"})
            assert "expired" in refused(told, 401, "unauthenticated")["detail"]
        answer = await http.get("/v1/me", headers={"Authorization": f"Bearer {fresh}"})
        assert answer.status_code == 200


KEY = ECKey.generate_key("P-256", private=True)


def _assertion(client: str) -> Json:
    return {
        "client_assertion_type": TYPE,
        "client_assertion": jwt.encode({"alg": "ES256"}, {"sub": client}, KEY),
    }


WAYS: dict[str, Callable[[str], Json]] = {
    "basic": lambda client: {"auth": (client, "wrong")},
    "form": lambda client: {"data": {"client_id": client, "client_secret": "wrong"}},
    "assertion": lambda client: {"data": _assertion(client)},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("grant", [one.GRANT_TYPE for one in GRANTS])
async def test_whoever_asks_for_tokens_is_told_the_limits_and_refused_beyond_them(
    bare: Bare, grant: str, way: str
) -> None:
    few, more = (Quota(requests=some, window=timedelta(minutes=1)) for some in (2, 9))
    visitors = Visitors(bare.clock, behind_proxy=False, address=more, client=few)
    client = shown("cli", bare.client.id)
    async with bare.http(visitors=visitors) as http:
        del http.headers["authorization"]

        async def asked(path: str, named: str) -> httpx.Response:
            sent = WAYS[way](named)
            return await http.post(path, **{**sent, "data": {"grant_type": grant, **sent.get("data", {})}})

        for left in (1, 0):
            answer = await asked("/oauth/token", client)
            assert answer.status_code in (400, 401)
            assert answer.headers["ratelimit-policy"] == '"address";q=9;w=60, "client";q=2;w=60'
            assert f'"client";r={left};t={60 - 30 * left}' in answer.headers["ratelimit"]
        for path in ("/oauth/token", "/oauth/introspect", "/oauth/revoke"):
            late = await asked(path, client)
            refused(late, 429, "too-many-requests")
            assert late.headers["retry-after"] == "30"
            assert '"client";r=0;t=60' in late.headers["ratelimit"]
        # Another client at the same address still may, until the address as a whole may not.
        assert (await asked("/oauth/token", shown("cli", make_client().id))).status_code in (400, 401)
        bare.clock.advance(timedelta(seconds=30))
        assert (await asked("/oauth/token", client)).status_code in (400, 401)
