"""Requests made from the description of the API, good and bad: never a fault, always as described."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from emobility_app.http.app import api
from emobility_app.http.endpoint import Endpoint
from tests.app.http.bodies import FILE, FILE_TYPE, body_for, query_for
from tests.app.http.house import Json
from tests.app.http.inhabited import Inhabited

pytestmark = [
    pytest.mark.slow,
    # The house is a thread of this process: what it draws meanwhile is not drawn inside a strategy.
    pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies"),
]

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.missing_required_header,
    checks.unsupported_method,
    checks.ignored_auth,
]
GOOD, BAD = 10, 6
# Longer request lines never reach the application: the HTTP server refuses them.
LONGEST_QUERY = 4_000
# The one stream that never ends is looked at in test_event_stream.py.
OPERATIONS = [one for one in api() if one.operation != "events_stream"]
# What makes an end of a thing comes last, and a thing has but one end: tested in test_quarantine.py.
ENDS = {
    "roles_remove",
    "role_assignments_remove",
    "grants_revoke",
    "quarantined_stations_dismiss",
    "attachments_remove",
    "postings_withdraw",
    "station_certificates_revoke",
    "webhook_endpoints_remove",
    "event_cursors_remove",
    "erasures_create",
    "imports_stop",
    "exports_stop",
    "test_clocks_remove",
}


@pytest.fixture(scope="module")
def schema(inhabited: Inhabited) -> Any:
    return schemathesis.openapi.from_url(f"{inhabited.url}/openapi.json")


@pytest.fixture(params=OPERATIONS, ids=[one.operation for one in OPERATIONS])
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    found: Endpoint = request.param
    return found


@pytest.fixture
def path(endpoint: Endpoint, inhabited: Inhabited) -> dict[str, str]:
    if endpoint.places:
        return {"system": "sap", "external_id": "4711"}
    return {"id": inhabited.objects[endpoint.names]["id"]} if endpoint.names else {}


def _known(value: Any, objects: dict[str, Json]) -> Any:
    """The same with ids of things that are there, so that more than the look-up is tried."""
    if isinstance(value, dict):
        return {name: _known(one, objects) for name, one in value.items()}
    if isinstance(value, list):
        return [_known(one, objects) for one in value]
    prefix = value.partition("_")[0] if isinstance(value, str) else ""
    return objects[prefix]["id"] if prefix in objects and len(value) == len(prefix) + 27 else value


def _likely(case: Any, objects: dict[str, Json]) -> None:
    """Make a good request one that gets far: only the server itself makes cursors and ETags."""
    case.body, case.query = _known(case.body, objects), _known(case.query, objects)
    (case.query or {}).pop("cursor", None)
    if "Emobility-Tenant" in (case.headers or {}):
        case.headers["Emobility-Tenant"] = objects["ten"]["id"]
    if "If-Match" in (case.headers or {}):
        case.headers["If-Match"] = "*"


def _call(case: Any, inhabited: Inhabited) -> Any:
    return case.call_and_validate(session=inhabited.http, checks=CHECKS)


def test_every_operation_succeeds_as_described(
    endpoint: Endpoint, path: dict[str, str], schema: Any, inhabited: Inhabited
) -> None:
    if endpoint.operation in ENDS:
        pytest.skip("ends what the others need")
    operation = schema[endpoint.path][endpoint.method]
    sent: dict[str, Any] = {}
    if endpoint.takes is not None:
        sent = {"body": body_for(endpoint, inhabited.objects), "media_type": "application/json"}
    if endpoint.takes_files:
        sent = {"body": FILE, "media_type": FILE_TYPE}
    headers = {"Idempotency-Key": "new", "If-Match": "*"}
    case = operation.Case(path_parameters=path, headers=headers, query=query_for(endpoint), **sent)
    answer = _call(case, inhabited)
    # What is stated for the first time is created.
    assert answer.status_code in {endpoint.status, 201 if endpoint.places else endpoint.status}, answer.text


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
def test_whatever_is_sent_is_answered_as_described(
    endpoint: Endpoint, path: dict[str, str], schema: Any, inhabited: Inhabited, mode: GenerationMode
) -> None:
    operation = schema[endpoint.path][endpoint.method]
    good = mode is GenerationMode.POSITIVE
    known = path if path and (good or endpoint.takes is not None) else None

    @seed(1)
    @settings(
        max_examples=GOOD if good else BAD,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode, path_parameters=known))
    def sent(case: Any) -> None:
        query = case.query or {}
        assume(len(str(query)) < LONGEST_QUERY)
        if "wait" in query:
            query["wait"] = "0"
        if good:
            _likely(case, inhabited.objects)
        _call(case, inhabited)

    sent()
