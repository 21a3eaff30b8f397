"""One object of every kind, made as its owner makes it: over the API, or by a station that reports."""

from __future__ import annotations

from emobility_core.certificates import KeyKind
from tests.adapters.ocpp.certificates import key_of, request_for
from tests.adapters.ocpp.wire import WireStation
from tests.adapters.webhooks.receiver import receiving
from tests.app.http.books import booked
from tests.app.http.house import CARD, PRICES, House, Json
from tests.app.http.importing import imported


async def everything(served: House, mark: str = "") -> dict[str, Json]:
    """One object of every kind in the caller's tenant, by the prefix of its id; a second one by its use.
    `mark` tells those of one company from another's wherever a name counts for the whole server."""
    customer = await served.post("/v1/customers", {"name": "Ada"})
    tariff = await served.post("/v1/tariffs", {"name": "All", "prices": PRICES})
    found = {
        "cus": customer,
        "tar": tariff,
        "sit": await served.post("/v1/sites", {"name": "Here"}),
        "sgr": await served.post("/v1/station-groups", {"name": "Public"}),
        "ugr": await served.post("/v1/user-groups", {"name": "Staff"}),
        "ctr": await served.post("/v1/contracts", {"number": "1", "customer": customer["id"]}),
        "tas": await served.post("/v1/tariff-assignments", {"tariff": tariff["id"]}),
        "tok": await served.add_card(),
        "cft": await served.post("/v1/configuration-templates", {"name": "All"}),
        "qst": await served.quarantine(f"{mark}NEW-1"),
        "adoptable": await served.quarantine(f"{mark}NEW-3"),
        "cau": await served.post("/v1/certificate-authorities", {"name": "CA", "organization": "Stadtwerk"}),
        "rol": await served.post("/v1/roles", {"name": "Night", "permissions": ["stations:read"]}),
        "ras": await served.post("/v1/role-assignments", {"actor": "subject:erika", "role": "viewer"}),
        "ten": await tenants(served),
    }
    async with served.station(f"{mark}CP1") as (station, line):
        clockless = {"connectorId": 2, "idTag": CARD, "meterStart": 0}
        number = (await line.call("StartTransaction", clockless))["transactionId"]
        await line.call("StopTransaction", {"transactionId": number, "meterStop": 900})
        start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": served.ago(5)}
        await line.call("StartTransaction", start)
        for unknown in (998, 999):
            stop = {"transactionId": unknown, "meterStop": 1, "timestamp": served.ago(1), "idTag": "UNKNOWN"}
            await line.call("StopTransaction", stop)
        told = {"type": "StartupOfTheDevice", "timestamp": served.ago(2)}
        await line.call("SecurityEventNotification", told)
        found["att"] = await delivered(served, station, line)
        request = request_for(f"{mark}CP1", key=key_of(KeyKind.ECDSA))
        assert await line.call("SignCertificate", {"csr": request}) == {"status": "Accepted"}
        found["sta"] = station
        found["gra"] = await granted(served, station)
        keep = {"station": station["id"], "connector": 2, "id_tag": CARD, "expires_at": served.ago(-60)}
        found["rsv"] = await served.reserve("1", **keep)
        await _accept(line, "ReserveNow")
        await served.heard("reservation.accepted")
        checked = {"station": station["id"]}
        headers = {"Idempotency-Key": "check"}
        await served.http.post("/v1/configuration-checks", json=checked, headers=headers)
    found["sec"] = (await served.get("/v1/security-events"))["data"][0]
    found["crt"] = (await served.get("/v1/station-certificates"))["data"][0]
    found["scf"] = (await served.get("/v1/station-configurations"))["data"][0]
    found["ses"], another = (await served.get("/v1/sessions"))["data"][:2]
    found["dbt"], done = (await served.get("/v1/doubts"))["data"]
    decision = {"action": "discard", "reason": "A test of the installer"}
    found["rsl"] = await served.post(f"/v1/doubts/{done['id']}/resolutions", decision)
    there = await served.post("/v1/sites", {"name": "There"})
    found |= await booked(served)
    budget = await served.post("/v1/load-budgets", {"site": there["id"], "limits": ["32"]})
    point = {"budget": budget["id"], "station": station["id"], "max_current": "32", "fail_safe": "6"}
    found |= {
        "lbu": budget,
        "lpt": await served.post("/v1/load-points", point),
        "lli": await served.post("/v1/load-limits", {"budget": budget["id"], "limits": ["20"]}),
        "lpr": await served.post("/v1/load-priorities", {"session": another["id"], "priority": 1}),
    }
    profile = {
        "station": station["id"],
        "connector": 1,
        "purpose": "default",
        "schedule": {"unit": "A", "periods": [{"start_s": 0, "limit": "16"}]},
    }
    found["prf"] = await served.act("/v1/charging-profiles", profile)
    found["scc"] = await served.act("/v1/composite-schedules", {"station": station["id"], "connector": 1})
    offline = await served.command("1", type="remote_start", station=station["id"], id_tag=CARD, connector=2)
    found["cmd"] = offline.json()
    listing = await served.post("/v1/stations", {"identity": f"{mark}LISTED", "local_list": "all"})
    found["lal"] = await served.sync_list("1", station=listing["id"])
    found["op"] = {"id": offline.json()["operation"]}
    found["cli"] = await served.post("/v1/api-clients", {"name": "ERP", "scopes": ["sites:read"]})
    found["usr"] = await served.post("/v1/users", {"email": f"{mark}owner@stadtwerk.example", "name": "Ada"})
    found["whe"], found["whd"] = await pushed(served)
    trial = await served.post("/v1/tenants", {"name": "Trial", "kind": "test"})
    found["tck"] = await served.post("/v1/test-clocks", {"tenant": trial["id"]})
    narrowed = {"Emobility-Tenant": trial["id"]}
    made = await served.http.post("/v1/stations", json={"identity": f"{mark}TRIAL-1"}, headers=narrowed)
    found["test station"] = made.json()
    found["test tenant"] = await served.post("/v1/tenants", {"name": "Second trial", "kind": "test"})
    kept = await served.http.post("/v1/event-cursors", json={"name": "tests", "cursor": "pos_1"})
    found["evc"] = kept.json()
    trust = {
        "name": "Id",
        "issuer": "https://id.example",
        "audiences": [f"{mark}a"],
        "default_roles": ["viewer"],
    }
    found["iss"] = await served.post("/v1/trusted-issuers", trust | {"audiences": [f"{mark}a"]})
    gone = await served.post("/v1/customers", {"name": "Bea"})
    headers, erased = {"Idempotency-Key": "erasure"}, {"customer": gone["id"]}
    found["ers"] = (await served.http.post("/v1/erasures", json=erased, headers=headers)).json()
    found["aud"] = (await served.get("/v1/audit-entries"))["data"][0]
    found["imp"] = (await imported(served, "external_id,name\n1,Ada\n", kind="sites")).shown
    wanted = await served.http.post("/v1/exports", json={"kind": "sites"})
    await served.http.get(wanted.headers["location"], headers={"Prefer": "wait=30"})
    found["exp"] = wanted.json()
    return found


async def tenants(served: House) -> Json:
    """The root tenant, with the ids of one below it and of another to which that may move."""
    below = {name: (await served.post("/v1/tenants", {"name": name}))["id"] for name in ("below", "beside")}
    return {"id": (await served.get("/v1/me"))["tenant"], **below}


async def granted(served: House, station: Json) -> Json:
    """What another company is let see."""
    taker = await served.post("/v1/tenants", {"name": "Taker"})
    body = {"grantee": taker["id"], "rights": ["see"], "stations": [station["id"]]}
    return await served.post("/v1/grants", body)


async def pushed(served: House) -> tuple[Json, Json]:
    """A webhook endpoint, and the delivery by which it was tried."""
    async with receiving() as receiver:
        wanted = {"url": receiver.url, "event_types": ["tariff.published"]}
        endpoint = await served.post("/v1/webhook-endpoints", wanted)
        await served.http.post(f"/v1/webhook-endpoints/{endpoint['id']}/tests", json={})
        await receiver.heard()
        while not (done := await served.get("/v1/webhook-deliveries", state="delivered"))["data"]:
            pass
    return endpoint, done["data"][0]


async def _accept(line: WireStation, action: str) -> None:
    """Be asked for this, and for whatever else comes before it, which the station has not."""
    while True:
        _, id, asked, _ = await line.hear()
        if asked == action:
            return await line.say([3, id, {"status": "Accepted"}])
        await line.say([4, id, "NotSupported", "", {}])


async def delivered(served: House, station: Json, line: WireStation) -> Json:
    """Diagnostics that the station has sent where it was told to."""
    await served.command("diagnostics", type="get_diagnostics", station=station["id"])
    call = await line.hear()
    await line.say([3, call[1], {"fileName": "diag.zip"}])
    sent = await served.http.put(call[3]["location"], content=b"diagnostics")
    assert sent.status_code == 201
    found: Json = (await served.get("/v1/attachments"))["data"][0]
    return found
