"""Reservations over the API: from the request to the session that uses one."""

from __future__ import annotations

import httpx
import pytest

from tests.app.http.callers import Callers
from tests.app.http.house import CARD, House, Json
from tests.app.http.refusals import pointers, refused


async def _ask(served: House, key: str | None, body: Json) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await served.http.post("/v1/reservations", json=body, headers=headers)


async def test_a_reservation_is_asked_for_accepted_and_used_by_its_card(served: House) -> None:
    card = await served.add_card()
    async with served.station() as (station, line):
        wish = {"station": station["id"], "connector": 1, "token": card["id"], "expires_at": served.ago(-60)}
        asked = await served.reserve("r", **wish)
        assert (asked["status"], asked["outcome"], asked["session"]) == ("requested", None, None)
        _, id, action, request = await line.hear()
        assert (action, request["idTag"], request["reservationId"]) == (
            "ReserveNow",
            CARD,
            asked["number"],
        )
        await line.say([3, id, {"status": "Accepted"}])
        event = await served.heard("reservation.accepted")
        assert event["data"]["reservation"] == asked["id"]
        start = {
            "connectorId": 1,
            "idTag": CARD,
            "meterStart": 0,
            "timestamp": served.ago(0),
            "reservationId": asked["number"],
        }
        await line.call("StartTransaction", start)
        await served.heard("reservation.used")
    (session,) = (await served.get("/v1/sessions"))["data"]
    (used,) = (await served.get("/v1/reservations", session=session["id"]))["data"]
    assert (used["id"], used["status"], used["outcome"]) == (asked["id"], "used", "accepted")
    assert used == await served.get(f"/v1/reservations/{asked['id']}")
    over = await served.http.patch(f"/v1/reservations/{asked['id']}", json={"status": "cancelled"})
    refused(over, 409, "wrong-reservation-status")


async def test_a_station_acts_once_however_often_it_is_asked_with_one_key(served: House) -> None:
    await served.add_card()
    async with served.station() as (station, line):
        wish = {"station": station["id"], "connector": 1, "id_tag": CARD, "expires_at": served.ago(-60)}
        refused(await _ask(served, None, wish), 400, "idempotency-key-required")
        first, again = [await _ask(served, "same", wish) for _ in range(2)]
        assert first.json() == again.json()
        assert first.headers["location"] == f"/v1/reservations/{first.json()['id']}"
        assert (await line.hear())[2] == "ReserveNow"


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"connector": -1}, 422, "/connector"),
        ({"id_tag": None}, 422, "/token"),
        ({"id_tag": "ü"}, 422, "/id_tag"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "/expires_at"),
        ({"number": 1}, 422, "/number"),
    ],
)
async def test_what_no_station_could_keep_is_refused_at_its_place(
    served: House, change: Json, status: int, pointer: str
) -> None:
    await served.add_card()
    station = await served.post("/v1/stations", {"identity": "CP1"})
    wish = {"station": station["id"], "connector": 1, "id_tag": CARD, "expires_at": served.ago(-60)}
    answer = await _ask(served, "k", wish | change)
    assert answer.status_code == status, answer.text
    assert pointer in pointers(answer)


async def test_the_right_to_read_is_not_the_right_to_reserve(served: House, callers: Callers) -> None:
    await served.add_card()
    station = await served.post("/v1/stations", {"identity": "CP1"})
    wish = {"station": station["id"], "connector": 1, "id_tag": CARD, "expires_at": served.ago(-60)}
    await served.reserve("k", **wish)
    reader = await callers.signed_in("reservations:read")
    seen = (await reader.get("/v1/reservations", params={"station": station["id"]})).json()["data"]
    assert [one["id_tag"] for one in seen] == [CARD]
    denied = await reader.post("/v1/reservations", json=wish, headers={"Idempotency-Key": "k2"})
    refused(denied, 403, "missing-scope")
    unknown = await _ask(served, "k3", wish | {"id_tag": "NOBODY"})
    refused(unknown, 403, "token-refused")
