"""Moving a tenant with all below it: previewed, refused by name, done as previewed, and followed."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from emobility_app.http.app import RESOURCES
from emobility_core.certificates import KeyKind
from emobility_core.tenant_moves import REFERENCES
from tests.adapters.ocpp.certificates import key_of, request_for
from tests.adapters.ocpp.wire import WireStation, connected
from tests.app.http.callers import GRANT, Callers
from tests.app.http.house import CARD, House, Json
from tests.app.http.refusals import pointers, refused

Tree = dict[str, str]


@pytest.fixture
async def tree(served: House) -> Tree:
    """root > north > depot, and south beside north: name -> id."""
    ids = {"root": (await served.get("/v1/me"))["tenant"]}
    for name, parent in (("north", "root"), ("depot", "north"), ("south", "root")):
        ids[name] = (await served.post("/v1/tenants", {"name": name, "parent": ids[parent]}))["id"]
    return ids


async def _post(served: House, tenant: str, path: str, body: Json) -> Json:
    answer = await served.http.post(f"/v1/{path}", json=body, headers={"Emobility-Tenant": tenant})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def _ask(served: House, tenant: str, to: str, **further: Any) -> httpx.Response:
    return await served.http.post("/v1/tenant-moves", json={"tenant": tenant, "to": to, **further})


async def _preview(served: House, tenant: str, to: str) -> Json:
    answer = await _ask(served, tenant, to, dry_run=True)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def _move(served: House, tenant: str, to: str) -> Json:
    digest = (await _preview(served, tenant, to))["digest"]
    answer = await _ask(served, tenant, to, expected=digest)
    assert answer.status_code == 200, answer.text
    done: Json = answer.json()
    return done


async def test_a_preview_says_what_changes_and_changes_nothing(served: House, tree: Tree) -> None:
    tariff = await _post(served, tree["north"], "tariffs", {"name": "North", "prices": {}})
    lost = await _post(served, tree["north"], "tariff-assignments", {"tariff": tariff["id"]})
    gained = await _post(served, tree["south"], "configuration-templates", {"name": "South"})
    await _post(served, tree["north"], "tokens", {"id_tag": "NORTH"})
    await _post(served, tree["depot"], "stations", {"identity": "CP1"})
    change = {"settings": {"language": {"value": "fr"}}}
    await served.http.patch(f"/v1/tenants/{tree['north']}/settings", json=change)
    before = await served.get("/v1/tenants", include_descendants="true")
    found = await _preview(served, tree["depot"], tree["south"])
    assert (found["from"], found["to"], found["moved"]) == (tree["north"], tree["south"], False)
    assert (found["counts"]["tenants"], found["counts"]["stations"]) == (1, 1)
    assert found["lost"] == [{"id": lost["id"], "tenant": tree["north"], "actor": None}]
    assert found["gained"] == [{"id": gained["id"], "tenant": tree["south"], "actor": None}]
    assert (found["tags"]["tokens_stop"], found["tags"]["tokens_start"]) == (1, 0)
    assert found["settings"] == [
        {
            "tenant": tree["depot"],
            "setting": "language",
            "before": {"value": "fr", "from": tree["north"]},
            "after": {"value": "de", "from": None},
        }
    ]
    assert await served.get("/v1/tenants", include_descendants="true") == before


async def test_a_tenant_stands_where_it_was_moved_with_all_below_it(served: House, tree: Tree) -> None:
    fleet = (await served.post("/v1/tenants", {"name": "fleet", "parent": tree["depot"]}))["id"]
    assert (await _move(served, tree["depot"], tree["south"]))["moved"] is True
    found = await served.get(f"/v1/tenants/{fleet}")
    assert [one["name"] for one in found["path"]] == ["root", "south", "depot", "fleet"]
    below = {"Emobility-Tenant": tree["south"]}
    assert (await served.http.get(f"/v1/tenants/{fleet}", headers=below)).status_code == 200
    beside = {"Emobility-Tenant": tree["north"]}
    refused(await served.http.get(f"/v1/tenants/{fleet}", headers=beside), 404, "unknown-tenant")


async def test_both_ends_hear_of_it(served: House, tree: Tree) -> None:
    await _move(served, tree["depot"], tree["south"])
    for kind, tenant, parent in (
        ("tenant.moved", "depot", "south"),
        ("tenant.departed", "north", "north"),
    ):
        http, headers = served.http, {"Emobility-Tenant": tree[tenant]}
        query = {"types": kind, "wait": "20"}
        (event,) = (await http.get("/v1/events", params=query, headers=headers)).json()["data"]
        assert event["data"] == {"tenant": tree["depot"], "parent": tree[parent]}


async def test_a_move_that_cannot_be_is_refused_by_name(served: House, tree: Tree) -> None:
    test = (await served.post("/v1/tenants", {"name": "test", "kind": "test"}))["id"]
    inner = (await served.post("/v1/tenants", {"name": "inner", "parent": test}))["id"]
    for tenant, to, code in (
        (tree["root"], tree["south"], "root-immovable"),
        (tree["north"], tree["depot"], "move-into-itself"),
        (tree["north"], tree["north"], "move-into-itself"),
        (tree["depot"], tree["north"], "already-there"),
        (tree["depot"], test, "mixed-kinds"),
        (inner, tree["south"], "mixed-kinds"),
    ):
        for further in ({"dry_run": True}, {"expected": "0"}):
            refused(await _ask(served, tenant, to, **further), 409, code)
    assert (await _move(served, test, tree["south"]))["moved"] is True


async def test_a_move_without_a_preview_is_refused(served: House, tree: Tree) -> None:
    answer = await _ask(served, tree["depot"], tree["south"])
    assert pointers(answer) == {"/expected": "missing-field"}


async def test_what_has_changed_since_the_preview_is_looked_at_again(served: House, tree: Tree) -> None:
    digest = (await _preview(served, tree["depot"], tree["south"]))["digest"]
    await _post(served, tree["depot"], "stations", {"identity": "CP1"})
    assert (await _preview(served, tree["depot"], tree["south"]))["digest"] == digest
    change = {"settings": {"language": {"value": "fr"}}}
    await served.http.patch(f"/v1/tenants/{tree['south']}/settings", json=change)
    answer = await _ask(served, tree["depot"], tree["south"], expected=digest)
    refused(answer, 409, "preview-outdated")
    assert (await _move(served, tree["depot"], tree["south"]))["moved"] is True


async def test_nothing_is_torn_from_what_it_names(served: House, tree: Tree) -> None:
    site = await _post(served, tree["north"], "sites", {"name": "Here"})
    station = await _post(served, tree["depot"], "stations", {"identity": "CP1"})
    path = f"/v1/stations/{station['id']}"
    assert (await served.http.patch(path, json={"site": site["id"]})).status_code == 200
    found = await _preview(served, tree["depot"], tree["south"])
    assert found["references"] == [
        {"id": station["id"], "tenant": tree["depot"], "field": "site", "names": site["id"]}
    ]
    answer = await _ask(served, tree["depot"], tree["south"], expected=found["digest"])
    assert refused(answer, 409, "references-left-behind")["fields"]["references"] == "1"


def test_whatever_a_record_names_is_looked_at_before_a_move() -> None:
    named = {
        (resource.port, field, port)
        for resource, _ in RESOURCES
        for field, port in resource.references.items()
    }
    assert named == {(one.kind, one.field, one.names) for one in REFERENCES}


async def test_neither_end_may_lie_beside_or_above_the_caller(
    served: House, callers: Callers, tree: Tree
) -> None:
    http = await callers.signed_in("tenants:admin", tenant=tree["north"])
    for tenant, to, pointer in (
        (tree["depot"], tree["south"], "/to"),
        (tree["depot"], tree["root"], "/to"),
        (tree["south"], tree["north"], "/tenant"),
        (tree["root"], tree["north"], "/tenant"),
    ):
        for further in ({"dry_run": True}, {"expected": "0"}):
            body = {"tenant": tenant, "to": to, **further}
            answer = await http.post("/v1/tenant-moves", json=body)
            assert pointers(answer) == {pointer: "unknown-tenant"}
    answer = await http.post("/v1/tenant-moves", json={"tenant": tree["north"], "to": tree["depot"]})
    assert pointers(answer) == {"/expected": "missing-field"}
    body = {"tenant": tree["north"], "to": tree["depot"], "dry_run": True}
    refused(await http.post("/v1/tenant-moves", json=body), 409, "move-into-itself")


async def _limited(served: House, callers: Callers, roles: dict[str, str]) -> tuple[str, httpx.AsyncClient]:
    """A client of the root with these roles (tenant -> role) alone."""
    client = await callers.client()
    for tenant, role in roles.items():
        actor = f"client:{client.id}"
        await _post(served, tenant, "role-assignments", {"actor": actor, "role": role})
    http = await callers.anybody()
    answer = await http.post("/oauth/token", data=GRANT, auth=(client.id, client.secret))
    http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return f"client:{client.id}", http


async def test_nobody_moves_a_tenant_to_where_they_may_do_more_to_it(
    served: House, callers: Callers, tree: Tree
) -> None:
    body = {"name": "Mover", "permissions": ["tenants:admin", "tenants:read"]}
    mover = (await served.post("/v1/roles", body))["id"]
    actor, http = await _limited(served, callers, {tree["root"]: mover, tree["south"]: "viewer"})
    wanted = {"tenant": tree["depot"], "to": tree["south"]}
    seen = (await http.post("/v1/tenant-moves", json=wanted | {"dry_run": True})).json()
    assert [one["actor"] for one in seen["gained"]] == [actor]
    wanted["expected"] = seen["digest"]
    refused(await http.post("/v1/tenant-moves", json=wanted), 403, "permission-not-held")
    await _post(served, tree["depot"], "role-assignments", {"actor": actor, "role": "viewer"})
    assert (await http.post("/v1/tenant-moves", json=wanted)).json()["moved"] is True


async def test_a_role_of_a_former_parent_permits_nothing_any_more(
    served: House, callers: Callers, tree: Tree
) -> None:
    body = {"name": "Night", "permissions": ["stations:read"]}
    role = (await _post(served, tree["north"], "roles", body))["id"]
    _, http = await _limited(served, callers, {tree["depot"]: role})
    there = {"Emobility-Tenant": tree["depot"]}
    assert (await http.get("/v1/stations", headers=there)).status_code == 200
    await _move(served, tree["depot"], tree["south"])
    refused(await http.get("/v1/stations", headers=there), 403, "missing-permission")


async def _signs(line: WireStation) -> bool:
    """Whether the station is found where its tenant now stands; until the line has heard of it, it is not."""
    request = {"csr": request_for("CP1", key=key_of(KeyKind.ECDSA))}
    try:
        return await line.call("SignCertificate", request) == {"status": "Accepted"}
    except AssertionError:
        return False


async def test_tags_prices_and_an_open_line_follow_a_move_at_once(served: House, tree: Tree) -> None:
    await _post(served, tree["north"], "tokens", {"id_tag": "NORTH"})
    await _post(served, tree["south"], "tokens", {"id_tag": "SOUTH"})
    tariff = await _post(served, tree["south"], "tariffs", {"name": "S", "prices": {"per_kwh": "0.50"}})
    await _post(served, tree["south"], "tariff-assignments", {"tariff": tariff["id"]})
    await served.post("/v1/certificate-authorities", {"name": "CA", "organization": "Stadtwerk"})
    station = await _post(served, tree["depot"], "stations", {"identity": "CP1"})
    port = served.server.ocpp_url.rsplit(":", 1)[1].split("/")[0]
    async with connected(int(port), "/ocpp/CP1") as line:
        line.refuses |= frozenset({"ClearCache", "CertificateSigned"})
        await line.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})

        async def taken() -> list[str]:
            tags = ("NORTH", "SOUTH")
            told = [(await line.call("Authorize", {"idTag": tag}))["idTagInfo"]["status"] for tag in tags]
            return [tag for tag, status in zip(tags, told, strict=True) if status == "Accepted"]

        assert await taken() == ["NORTH"]
        await _move(served, tree["depot"], tree["south"])
        assert await taken() == ["SOUTH"]
        # The same line, by its new place in the tree: nobody has to call again.
        while not await _signs(line):
            pass
        start = {"connectorId": 1, "idTag": "SOUTH", "meterStart": 0, "timestamp": served.ago(5)}
        number = (await line.call("StartTransaction", start))["transactionId"]
        stop = {"transactionId": number, "meterStop": 2_000, "timestamp": served.ago(1)}
        await line.call("StopTransaction", stop)
    below = {"Emobility-Tenant": tree["south"]}
    query = {"include_descendants": "true", "station": station["id"]}
    (session,) = (await served.http.get("/v1/sessions", params=query, headers=below)).json()["data"]
    assert session["tenant"] == tree["depot"]
    query = {"types": "session.rated", "wait": "20", "include_descendants": "true"}
    (rated,) = (await served.http.get("/v1/events", params=query, headers=below)).json()["data"]
    assert rated["data"]["total"]["amount"] == "1.00"


async def test_a_past_session_keeps_its_tenant_token_and_price(served: House, tree: Tree) -> None:
    token = await _post(served, tree["north"], "tokens", {"id_tag": CARD})
    tariff = await _post(served, tree["north"], "tariffs", {"name": "N", "prices": {"per_kwh": "0.39"}})
    await _post(served, tree["north"], "tariff-assignments", {"tariff": tariff["id"]})
    await _post(served, tree["depot"], "stations", {"identity": "CP1"})
    port = served.server.ocpp_url.rsplit(":", 1)[1].split("/")[0]
    async with connected(int(port), "/ocpp/CP1") as line:
        line.refuses |= frozenset({"ClearCache"})
        await line.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
        start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": served.ago(5)}
        number = (await line.call("StartTransaction", start))["transactionId"]
        await _move(served, tree["depot"], tree["south"])
        stop = {"transactionId": number, "meterStop": 10_000, "timestamp": served.ago(1)}
        await line.call("StopTransaction", stop)
        below = {"Emobility-Tenant": tree["depot"]}
        query = {"types": "session.rated", "wait": "20"}
        events = (await served.http.get("/v1/events", params=query, headers=below)).json()["data"]
    assert events[0]["data"]["total"]["amount"] == "3.90"
    (session,) = (await served.http.get("/v1/sessions", headers=below)).json()["data"]
    assert (session["tenant"], session["token"]) == (tree["depot"], token["id"])


async def test_a_tenant_is_created_below_any_that_the_caller_sees(
    served: House, callers: Callers, tree: Tree
) -> None:
    http = await callers.signed_in(tenant=tree["north"])
    made = (await http.post("/v1/tenants", json={"name": "fleet", "parent": tree["depot"]})).json()
    assert (made["parent"], made["kind"]) == (tree["depot"], "live")
    assert [one["name"] for one in made["path"]] == ["north", "depot", "fleet"]
    for foreign in (tree["south"], tree["root"]):
        answer = await http.post("/v1/tenants", json={"name": "x", "parent": foreign})
        assert pointers(answer) == {"/parent": "unknown-tenant"}
    query = {"parent": tree["depot"], "include_descendants": "true"}
    found = (await http.get("/v1/tenants", params=query)).json()["data"]
    assert [one["name"] for one in found] == ["fleet"]


async def test_what_stands_below_a_test_tenant_is_a_test_tenant(served: House) -> None:
    test = await served.post("/v1/tenants", {"name": "test", "kind": "test"})
    below = await served.post("/v1/tenants", {"name": "below", "parent": test["id"]})
    assert below["kind"] == "test"
    body = {"name": "live", "parent": test["id"], "kind": "live"}
    refused(await served.http.post("/v1/tenants", json=body), 409, "live-below-test")
    answer = await served.http.patch(f"/v1/tenants/{test['id']}", json={"kind": "live"})
    assert pointers(answer) == {"/kind": "read-only"}
