"""The description of the API: complete, valid, stable, and shown without help from third parties."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import jsonschema_rs
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import TestClient
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from emobility_app.auth import TokenEndpoint
from emobility_app.http import reference
from emobility_app.http.app import api, build_app
from emobility_app.http.openapi import describe
from emobility_app.http.security import guarded
from emobility_app.pages.live import plain_page
from emobility_core.identity import SCOPES
from tests.app.http.bare import Bare
from tests.app.http.house import House
from tests.conftest import Golden

BASE = "https://charging.example"
VERBS = {"get", "post", "put", "patch", "delete"}
# What a browser or an OAuth library asks for, beside the API itself.
APART = {
    "/", "/assets/live/{name}", "/docs", "/docs/{name}", "/openapi.json", "/problems",
    "/problems/{code}", "/oauth/token", "/oauth/jwks", "/.well-known/jwks.json",
    "/.well-known/oauth-authorization-server", "/oauth/authorize", "/oauth/introspect", "/oauth/revoke",
    "/sign-in/password", "/sign-in/second-factor", "/assets/sign-in/{name}",
}  # fmt: skip


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    text = json.dumps(describe(api(), BASE))
    described: dict[str, Any] = json.loads(text)
    return described


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, verb, operation)
        for path, item in document["paths"].items()
        for verb, operation in item.items()
        if verb in VERBS
    ]


def test_the_description_is_the_one_that_clients_were_built_for(
    document: dict[str, Any], golden: Golden
) -> None:
    golden("openapi.json", json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def test_it_is_openapi_3_1_and_its_schemas_are_json_schemas(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert [error.message for error in OPENAPI_31_VALIDATOR.iter_errors(document)] == []
    schemas = [*_schemas(document), *document["components"]["schemas"].values()]
    assert len(schemas) > 100
    for schema in schemas:
        jsonschema_rs.meta.validate(schema)


def _schemas(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        if isinstance(node.get("schema"), dict):
            yield node["schema"]
        for value in node.values():
            yield from _schemas(value)
    elif isinstance(node, list):
        for value in node:
            yield from _schemas(value)


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    named = [operation["operationId"] for _, _, operation in _operations(document)]
    named += [hook["post"]["operationId"] for hook in document["webhooks"].values()]
    assert len(set(named)) == len(named)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in named)
    for path, _, operation in _operations(document):
        assert operation["operationId"].startswith(path.split("/")[2].replace("-", "_"))
        assert operation["summary"]


def test_every_operation_says_its_scope_and_its_refusals(document: dict[str, Any]) -> None:
    for path, verb, operation in _operations(document):
        [security] = operation["security"]
        assert set(security["oauth"]) <= SCOPES
        assert security["oauth"] or path == "/v1/me"
        assert {"400", "401", "403"} <= set(operation["responses"])
        for status, answer in operation["responses"].items():
            if status >= "400":
                refusal = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
                assert list(refusal["content"]) == ["application/problem+json"]
        assert ("requestBody" in operation) is (verb in {"post", "patch", "put"})


def test_every_route_is_described_and_every_description_has_a_route(
    document: dict[str, Any], bare: Bare
) -> None:
    routes = build_app(bare.services, TokenEndpoint(bare.issuing()), plain_page()).routes
    served = {
        (re.sub(":(str|path)}", "}", route.path), method.lower())
        for route in routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"
    }
    described = {(path, verb) for path, verb, _ in _operations(document)}
    assert {one for one in served if one[0].startswith("/v1/")} == described
    assert {path for path, _ in served if not path.startswith("/v1/")} == APART


async def test_a_server_describes_itself_under_its_own_address(
    served: House, document: dict[str, Any]
) -> None:
    told = await served.get("/openapi.json")
    assert told["servers"] == [{"url": served.server.http_url}]
    assert (told["paths"], told["webhooks"]) == (document["paths"], document["webhooks"])


def test_the_reference_loads_nothing_but_our_own_files() -> None:
    app = Litestar(reference.routes(api(), BASE), before_send=[guarded], openapi_config=None)
    with TestClient(app) as client:
        page = client.get("/docs")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "unsafe" not in page.headers["content-security-policy"]
        assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?![^>]*\ssrc=)", page.text)
        loaded = re.findall(r'(?:src|href)="(?!data:)([^"]+)"', page.text)
        assert len(loaded) == 4
        for link in loaded:
            assert link.startswith("/")
            assert not link.startswith("//")
            assert client.get(link).status_code == 200
        assert client.get("/docs/LICENSE").status_code == 404
        assert client.get("/docs/..%2Fopenapi.json").status_code == 404


def test_swagger_ui_is_the_one_that_was_vendored() -> None:
    folder = files("emobility_app") / "static" / "vendor" / "swagger-ui"
    sums = [line.split() for line in (folder / "SHA256SUMS").read_text().splitlines()]
    assert {"swagger-ui-bundle.js", "swagger-ui.css"} <= {name for _, name in sums}
    for expected, name in sums:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == expected, name
