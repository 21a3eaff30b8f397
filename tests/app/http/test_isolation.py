"""No id of another company leads anywhere: every operation of the API, and every place in it that takes an
id, is tried with what belongs to a neighbour."""

from __future__ import annotations

import json
from collections import Counter
from uuid import UUID

import httpx
import pytest

from emobility_app.http.app import api
from emobility_app.http.endpoint import Endpoint
from emobility_app.http.export_sources import SOURCES
from emobility_app.http.import_kinds import KINDS
from emobility_core.ids import shown
from tests.app.http.apart import ID, MARK, Apart, apart
from tests.app.http.bodies import FILE, FILE_TYPE, body_for, query_for
from tests.app.http.house import Json
from tests.app.http.planting import Attempt, attempts
from tests.app.http.refusals import refused

__all__ = ["apart"]
OPERATIONS = api()
LISTS = [one for one in OPERATIONS if one.operation.endswith("_list") and "{" not in one.path]
# What was removed could not be asked for again, and a stream does not end.
PLAIN = [one for one in OPERATIONS if one.method != "DELETE" and one.media_type != "text/event-stream"]
NOBODYS = UUID("0192f0c1-2d3e-7000-8000-000000000001")
# Places that name somebody who need not be the caller's, and what that is good for.
NAMED_FREELY = {
    ("grants_create", "/grantee"): "a grant is for another company",
    ("grants_create", "/actors/*"): "a grant is for another company's people",
    ("grants_create", "/user_groups/*"): "a grant is for another company's drivers",
    ("grants_change", "/user_groups/*"): "a grant is for another company's drivers",
    ("role_assignments_create", "/actor"): "an actor may be a subject of any issuer",
    ("webhook_endpoints_replay", "/after"): "an id of an event is a place in time, be there one or not",
    ("sessions_resolve", "/session"): "nothing that can be done about a session takes another one",
}


def _asked(http: httpx.Client, attempt: Attempt, id: str, times: Counter[str]) -> httpx.Response:
    times[attempt.endpoint.operation] += 1
    key = f"{attempt} {id} {times.total()}"[-200:]
    return http.request(**attempt.with_id(id), headers={"If-Match": "*", "Idempotency-Key": key})


def _told(answer: httpx.Response, id: str) -> tuple[int, str]:
    """What an answer tells, whatever id was asked for."""
    body = answer.json()
    if isinstance(body, dict):
        body.pop("request_id", None)
    return answer.status_code, json.dumps(body).replace(id, "the id")


def _codes(answer: httpx.Response) -> set[str]:
    problem = answer.json()
    return {problem["code"], *(flaw["code"] for flaw in problem.get("errors", ()))}


def _require_nothing_foreign(answer: httpx.Response, apart: Apart, *named: str) -> None:
    """Fail for an answer with anything of theirs but what the caller `named` itself."""
    text = answer.text
    for id in named:
        text = text.replace(id, "")
    assert not apart.foreign & set(ID.findall(text)), answer.request.url
    assert MARK not in text, answer.request.url


def _require_withheld(apart: Apart, attempt: Attempt, times: Counter[str]) -> None:
    """Fail unless a neighbour's id is answered as one that nobody has: refused, or found nowhere."""
    id, other = apart.theirs[attempt.kind]["id"], shown(attempt.kind, NOBODYS)
    answer = _asked(apart.stranger, attempt, id, times)
    _require_nothing_foreign(answer, apart, id)
    if (attempt.endpoint.operation, attempt.place) in NAMED_FREELY:
        return
    assert _told(answer, id) == _told(_asked(apart.stranger, attempt, other, times), other), str(attempt)
    if attempt.place.startswith("?") and answer.status_code == 200:
        found = answer.json()
        assert not found.get("data", found.get("allowed")), str(attempt)
    else:
        assert any(code.startswith("unknown-") for code in _codes(answer)), (str(attempt), answer.text)
        wanted = (404, 422) if attempt.place.startswith("/") else (404,)
        assert answer.status_code in wanted, (str(attempt), answer.text)


def _plainly(apart: Apart, one: Endpoint, number: int) -> httpx.Response:
    """The operation with what is the caller's own alone."""
    path = one.path.replace("{system}", "sap").replace("{external_id}", "4711")
    path = path.replace("{id}", apart.own[one.names]["id"] if one.names else "")
    headers = {"If-Match": "*", "Idempotency-Key": f"plain {number}"}
    query = {**query_for(one), **_everything_asked(one)}
    if one.takes_files:
        headers["Content-Type"] = FILE_TYPE
        return apart.stranger.request(one.method, path, params=query, content=FILE, headers=headers)
    body = None if one.takes is None else body_for(one, apart.own)
    return apart.stranger.request(one.method, path, params=query, json=body, headers=headers)


def _everything_asked(one: Endpoint) -> dict[str, str]:
    """All that an operation may show beside what is asked for."""
    further = {"expand": ",".join(one.expands)} if one.expands else {}
    return further | ({"include_descendants": "true"} if "include_descendants" in one.query else {})


def test_no_place_takes_what_is_a_neighbours(apart: Apart) -> None:
    """Walks every place that takes an id; what was there before is there afterwards, byte by byte."""
    before, times = apart.kept(), Counter[str]()
    for attempt in attempts(apart.own):
        _require_withheld(apart, attempt, times)
    assert times.keys() | {one.operation for one in PLAIN} | {"events_stream"} == {
        one.operation for one in OPERATIONS
    }
    assert times.total() > 500
    assert apart.kept() == before
    assert all(before[name] for name in ("site", "token", "charging_session", "audit_entry", "event"))


def test_no_operation_tells_what_is_a_neighbours(apart: Apart) -> None:
    """Walks every operation with the caller's own objects."""
    before, named = apart.kept(), [apart.theirs[kind]["id"] for kind in ("ten", "ugr", "usr")]
    for number, one in enumerate(PLAIN):
        # A grant that the caller itself gave to its neighbour names it.
        _require_nothing_foreign(_plainly(apart, one, number), apart, *named)
    assert apart.kept() == before


def test_the_walk_would_notice_a_leak(apart: Apart) -> None:
    """The owner, for whom all of it is there, is told what its neighbour must not be, by each that reads."""
    silent = set()
    for one in OPERATIONS:
        if one.method == "GET" and one.media_type == "application/json" and "expand" not in one.query:
            path = one.path.replace("{id}", apart.theirs[one.names]["id"] if one.names else "")
            answer = apart.owner.get(path, params={**query_for(one), **_everything_asked(one)})
            try:
                _require_nothing_foreign(answer, apart)
            except AssertionError:
                continue
            silent.add(one.operation)
    # Readings and certificates hold no ids, maps are everybody's, and strange stations call at the root.
    assert silent == {
        "account_maps_list",
        "quarantined_stations_list",
        "sessions_readings",
        "stations_installed_certificates",
    }


@pytest.mark.parametrize(
    ("header", "prefix", "code"),
    [("Emobility-Tenant", "ten", "unknown-tenant"), ("Emobility-Grant", "gra", "unknown-grant")],
)
def test_no_header_leads_to_a_foreign_tenant_or_grant(
    apart: Apart, header: str, prefix: str, code: str
) -> None:
    for one in OPERATIONS:
        if one.scope is None and prefix == "gra":
            continue
        path = one.path.replace("{id}", apart.theirs[one.names]["id"] if one.names else "")
        headers = {header: apart.theirs[prefix]["id"]}
        answer = apart.stranger.request(one.method, path, params=query_for(one), headers=headers)
        refused(answer, 404, code)


def test_no_cursor_of_another_company_leads_on(apart: Apart) -> None:
    tried = 0
    for one in LISTS:
        query = {"limit": "1", "include_descendants": "true"}
        page = apart.owner.get(one.path, params=query)
        if (
            page.status_code == 200
            and (cursor := page.json().get("next_cursor"))
            and one.path != "/v1/events"
        ):
            refused(apart.stranger.get(one.path, params=query | {"cursor": cursor}), 400, "cursor-refused")
            tried += 1
    assert tried > 10


def test_no_key_of_another_company_brings_back_its_answer(apart: Apart) -> None:
    headers, body = {"Idempotency-Key": "the same"}, {"name": "Here"}
    theirs = apart.owner.post("/v1/sites", json=body, headers=headers)
    ours = apart.stranger.post("/v1/sites", json=body, headers=headers)
    assert (theirs.status_code, ours.status_code) == (201, 201)
    assert "idempotency-replayed" not in ours.headers
    assert ours.json()["tenant"] == apart.own["ten"]["id"]
    assert ours.json()["id"] != theirs.json()["id"]


def _unlike(body: Json, mark: str) -> Json:
    """The body with a mark in what must be unique."""
    names = ("identity", "id_tag", "number", "email")
    return body | {name: f"{mark}-{body[name]}" for name in names if name in body}


def test_an_external_id_is_each_companys_own(apart: Apart) -> None:
    for one in OPERATIONS:
        if one.method == "PUT":
            path = one.path.replace("{system}", "erp").replace("{external_id}", "shared")
            body = _unlike(body_for(one, apart.theirs), "T")
            theirs = apart.owner.put(path, json=body, headers={"If-Match": "*"})
            before = apart.kept()
            body = _unlike(body_for(one, apart.own), "O")
            ours = apart.stranger.put(path, json=body, headers={"If-Match": "*"})
            assert (theirs.status_code, ours.status_code) == (201, 201), (theirs.text, ours.text)
            assert ours.json()["id"] != theirs.json()["id"]
            assert apart.kept() == before


def _done(http: httpx.Client, answer: httpx.Response) -> str:
    """Wait for the end of an operation; return the path of what it made."""
    assert answer.status_code == 202, answer.text
    where = f"/v1/{'imports' if answer.json()['id'].startswith('imp') else 'exports'}/{answer.json()['id']}"
    while http.get(answer.headers["location"], headers={"Prefer": "wait=30"}).json()["status"] == "running":
        pass
    return where


@pytest.mark.parametrize("kind", SOURCES)
def test_nothing_of_another_company_is_exported(apart: Apart, kind: str) -> None:
    wanted = {"kind": kind, "format": "ndjson", "include_descendants": True}
    for http in (apart.owner, apart.stranger):
        file = http.get(f"{_done(http, http.post('/v1/exports', json=wanted))}/file")
        assert file.status_code == 200
        if http is apart.stranger:
            _require_nothing_foreign(file, apart)
        elif file.text:
            with pytest.raises(AssertionError):
                _require_nothing_foreign(file, apart)


def _reported(http: httpx.Client, kind: str, rows: list[Json]) -> list[Json]:
    """Import rows; return what is told of each."""
    file = "".join(json.dumps(row) + "\n" for row in rows)
    query, headers = {"kind": kind, "system": "erp"}, {"Content-Type": "application/x-ndjson"}
    where = _done(http, http.post("/v1/imports", params=query, content=file, headers=headers))
    return [json.loads(line) for line in http.get(f"{where}/report").text.splitlines()]


def _row(kind: str, objects: dict[str, Json], mark: str) -> Json:
    """A row under an external id that both companies use."""
    (create,) = (one for one in OPERATIONS if one.operation == f"{kind.replace('-', '_')}_create")
    return {"external_id": "of both", **_unlike(body_for(create, objects), mark)}


@pytest.mark.parametrize("kind", KINDS)
def test_no_row_of_an_import_names_or_changes_what_is_a_neighbours(apart: Apart, kind: str) -> None:
    assert _reported(apart.owner, kind, [_row(kind, apart.theirs, "TI")])[0]["result"] == "created"
    before = apart.kept()
    naming = [
        {**(one.with_id(apart.theirs[one.kind]["id"])["json"] or {}), "external_id": str(number)}
        for number, one in enumerate(attempts(apart.own))
        if one.endpoint.operation == f"{kind.replace('-', '_')}_create"
    ]
    assert len(naming) == len(KINDS[kind].references)
    *refusals, made = _reported(apart.stranger, kind, [*naming, _row(kind, apart.own, "OI")])
    assert made["result"] == "created"
    for line in refusals:
        assert line["result"] == "refused"
        assert any(flaw["code"].startswith("unknown-") for flaw in line["errors"]), line
    assert apart.kept() == before
