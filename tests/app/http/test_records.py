"""Master records over HTTP: each kind is made, read, listed, found, changed and guarded alike."""

from __future__ import annotations

import pytest

from emobility_app.http.app import RESOURCES
from tests.app.http.house import House
from tests.app.http.kinds import KINDS, Kind, body_of, other_of
from tests.app.http.refusals import pointers, refused

# These are made in ways of their own, with a secret: `test_webhooks.py`, `test_api_clients.py`.
PLAIN = [kind for kind in KINDS if kind.path not in ("webhook-endpoints", "api-clients", "trusted-issuers")]


# Like the others, with operations of their own beside.
RIGHTS = {"roles", "role-assignments", "grants"}


def test_every_kind_of_record_is_among_these() -> None:
    assert {resource.path for resource, _ in RESOURCES} | RIGHTS == {kind.path for kind in PLAIN}


@pytest.fixture(params=PLAIN, ids=lambda kind: kind.path)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


async def test_a_record_is_made_read_listed_found_changed_and_guarded(served: House, kind: Kind) -> None:
    body, at = await body_of(served, kind) | {"external_ids": {"sap": "4711"}}, f"/v1/{kind.path}"
    created = await served.http.post(at, json=body)
    made, tag = created.json(), created.headers["etag"]
    assert created.status_code == 201, created.text
    one = created.headers["location"]
    assert one == f"{at}/{made['id']}"
    assert {name: made[name] for name in body if name != "prices"} == {
        name: value for name, value in body.items() if name != "prices"
    }
    assert (made["version"], made["created_at"]) == (0, made["updated_at"])

    read = await served.http.get(one)
    assert (read.json(), read.headers["etag"]) == (made, tag)
    same = await served.http.get(one, headers={"If-None-Match": tag})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)

    # A tenant's own record lives in itself, below its parent.
    below = {"include_descendants": "true"}
    assert (await served.get(at, external_id="sap:4711", **below))["data"] == [made]
    assert (await served.get(at, external_id="sap:4712", **below))["data"] == []
    assert made in (await served.get(at, **below))["data"]

    changed = await served.http.patch(one, json=kind.change, headers={"If-Match": tag})
    now = changed.json()
    assert (changed.status_code, now["version"]) == (200, 1), changed.text
    assert now["external_ids"]["sap"] == "4711"
    assert changed.headers["etag"] != tag
    assert (await served.http.get(one, headers={"If-None-Match": tag})).json() == now
    refused(
        await served.http.patch(one, json=kind.change, headers={"If-Match": tag}), 412, "precondition-failed"
    )
    without = await served.http.patch(one, json=kind.change)
    if kind.needs_match:
        refused(without, 428, "precondition-required")
    else:
        assert without.json()["version"] == 2


async def test_a_body_that_does_not_fit_is_refused_with_the_place_of_each_flaw(
    standing: House, kind: Kind
) -> None:
    body, at = await body_of(standing, kind), f"/v1/{kind.path}"
    refused(await standing.http.post(at, content=b'{"name": '), 400, "malformed-request")
    refused(await standing.http.post(at, json=[body]), 400, "malformed-request")
    unknown = await standing.http.post(at, json=body | {"colour": "red", "id": "x"})
    assert pointers(unknown) == {"/colour": "unknown-field", "/id": "read-only"}
    path, value, code = kind.wrong
    outer, _, inner = path.partition("/")
    wrong = await standing.http.post(at, json=body | {outer: {inner: value} if inner else value})
    assert pointers(wrong) == {f"/{path}": code}
    required = kind.body.keys() - kind.further
    empty = await standing.http.post(at, json={})
    assert pointers(empty) == {f"/{name}": "missing-field" for name in required}
    assert (await standing.get(at, external_id="sap:1"))["data"] == []


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.path != "tenants"], ids=lambda kind: kind.path
)
async def test_an_external_id_names_one_record_of_a_kind_in_a_tenant(served: House, kind: Kind) -> None:
    body, at = await body_of(served, kind) | {"external_ids": {"sap": "1"}}, f"/v1/{kind.path}"
    other = {"identity": "CP2", "id_tag": "04A2", "number": "9", "name": "C"}
    second = body | {name: value for name, value in other.items() if name in body}
    second |= await other_of(served, kind)
    await served.post(at, body)
    taken = await served.http.post(at, json=second)
    assert refused(taken, 409, "already-taken")["fields"] == {"field": "external_ids", "value": "sap:1"}
    await served.post(at, second | {"external_ids": {"datev": "1"}})
