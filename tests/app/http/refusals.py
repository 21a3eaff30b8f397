"""A refusal as every one must look."""

from __future__ import annotations

import httpx

from tests.app.http.house import Json


def refused(answer: httpx.Response, status: int, code: str) -> Json:
    """Return the problem document after checking all that RFC 9457 and our own rules ask of it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem: Json = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"].endswith(f"/problems/{code}")
    assert problem["instance"] == answer.request.url.path
    assert all(problem[name].strip() for name in ("title", "detail"))
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["request_id"] == answer.request.headers.get("x-request-id", problem["request_id"])
    return problem


def pointers(answer: httpx.Response) -> dict[str, str]:
    """What is wrong with a body: pointer -> code."""
    errors = refused(answer, 422, "malformed-body")["errors"]
    assert all(set(error) == {"pointer", "code", "detail"} and error["detail"] for error in errors)
    return {error["pointer"]: error["code"] for error in errors}
