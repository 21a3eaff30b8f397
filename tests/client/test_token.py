"""Signing in: once for many calls, anew when the token ends or is refused."""

from __future__ import annotations

import base64
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from emobility_client import ClientCredentials, SignInRefused
from tests.client.scripted import Script, answer

REFUSED = {"error": "invalid_client", "error_description": "wrong secret"}


def test_one_token_serves_many_calls() -> None:
    script = Script(*(answer() for _ in range(3)))
    with script.client(scopes=["sites:read", "events:read"], tenant="ten_1") as api:
        for _ in range(3):
            api.get("/v1/sites")
    (sign_in,) = script.signed_in
    basic = base64.b64encode(b"cli_1:s%3Aecret").decode()
    assert sign_in.headers["authorization"] == f"Basic {basic}"
    assert sign_in.read() == b"grant_type=client_credentials&scope=sites%3Aread+events%3Aread"
    assert {request.headers["authorization"] for request in script.asked} == {"Bearer token-1"}
    assert {request.headers["emobility-tenant"] for request in script.asked} == {"ten_1"}


def test_what_speaks_no_oauth_is_told_with_its_address() -> None:
    script = Script(sign_ins=[httpx.Response(404, text="nothing here")])
    with script.client() as api, pytest.raises(SignInRefused) as refused:
        api.get("/v1/sites")
    assert str(refused.value) == "HTTP 404 from http://server/oauth/token"


def test_a_token_that_is_refused_is_replaced_once() -> None:
    script = Script(answer(401), answer(200, {"id": "sit_1"}), answer(401), answer(401, {"code": "no"}))
    with script.client() as api:
        assert api.get("/v1/sites/sit_1")["id"] == "sit_1"
        with pytest.raises(Exception, match="401 no"):
            api.get("/v1/sites/sit_1")
    bearers = [request.headers["authorization"] for request in script.asked]
    assert bearers == ["Bearer token-1", "Bearer token-2", "Bearer token-2", "Bearer token-3"]


def test_a_token_is_replaced_before_it_ends() -> None:
    time = [0.0]
    credentials = ClientCredentials("http://server/oauth/token", "c", "s", monotonic=lambda: time[0])
    script = Script(*(answer() for _ in range(3)))
    transport = httpx.MockTransport(script._answered)
    with httpx.Client(base_url="http://server", auth=credentials, transport=transport) as http:
        for at in (0.0, 569.0, 571.0):
            time[0] = at
            http.get("/v1/sites")
    assert len(script.signed_in) == 2


def test_a_client_that_is_not_let_in_hears_why() -> None:
    script = Script(sign_ins=[answer(401, REFUSED)])
    with script.client() as api, pytest.raises(SignInRefused, match="invalid_client: wrong secret"):
        api.get("/v1/sites")
    assert script.slept == []


def test_a_token_endpoint_that_is_busy_is_asked_again() -> None:
    script = Script(answer(), sign_ins=[answer(429, retry_after="3")])
    with script.client() as api:
        api.get("/v1/sites")
    assert (len(script.signed_in), script.slept) == (2, [3.25])


def test_threads_that_begin_at_once_fetch_one_token() -> None:
    script, together = Script(*(answer() for _ in range(8))), threading.Barrier(8)
    with script.client() as api, ThreadPoolExecutor(8) as pool:

        def call(_: int) -> None:
            together.wait()
            api.get("/v1/sites")

        list(pool.map(call, range(8)))
    assert len(script.signed_in) == 1
