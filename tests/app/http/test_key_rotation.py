"""Signing keys are rotated under a running server: no token fails that should count."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet

from emobility_app.signing_keys import key_ring, retire_key, rotate_keys
from emobility_app.store import EVERYTHING, opened
from tests.app.http.callers import Callers
from tests.app.http.house import House


async def _published(http: httpx.AsyncClient) -> list[str]:
    keys = (await http.get("/.well-known/jwks.json")).json()["keys"]
    assert all("d" not in key for key in keys)
    return [key["kid"] for key in keys]


async def _signed_by(callers: Callers, http: httpx.AsyncClient) -> tuple[str, str]:
    """A new token and the key that signed it, as somebody else verifies it."""
    token = await callers.token("sites:read")
    keys: Any = (await http.get("/.well-known/jwks.json")).json()
    return token, str(jwt.decode(token, KeySet.import_key_set(keys)).header["kid"])


async def _reads(http: httpx.AsyncClient, token: str) -> int:
    return (await http.get("/v1/sites", headers={"Authorization": f"Bearer {token}"})).status_code


async def test_a_new_key_is_published_before_it_signs(served: House, callers: Callers) -> None:
    http = await callers.anybody()
    (first,) = await _published(http)
    # Past the server, as the command line does it.
    async with opened(served.server.database.url) as store:
        await rotate_keys(publish_for=timedelta(hours=1), everything=EVERYTHING, store=store)
    await served.heard("signing_key.rotated")
    while len(await _published(http)) == 1:
        pass
    assert (await _published(http))[0] == first
    assert (await _signed_by(callers, http))[1] == first


async def test_tokens_of_the_key_before_count_until_it_is_retired(callers: Callers) -> None:
    http, store = await callers.anybody(), callers.store
    old, first = await _signed_by(callers, http)
    assert await _reads(http, old) == 200
    await rotate_keys(publish_for=timedelta(0), everything=EVERYTHING, store=store)
    new, second = await _signed_by(callers, http)
    assert second != first
    assert [await _reads(http, token) for token in (old, new)] == [200, 200]
    await retire_key(first, everything=EVERYTHING, store=store)
    assert [await _reads(http, token) for token in (old, new)] == [401, 200]
    assert await _published(http) == [second]
    ring = await key_ring(everything=EVERYTHING, store=store)
    assert [key.kid for key in ring.keys] == [second]
