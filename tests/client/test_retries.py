"""What is sent again, and what is not."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from emobility_client import Problem
from tests.client.scripted import Script, answer

LOST = httpx.ReadError("the line broke")


def test_a_post_whose_answer_was_lost_is_sent_again_under_the_same_key() -> None:
    script = Script(LOST, answer(201, {"id": "cus_1"}))
    with script.client() as api:
        assert api.post("/v1/customers", {"name": "Ada"})["id"] == "cus_1"
    keys = [request.headers["idempotency-key"] for request in script.asked]
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_a_server_that_stays_away_is_named() -> None:
    script = Script(*[httpx.ConnectError("[Errno 111] Connection refused")] * 5)
    with script.client() as api, pytest.raises(httpx.ConnectError) as away:
        api.get("/v1/sites")
    assert str(away.value) == "GET http://server/v1/sites: [Errno 111] Connection refused"


def test_two_posts_have_two_keys_and_one_may_be_given() -> None:
    script = Script(*(answer(201) for _ in range(3)))
    with script.client() as api:
        api.post("/v1/customers", {"name": "Ada"})
        api.post("/v1/customers", {"name": "Ada"})
        api.post("/v1/customers", {"name": "Ada"}, idempotency_key="job-7")
    keys = [request.headers["idempotency-key"] for request in script.asked]
    assert len(set(keys)) == 3
    assert keys[2] == "job-7"


def test_any_post_has_a_key_also_one_that_is_put_together_by_hand() -> None:
    script = Script(LOST, answer(201))
    with script.client() as api:
        api.request("POST", "/v1/sites", json={"name": "North"})
    first, again = [request.headers["idempotency-key"] for request in script.asked]
    assert first == again


def test_a_change_of_one_version_is_not_sent_again_when_its_answer_was_lost() -> None:
    script = Script(LOST)
    with script.client() as api, pytest.raises(httpx.ReadError):
        api.patch("/v1/sites/sit_1", {"name": "North"}, if_match='"3"')
    assert len(script.asked) == 1


def test_what_is_gone_after_a_lost_answer_was_removed_by_the_first_try() -> None:
    gone = {"code": "unknown-site"}
    script = Script(LOST, answer(404, gone), answer(404, gone))
    with script.client() as api:
        api.delete("/v1/webhook-endpoints/whe_1")
        with pytest.raises(Problem, match="404 unknown-site"):
            api.delete("/v1/webhook-endpoints/whe_1")


def test_a_file_is_sent_again_as_a_whole_under_its_key() -> None:
    script = Script(answer(503), answer(202, {"id": "imp_1"}))
    with script.client() as api:
        made = api.upload("/v1/imports", b"a,b\n", "text/csv", kind="customers", dry_run=None)
    assert made["id"] == "imp_1"
    assert [request.content for request in script.asked] == [b"a,b\n", b"a,b\n"]
    (url,) = {str(request.url) for request in script.asked}
    assert url == "http://server/v1/imports?kind=customers"
    assert len({request.headers["idempotency-key"] for request in script.asked}) == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_will_pass_is_tried_again(status: int) -> None:
    script = Script(answer(status), answer(status), answer(200, {"id": "sit_1"}))
    with script.client() as api:
        assert api.get("/v1/sites/sit_1")["id"] == "sit_1"
    assert script.slept == [0.25, 0.5]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 422, 500])
def test_a_refusal_is_raised_at_once(status: int) -> None:
    script = Script(answer(status, {"code": "refused", "detail": "No."}))
    with script.client() as api, pytest.raises(Problem) as caught:
        api.get("/v1/sites/sit_1")
    assert (caught.value.status, caught.value.code, script.slept) == (status, "refused", [])


def test_retry_after_is_obeyed_also_while_an_earlier_request_of_the_key_is_under_way() -> None:
    script = Script(answer(409, retry_after="2"), answer(429, retry_after="7"), answer(201))
    with script.client() as api:
        api.post("/v1/customers", {"name": "Ada"})
    assert script.slept == [2.25, 7.5]


def test_nobody_waits_for_longer_than_the_caller_has_patience() -> None:
    script = Script(answer(429, {"code": "too-many-requests"}, retry_after="121"))
    with script.client() as api, pytest.raises(Problem, match="429 too-many-requests"):
        api.get("/v1/sites")
    assert script.slept == []


def test_after_the_last_attempt_the_failure_itself_is_raised() -> None:
    script = Script(*[LOST] * 5)
    with script.client() as api, pytest.raises(httpx.ReadError):
        api.get("/v1/sites")
    assert script.slept == [0.25, 0.5, 1.0, 2.0]


def test_a_problem_tells_every_flaw_and_the_request() -> None:
    flaw = {"pointer": "/name", "code": "not-a-text", "detail": "must be a text"}
    content = {"code": "malformed-body", "detail": "No.", "errors": [flaw], "request_id": "req_1"}
    script = Script(answer(422, content))
    with script.client() as api, pytest.raises(Problem) as caught:
        api.post("/v1/sites", {"name": 7})
    assert caught.value.errors == [flaw]
    assert str(caught.value) == "422 malformed-body: No. (/name: must be a text) [req_1]"


def test_a_page_of_some_proxy_is_a_problem_too() -> None:
    script = Script(httpx.Response(413, text="<html>too large</html>"))
    with script.client() as api, pytest.raises(Problem, match="413 http-413: Request Entity Too Large"):
        api.post("/v1/sites", {})


def test_a_file_is_sent_anew_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv.gz"
    path.write_bytes(b"packed" * 100_000)
    script = Script(LOST, answer(401), answer(202, {"id": "imp_1"}))
    with script.client() as api:
        api.upload("/v1/imports", path, "text/csv", kind="customers")
    assert {request.content for request in script.asked} == {path.read_bytes()}
    assert {request.headers["content-encoding"] for request in script.asked} == {"gzip"}
    assert len({request.headers["idempotency-key"] for request in script.asked}) == 1
