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
from tests.app.http.house import CARD, PRICES, Json
from tests.app.http.inhabited import Inhabited

pytestmark = pytest.mark.slow

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
ENDS = {"quarantined_stations_dismiss", "attachments_remove", "station_certificates_revoke"}


def _body(endpoint: Endpoint, objects: dict[str, Json]) -> Json:
    """A body with which the operation succeeds."""
    bodies: dict[str, Json] = {
        "stations_create": {"identity": "NEW-2"},
        "contracts_create": {"number": "2", "customer": objects["cus"]["id"]},
        "contracts_change": {"number": "3"},
        "tokens_create": {"id_tag": "NEW-1"},
        "tokens_change": {"label": "blue"},
        "tariffs_create": {"name": "New", "prices": PRICES},
        "tariff_assignments_create": {"tariff": objects["tar"]["id"]},
        "tariff_assignments_change": {"user_group": objects["ugr"]["id"]},
        "load_budgets_create": {"site": objects["sit"]["id"], "limits": ["32"]},
        "load_budgets_change": {"strategy": "priority"},
        "load_points_create": {
            "budget": objects["lbu"]["id"],
            "station": objects["sta"]["id"],
            "connector": 9,
            "max_current": "16",
            "fail_safe": "0",
        },
        "load_points_change": {"fail_safe": "0"},
        "load_limits_create": {"budget": objects["lbu"]["id"], "limits": ["20"]},
        "load_limits_change": {"reason": "Peak"},
        "load_priorities_create": {"session": objects["ses"]["id"], "priority": 1},
        "load_priorities_change": {"priority": 2},
        "composite_schedules_create": {"station": objects["sta"]["id"], "connector": 1},
        "charging_profiles_create": {
            "station": objects["sta"]["id"],
            "connector": 1,
            "purpose": "default",
            "schedule": {"unit": "A", "periods": [{"start_s": 0, "limit": "16"}]},
        },
        "doubts_resolve": {"action": "discard", "reason": "A test"},
        "sessions_resolve": {"action": "accept_as_is", "reason": "Seen"},
        "configuration_checks_create": {"station": objects["sta"]["id"]},
        "adoptions_create": {"quarantined_station": objects["qst"]["id"]},
        "certificate_authorities_create": {"name": "New", "organization": "Stadtwerk"},
        "certificate_authorities_change": {"enabled": True},
        "station_certificates_revoke": {"reason": "A test"},
        "reservations_create": {
            "station": objects["sta"]["id"],
            "connector": 3,
            "id_tag": CARD,
            "expires_at": "2099-01-01T00:00:00Z",
        },
        "reservations_change": {"status": "cancelled"},
        "local_lists_sync": {"station": objects["lal"]["station"]},
        "commands_create": {"type": "remote_start", "station": objects["sta"]["id"], "id_tag": CARD},
    }
    return bodies.get(endpoint.operation, {"name": "New"})


@pytest.fixture(scope="module")
def schema(inhabited: Inhabited) -> Any:
    return schemathesis.openapi.from_url(f"{inhabited.url}/openapi.json")


@pytest.fixture(params=OPERATIONS, ids=[one.operation for one in OPERATIONS])
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    found: Endpoint = request.param
    return found


@pytest.fixture
def path(endpoint: Endpoint, inhabited: Inhabited) -> dict[str, str]:
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
        sent = {"body": _body(endpoint, inhabited.objects), "media_type": "application/json"}
    headers = {"Idempotency-Key": "new", "If-Match": "*"}
    case = operation.Case(path_parameters=path, headers=headers, query={}, **sent)
    answer = _call(case, inhabited)
    assert answer.status_code == endpoint.status, answer.text


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
