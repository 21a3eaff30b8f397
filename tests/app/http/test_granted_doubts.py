"""What is decided about a doubt does not tell the station's company whose card of another one it was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.app.http.house import Json
from tests.app.http.sisters import CARD, Sisters
from tests.app.http.test_exports import exported

Change = Callable[[Sisters, Json], Awaitable[None]]


async def _narrowed(sisters: Sisters, grant: Json) -> None:
    other = (await sisters.giver.post("/v1/stations", json={"identity": "CP2"})).json()
    change = {"stations": [other["id"]]}
    assert (await sisters.giver.patch(f"/v1/grants/{grant['id']}", json=change)).status_code == 200
    await _refused(sisters)


async def _not_begun(sisters: Sisters, grant: Json) -> None:
    begins = {"validity": {"since": sisters.served.ago(-60)}}
    assert (await sisters.giver.patch(f"/v1/grants/{grant['id']}", json=begins)).status_code == 200
    await _refused(sisters)


async def _another_tag(sisters: Sisters, _: Json) -> None:
    await _changed(sisters, id_tag="NEWTAG")
    await _refused(sisters)


async def _erased(sisters: Sisters, _: Json) -> None:
    holder = (await sisters.taker.post("/v1/customers", json={"name": "Ada Lovelace"})).json()["id"]
    await _changed(sisters, customer=holder)
    key = {"Idempotency-Key": "erase"}
    erased = await sisters.taker.post("/v1/erasures", json={"customer": holder}, headers=key)
    assert erased.status_code == 201, erased.text
    await _refused(sisters)


async def _refused(sisters: Sisters) -> None:
    """Until what has changed is known at stations."""
    while await sisters.authorized() != "Invalid":
        pass


async def _changed(sisters: Sisters, **change: str) -> None:
    (token,) = (await sisters.taker.get("/v1/tokens")).json()["data"]
    assert (await sisters.taker.patch(f"/v1/tokens/{token['id']}", json=change)).status_code == 200


CHANGES = pytest.mark.parametrize("change", [_narrowed, _not_begun, _another_tag, _erased])


@CHANGES
async def test_a_session_made_of_a_stop_keeps_whose_card_it_was(sisters: Sisters, change: Change) -> None:
    grant, doubt = await sisters.give(), await _stop_astray(sisters)
    await change(sisters, grant)
    session = await _made_of_the_stop(sisters, doubt)
    assert (session["authorization"], session["grant"]) == ("Invalid", grant["id"])
    assert session["id_tag"].startswith("anon-")
    await _tells_no_card(sisters)


async def test_a_stop_with_another_companys_card_is_not_of_ones_own_that_has_got_its_tag_since(
    sisters: Sisters,
) -> None:
    grant, doubt = await sisters.give(), await _stop_astray(sisters)
    assert (await sisters.giver.post("/v1/tokens", json={"id_tag": CARD})).status_code == 201
    session = await _made_of_the_stop(sisters, doubt)
    assert (session["authorization"], session["grant"]) == ("Accepted", grant["id"])
    assert session["id_tag"].startswith("anon-")


async def test_a_stop_that_is_made_another_cards_does_not_tell_which_was_reported(sisters: Sisters) -> None:
    grant, doubt = await sisters.give(), await _stop_astray(sisters)
    await _narrowed(sisters, grant)
    session = await _made_of_the_stop(sisters, doubt, id_tag="OURS1")
    assert (session["id_tag"], session["grant"]) == ("OURS1", None)
    await _tells_no_card(sisters)


@CHANGES
async def test_a_masked_card_that_counts_no_more_is_not_handed_in_again(
    sisters: Sisters, change: Change
) -> None:
    grant = await sisters.give()
    await sisters.line.ask("StartTransaction", {"idTag": CARD, "meterStart": 0})
    (doubt,) = (await sisters.giver.get("/v1/doubts")).json()["data"]
    await change(sisters, grant)
    mended = {**doubt["content"]["payload"], "connectorId": 1, "timestamp": sisters.served.ago(0)}
    refused = await _resolved(sisters, doubt, action="replay", payload=mended)
    assert refused.status_code == 422, refused.text
    (flaw,) = refused.json()["errors"]
    assert (flaw["pointer"], flaw["code"]) == ("/payload", "card-not-admitted")
    assert CARD not in refused.text
    # With a card of one's own it is.
    made = await _resolved(sisters, doubt, action="replay", payload={**mended, "idTag": "OURS1"})
    assert made.status_code == 201, made.text
    assert (await sisters.session(1))["id_tag"] == "OURS1"
    await _tells_no_card(sisters)


async def _stop_astray(sisters: Sisters) -> Json:
    stop = {"transactionId": 999, "idTag": CARD, "meterStop": 10, "timestamp": sisters.served.ago(1)}
    await sisters.line.call("StopTransaction", stop)
    (doubt,) = (await sisters.giver.get("/v1/doubts")).json()["data"]
    found: Json = doubt
    return found


async def _made_of_the_stop(sisters: Sisters, doubt: Json, **further: str) -> Json:
    start = {"started_at": sisters.served.ago(5), "meter_start_kwh": "0", **further}
    made = await _resolved(sisters, doubt, action="make_session", **start)
    assert made.status_code == 201, made.text
    session: Json = (await sisters.giver.get(f"/v1/sessions/{doubt['session']}")).json()
    return session


async def _resolved(sisters: Sisters, doubt: Json, **decision: Any) -> httpx.Response:
    path, key = f"/v1/doubts/{doubt['id']}/resolutions", {"Idempotency-Key": f"{doubt['id']} {decision}"[:60]}
    return await sisters.giver.post(path, json={"reason": "Seen", **decision}, headers=key)


async def _tells_no_card(sisters: Sisters) -> None:
    for path in ("/v1/sessions", "/v1/doubts", "/v1/resolutions", "/v1/events"):
        assert CARD not in (await sisters.giver.get(path)).text, path
    assert CARD not in (await exported(sisters.giver, "sessions", format="ndjson")).text
