"""A client reads who it is to the server: for whom it acts, where, with which rights and limits."""

from __future__ import annotations

from datetime import timedelta

from emobility_core.ids import shown
from tests.app.http.bare import Bare


async def test_whoever_calls_reads_who_it_is_where_it_acts_and_what_it_may(bare: Bare) -> None:
    async with bare.http() as http:
        me = (await http.get("/v1/me")).json()
        below = (await http.post("/v1/tenants", json={"name": "Below"})).json()["id"]
        narrowed = await http.get("/v1/me", headers={"Emobility-Tenant": below})
    client = shown("cli", bare.client.id)
    expires = (bare.clock.now() + timedelta(minutes=10)).isoformat(timespec="seconds").replace("+00:00", "Z")
    assert me == {
        "actor": f"client:{client}",
        "client": client,
        "acting": [],
        "tenant": shown("ten", bare.tenant.id),
        "scopes": sorted(bare.client.scopes),
        "limits": {"requests": 6_000, "window_s": 60, "remaining": 5_999},
        "token_expires_at": expires,
    }
    assert narrowed.json()["tenant"] == below
