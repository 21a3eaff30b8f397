"""Each operation has an example in the description: a request that succeeds, and an answer that fits."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema_rs
import pytest

from emobility_app.http.app import api
from emobility_app.http.endpoint import Endpoint
from emobility_app.http.examples import FILE as EXAMPLES
from emobility_app.http.examples import examples
from emobility_app.http.openapi import describe
from tests.app.http.bodies import FILE, FILE_TYPE, body_for, query_for
from tests.app.http.house import Json
from tests.app.http.inhabited import Inhabited
from tests.app.http.test_schemathesis import ENDS
from tests.conftest import Golden

_ID = re.compile(r"\b([a-z]{2,3})_[0-7][0-9a-hjkmnp-tv-z]{25}\b")
_INSTANT = re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
_SECRET = re.compile(r"\bwhsec_[A-Za-z0-9+/=]+")
_LINK = re.compile(r'http://[^"?]*/sign-in/password\?link=[^"]+')
_CLIENT_SECRET = re.compile(r'"secret": "[\w-]{43}"')
# Only the server makes these, anew for each list.
_CURSOR = re.compile(r'("next_cursor": )"[^"]+"')


def _sent(endpoint: Endpoint, inhabited: Inhabited) -> tuple[Json | None, Any]:
    """What is asked and answered; None for what is neither."""
    named = {"{system}": "sap", "{external_id}": "4711", "{id}": ""}
    if endpoint.names:
        named["{id}"] = inhabited.objects[endpoint.names]["id"]
    path = re.sub(r"\{\w+\}", lambda place: named[place[0]], endpoint.path)
    body = None if endpoint.takes is None else body_for(endpoint, inhabited.objects)
    headers = {"Idempotency-Key": "example", "If-Match": "*"}
    sent: dict[str, Any] = {"json": body, "headers": headers, "params": query_for(endpoint)}
    if endpoint.takes_files:
        told = headers | {"Content-Type": FILE_TYPE}
        sent |= {"json": None, "data": FILE.encode(), "headers": told}
    answer = inhabited.http.request(endpoint.method, inhabited.url + path, **sent)
    while endpoint.operation == "test_clocks_remove" and answer.status_code == 409:
        # It is on its way, or real time has not come to where it stands.
        answer = inhabited.http.request(endpoint.method, inhabited.url + path)
    assert answer.status_code in {endpoint.status, 201}, (endpoint.operation, answer.text)
    if "application/json" not in answer.headers.get("content-type", "") or not answer.content:
        return body, None
    return body, answer.json()


def _recorded(inhabited: Inhabited) -> dict[str, Any]:
    """By operation request and answer, with ids, times and secrets that are the same each time."""
    found = {}
    # What ends a thing comes after what needs it.
    for endpoint in sorted(api(), key=lambda one: one.operation in ENDS):
        if endpoint.media_type == "text/event-stream":
            continue
        asked, answered = _sent(endpoint, inhabited)
        if isinstance(answered, dict) and isinstance(answered.get("data"), list):
            answered["data"] = answered["data"][:1]
        both = {"request": asked, "answer": answered}
        found[endpoint.operation] = _settled({name: one for name, one in both.items() if one is not None})
    return dict(sorted(found.items()))


def _settled(both: dict[str, Any]) -> dict[str, Any]:
    numbers: dict[str, int] = {}

    def same_id(match: re.Match[str]) -> str:
        number = numbers.setdefault(match[0], len(numbers) + 1)
        return f"{match[1]}_01kbexamp1e000000000000{number:03d}"

    text = _ID.sub(same_id, json.dumps(both, ensure_ascii=False))
    text = _INSTANT.sub("2026-11-01T12:00:00Z", text)
    text = _SECRET.sub("whsec_ZXhhbXBsZSBvZiBhIHNlY3JldCwgMjQgYg==", text)
    text = _CLIENT_SECRET.sub('"secret": "an-example-of-a-secret-that-only-its-holder-has"', text)
    text = _LINK.sub("https://charging.example/sign-in/password?link=shown-once", text)
    settled: dict[str, Any] = json.loads(_CURSOR.sub(r"\1null", text))
    return settled


@pytest.mark.slow
def test_the_examples_are_what_a_server_is_asked_and_answers(
    inhabited: Inhabited, golden: Golden, request: pytest.FixtureRequest
) -> None:
    recorded = _recorded(inhabited)
    if request.config.getoption("--update-golden"):
        EXAMPLES.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n")
        examples.cache_clear()
    known = examples()
    assert known.keys() == recorded.keys()
    assert {name: one.get("request") for name, one in known.items()} == {
        name: one.get("request") for name, one in recorded.items()
    }


def _media(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every body of the description, asked for and answered, with its operation and whether it has to have an
    example."""
    found = []
    for item in document["paths"].values():
        for operation in item.values():
            bodies = [operation.get("requestBody", {}), *_good(operation)]
            found += [
                (operation["operationId"], content)
                for body in bodies
                for kind, content in body.get("content", {}).items()
                if kind == "application/json"
            ]
    return found


def _good(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for status, one in operation["responses"].items() if status.startswith("2")]


def test_every_body_of_the_description_has_an_example_that_fits_its_schema() -> None:
    document = json.loads(json.dumps(describe(api(), "https://charging.example")))
    components = document["components"]
    for operation, content in _media(document):
        assert "example" in content, operation
        schema = {**content["schema"], "components": components}
        jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(content["example"])
