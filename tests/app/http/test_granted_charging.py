"""A company lets another one's cards charge: from until, frozen with the session, under a pseudonym."""

from __future__ import annotations

import attrs

from emobility_app.http.listing import MOST
from emobility_app.store import EVERYTHING
from emobility_core.ids import ReservationId, parse_id
from tests.adapters.sql.asked import asked_of
from tests.app.http.house import House
from tests.app.http.sisters import CARD, Sisters
from tests.app.http.test_exports import exported


async def test_a_card_of_another_company_charges_while_a_grant_lets_it(sisters: Sisters) -> None:
    assert await sisters.authorized() == "Invalid"
    assert await sisters.start(1) == "Invalid"
    grant = await sisters.give()
    assert await sisters.authorized() == "Accepted"
    assert await sisters.start(2) == "Accepted"
    assert (await sisters.giver.delete(f"/v1/grants/{grant['id']}")).status_code == 200
    assert await sisters.authorized() == "Invalid"
    # The start is a fact all the same; stations tell whole seconds, and this one is after the revocation.
    assert await sisters.start(3, minutes_ago=-0.1) == "Invalid"
    refused = await sisters.session(3)
    assert (refused["authorization"], refused["grant"]) == ("Invalid", None)
    # What began under the grant stays so.
    frozen = await sisters.session(2)
    assert (frozen["authorization"], frozen["grant"]) == ("Accepted", grant["id"])


async def test_a_start_before_the_revocation_that_is_told_after_it_was_good(sisters: Sisters) -> None:
    grant = await sisters.give()
    assert (await sisters.giver.delete(f"/v1/grants/{grant['id']}")).status_code == 200
    assert await sisters.start(1, minutes_ago=1) == "Accepted"
    assert (await sisters.session(1))["grant"] == grant["id"]
    assert await sisters.start(2, minutes_ago=-0.1) == "Invalid"


async def test_the_side_of_the_station_sees_a_pseudonym_and_the_side_of_the_card_its_own(
    sisters: Sisters,
) -> None:
    grant = await sisters.give()
    assert await sisters.start(1) == "Accepted"
    theirs = await sisters.session(1)
    assert theirs["id_tag"].startswith("anon-")
    assert (theirs["token"], theirs["customer"], theirs["contract"]) == (None, None, None)
    ours = await sisters.session(1, sisters.taker, **{"Emobility-Grant": grant["id"]})
    assert ours["id_tag"] == CARD
    assert ours["token"] is not None
    events = (await sisters.giver.get("/v1/events", params={"types": "session.started"})).json()["data"]
    assert CARD not in str(events)


async def test_sessions_are_not_found_by_whose_card_it_was_but_by_its_company_and_those_above(
    sisters: Sisters,
) -> None:
    customer = (await sisters.taker.post("/v1/customers", json={"name": "Ada"})).json()["id"]
    (token,) = (await sisters.taker.get("/v1/tokens")).json()["data"]
    await sisters.taker.patch(f"/v1/tokens/{token['id']}", json={"customer": customer})
    await sisters.charged()
    own = (await sisters.giver.post("/v1/tokens", json={"id_tag": "OURS1"})).json()["id"]
    for name, id in (("token", token["id"]), ("customer", customer)):
        seen = (await sisters.giver.get("/v1/sessions", params={name: id, "count": "estimate"})).json()
        assert (seen["data"], seen["count"]["number"]) == ([], 0)
        file = await exported(sisters.giver, "sessions", format="ndjson", filters={name: [id]})
        assert file.text == ""
        above = await sisters.served.get("/v1/sessions", include_descendants="true", **{name: id})
        assert len(above["data"]) == 1
    start = {"connectorId": 2, "idTag": "OURS1", "meterStart": 0, "timestamp": sisters.served.ago(0)}
    await sisters.line.call("StartTransaction", start)
    # Beside a card out of sight one of the caller's own is found all the same.
    found = await sisters.giver.get("/v1/sessions", params={"token": [own, token["id"]]})
    assert [one["token"] for one in found.json()["data"]] == [own]


async def test_the_raw_log_shows_the_cards_of_others_as_sessions_do(sisters: Sisters) -> None:
    grant = await sisters.give()
    assert (await sisters.giver.post("/v1/tokens", json={"id_tag": "OURS1"})).status_code == 201
    for tag in (CARD, "OURS1", "NOBODY1"):
        await sisters.line.call("Authorize", {"idTag": tag})
    assert await sisters.start(1, minutes_ago=1) == "Accepted"
    # What was let in by a grant that is over by now was theirs all the same.
    assert (await sisters.giver.delete(f"/v1/grants/{grant['id']}")).status_code == 200
    path, shown = f"/v1/stations/{sisters.station['id']}/messages", ""
    while "StartTransaction" not in shown:
        shown = (await sisters.giver.get(path)).text
    name = (await sisters.session(1))["id_tag"]
    assert CARD not in shown
    assert shown.count(name) == 2
    assert '\\"OURS1\\"' in shown
    assert '\\"NOBODY1\\"' in shown
    for wanted in ({"format": "csv"}, {"format": "ndjson"}):
        file = (await sisters.giver.get(path, params=wanted)).text
        assert CARD not in file
        assert name in file
    # Nor is it found by what is not shown.
    assert (await sisters.giver.get(path, params={"text": CARD})).json()["data"] == []
    assert len((await sisters.giver.get(path, params={"text": "ours1"})).json()["data"]) == 1
    # The company above both sees both.
    assert CARD in (await sisters.served.http.get(path)).text


async def test_a_search_for_what_is_masked_looks_like_one_that_finds_nothing(sisters: Sisters) -> None:
    await sisters.charged()
    hit, miss = [(await sisters.log(text=text, limit="1")).json() for text in ("GUES", "GUEX")]
    assert hit == miss
    # What may be read is found behind what may not.
    await sisters.line.call("Authorize", {"idTag": "GUEST-NOBODY"})
    while not (found := (await sisters.log(text="GUES", limit="1")).json())["data"]:
        pass
    assert "GUEST-NOBODY" in found["data"][0]["request"]
    assert found["next_cursor"] is None


async def test_a_search_looks_through_so_many_messages_at_a_time_whatever_it_finds(sisters: Sisters) -> None:
    await sisters.charged()
    for _ in range(MOST):
        await sisters.line.call("Authorize", {"idTag": "NOBODY1"})
    await sisters.line.call("Authorize", {"idTag": "LAST"})
    while '"LAST"' not in (await sisters.log(sort="-id", limit="1")).json()["data"][0]["request"]:
        pass
    for text in (CARD, "NOTHING", "LAST"):
        page = (await sisters.log(text=text)).json()
        assert page["data"] == []
        rest = (await sisters.log(text=text, cursor=page["next_cursor"])).json()
        assert (len(rest["data"]), rest["next_cursor"]) == (int(text == "LAST"), None)


async def test_a_page_looks_for_the_cards_that_nobody_has_through_sessions_once(sisters: Sisters) -> None:
    for number in range(5):
        await sisters.line.call("Authorize", {"idTag": f"NOBODY{number}"})
    while '"NOBODY4"' not in (await sisters.log(sort="-id", limit="1")).text.replace("\\", ""):
        pass
    with asked_of(sisters.served.server.database) as asked:
        shown = (await sisters.log()).text
    assert all(f"NOBODY{number}" in shown for number in range(5))
    assert sum("row_number" in one for one in asked) == 1


async def test_a_stop_without_a_start_does_not_tell_the_card_of_another_company(sisters: Sisters) -> None:
    grant = await sisters.give()
    stop = {"transactionId": 999, "idTag": CARD, "meterStop": 10, "timestamp": sisters.served.ago(1)}
    await sisters.line.call("StopTransaction", stop)
    (kept,) = (await sisters.giver.get("/v1/sessions")).json()["data"]
    (doubt,) = (await sisters.giver.get("/v1/doubts")).json()["data"]
    alone = (await sisters.giver.get(f"/v1/doubts/{doubt['id']}")).json()
    assert kept["id_tag"].startswith("anon-")
    assert (kept["authorization"], kept["grant"]) == ("Invalid", grant["id"])
    assert doubt["content"]["idTag"] == alone["content"]["idTag"] == kept["id_tag"]
    theirs = await sisters.session(0, sisters.taker, **{"Emobility-Grant": grant["id"]})
    assert theirs["id_tag"] == CARD


async def test_a_card_that_has_got_another_tag_since_stays_masked_in_the_log(sisters: Sisters) -> None:
    await sisters.charged()
    (token,) = (await sisters.taker.get("/v1/tokens")).json()["data"]
    changed = await sisters.taker.patch(f"/v1/tokens/{token['id']}", json={"id_tag": "NEWTAG"})
    assert changed.status_code == 200
    await sisters.reads_no_card()


async def test_a_card_stays_masked_in_the_log_when_its_grant_is_narrowed(sisters: Sisters) -> None:
    grant = await sisters.charged()
    other = (await sisters.giver.post("/v1/stations", json={"identity": "CP2"})).json()
    narrowed = await sisters.giver.patch(f"/v1/grants/{grant['id']}", json={"stations": [other["id"]]})
    assert narrowed.status_code == 200
    await sisters.reads_no_card()


async def test_a_card_stays_masked_in_the_log_when_its_holder_is_erased(sisters: Sisters) -> None:
    holder = (await sisters.taker.post("/v1/customers", json={"name": "Ada Lovelace"})).json()
    (token,) = (await sisters.taker.get("/v1/tokens")).json()["data"]
    await sisters.taker.patch(f"/v1/tokens/{token['id']}", json={"customer": holder["id"]})
    await sisters.charged()
    number = (await sisters.session(1))["transaction_id"]
    stop = {"transactionId": number, "meterStop": 10, "timestamp": sisters.served.ago(0)}
    await sisters.line.call("StopTransaction", stop)
    wish, key = {"customer": holder["id"]}, {"Idempotency-Key": "erase"}
    erased = await sisters.taker.post("/v1/erasures", json=wish, headers=key)
    assert erased.status_code == 201, erased.text
    assert CARD not in (await sisters.log()).text


async def test_a_company_does_not_find_out_whose_card_it_was_by_giving_its_tag_to_one_of_its_own(
    sisters: Sisters,
) -> None:
    await sisters.charged()
    giver, name = House(sisters.served.server, sisters.giver), (await sisters.session(1))["id_tag"]
    customer = (await giver.post("/v1/customers", {"name": "Ada Lovelace"}))["id"]
    await giver.post("/v1/tokens", {"id_tag": CARD, "customer": customer})
    shown = (await sisters.log()).text
    assert CARD not in shown
    assert shown.count(name) == 2
    copy = await giver.post("/v1/personal-data-exports", {"customer": customer})
    assert "station_frame" not in copy["data"]
    # What the own card does from now on is in clear.
    assert await sisters.authorized() == "Accepted"
    while (shown := (await sisters.log()).text).count(CARD) == 0:
        pass
    assert shown.count(name) == 2


async def test_a_report_is_mended_with_the_pseudonym_that_it_shows(sisters: Sisters) -> None:
    await sisters.give()
    await sisters.line.ask("StartTransaction", {"idTag": CARD, "meterStart": 0})
    (doubt,) = (await sisters.giver.get("/v1/doubts")).json()["data"]
    payload = doubt["content"]["payload"]
    assert payload["idTag"].startswith("anon-")
    mended = {**payload, "connectorId": 1, "timestamp": sisters.served.ago(1)}
    decision = {"action": "replay", "reason": "Connector 1", "payload": mended}
    made = await sisters.giver.post(f"/v1/doubts/{doubt['id']}/resolutions", json=decision)
    assert made.status_code == 201, made.text
    session = await sisters.session(1)
    assert (session["authorization"], session["id_tag"]) == ("Accepted", payload["idTag"])


async def test_a_reservation_shows_the_card_of_another_company_as_sessions_do(sisters: Sisters) -> None:
    await sisters.give()
    giver = House(sisters.served.server, sisters.giver)
    wish = {"connector": 1, "id_tag": CARD, "expires_at": sisters.served.ago(-60)}
    made = await giver.reserve("reserve", station=sisters.station["id"], **wish)
    path = f"/v1/reservations/{made['id']}"
    (listed,) = (await giver.get("/v1/reservations"))["data"]
    for seen in (made, listed, await giver.get(path)):
        assert seen["id_tag"].startswith("anon-")
        assert (seen["token"], seen["parent"]) == (None, None)
    (command,) = (await giver.get("/v1/commands"))["data"]
    assert command["order"]["id_tag"] == made["id_tag"]
    assert (await giver.heard("reservation.requested"))["data"]["id_tag"] == ""
    # The company above both sees both.
    assert (await sisters.served.get(path))["id_tag"] == CARD


async def test_a_reservation_that_does_not_tell_whose_card_it_was_is_shown_to_those_who_see_its_token(
    sisters: Sisters,
) -> None:
    await sisters.give()
    await sisters.giver.post("/v1/tokens", json={"id_tag": "OURS1"})
    giver, named = House(sisters.served.server, sisters.giver), {}
    for tag in (CARD, "OURS1"):
        wish = {"connector": 1, "id_tag": tag, "expires_at": sisters.served.ago(-60)}
        made = await giver.reserve(tag, station=sisters.station["id"], **wish)
        await _forget_whose(sisters, ReservationId(parse_id("rsv", made["id"])))
        named[tag] = (made["id"], made["id_tag"])
    for tag, (id, name) in named.items():
        path = f"/v1/reservations/{id}"
        seen = await giver.get(path)
        assert (seen["id_tag"], seen["token"] is None) == (name, tag == CARD)
        assert (await sisters.served.get(path))["id_tag"] == tag


async def _forget_whose(sisters: Sisters, id: ReservationId) -> None:
    """As reservations were stored at first."""
    async with sisters.served.server.transactions(EVERYTHING) as work:
        known = await work.reservations.get(id)
        terms = attrs.evolve(known.terms, grant=None, token_tenant=None)
        await work.reservations.replace(attrs.evolve(known, terms=terms))
