"""The client: requests that are signed in and sent again, lists as one, long work to its end, the feed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from emobility_client._answer import Answer, Problem
from emobility_client._pieces import Pieces
from emobility_client._retries import Retries
from emobility_client._token import ClientCredentials, SignInRefused

Parameters = Mapping[str, str | int | bool | Sequence[str]]
# The server holds a request no longer than half a minute; a line that is silent for longer is broken.
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_WAIT_S = 20


class OperationFailed(Exception):
    """Work that went on after its request has failed; `operation` says why in `error`."""

    def __init__(self, operation: Answer) -> None:
        self.operation = operation
        super().__init__(f"{operation['kind']} {operation['id']} failed: {operation['error']}")


class OperationUnfinished(Exception):
    """Work is still going on after the time that the caller gave it; it may be waited for again."""

    def __init__(self, operation: Answer) -> None:
        self.operation = operation
        progress = operation["progress"]
        super().__init__(f"{operation['id']} stands at {progress['done']} of {progress['total']}")


class Client:
    """Calls one server for one API client, from any number of threads.

    `tenant` narrows all calls to a tenant below the client's own. A request whose answer was lost, or that
    the server could not take, is sent again (`retries`): a POST always carries an Idempotency-Key, so that
    it takes effect once. Methods raise `Problem` for a refusal, `SignInRefused` for the client itself, and
    `httpx.TransportError` if the server stays away.
    """

    def __init__(
        self,
        server: str,
        client_id: str,
        client_secret: str,
        *,
        scopes: Sequence[str] = (),
        tenant: str | None = None,
        retries: Retries | None = None,
        verify: Any = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        base = server.rstrip("/")
        auth = ClientCredentials(f"{base}/oauth/token", client_id, client_secret, scopes=scopes)
        headers = {} if tenant is None else {"Emobility-Tenant": tenant}
        self._retries = retries or Retries()
        self._http = httpx.Client(
            base_url=base, auth=auth, headers=headers, timeout=_TIMEOUT, verify=verify, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, **parameters: Any) -> Answer:
        """Read an object or one page of a list; parameters are those of the operation."""
        return self._object("GET", path, params=_query(parameters))

    def post(self, path: str, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Answer:
        """Create, or have something done; give a key of your own where the process itself may be repeated."""
        return self._object("POST", path, json=body, headers=_keyed(idempotency_key))

    def upload(
        self,
        path: str,
        content: bytes | Path,
        media_type: str,
        *,
        idempotency_key: str | None = None,
        **parameters: Any,
    ) -> Answer:
        """Send a file (`/v1/imports`); parameters are those of the operation. One that is named by its path
        is never in memory as a whole; where its name ends with `.gz` it is sent as what it packs."""
        headers = {"Content-Type": media_type, **_keyed(idempotency_key)}
        if isinstance(content, Path) and content.suffix == ".gz":
            headers["Content-Encoding"] = "gzip"
        body = Pieces(content) if isinstance(content, Path) else content
        return self._object("POST", path, content=body, params=_query(parameters), headers=headers)

    def put(self, path: str, body: Mapping[str, Any], *, if_match: str | None = None) -> Answer:
        """State an object under another system's id (`/v1/customers/by-external-id/{system}/{id}`)."""
        return self._object("PUT", path, json=body, headers=_matching(if_match))

    def patch(self, path: str, body: Mapping[str, Any], *, if_match: str | None = None) -> Answer:
        """Merge into an object (RFC 7396); with `if_match` only into the version that has this ETag."""
        return self._object("PATCH", path, json=body, headers=_matching(if_match))

    def delete(self, path: str) -> Answer:
        """Remove an object; one that was gone already raises `Problem`."""
        return self._object("DELETE", path)

    def pages(self, path: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """All objects of a list, page by page as they are asked for."""
        cursor: str | None = None
        while True:
            at = parameters if cursor is None else {**parameters, "cursor": cursor}
            page = self.get(path, **at)
            yield from page["data"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def wait(
        self,
        work: Answer | str,
        *,
        timeout_s: float = 300.0,
        progress: Callable[[int, int], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> Answer:
        """Follow long work to its end and return the operation.

        `work` is the answer that began it, or the operation's id; `progress` hears steps done and in all.
        Raises `OperationFailed` and `OperationUnfinished`.
        """
        path, deadline = _operation_path(work), monotonic() + timeout_s
        while True:
            left_s = deadline - monotonic()
            wish = {"Prefer": f"wait={max(0, min(_WAIT_S, int(left_s)))}"}
            operation = self._object("GET", path, headers=wish)
            if progress is not None:
                progress(operation["progress"]["done"], operation["progress"]["total"])
            if operation["status"] == "succeeded":
                return operation
            if operation["status"] != "running":
                raise OperationFailed(operation)
            if left_s <= 0:
                raise OperationUnfinished(operation)

    def events(
        self, *, cursor_name: str, types: Sequence[str] = (), follow: bool = True, **parameters: Any
    ) -> Iterator[dict[str, Any]]:
        """The events that were not dealt with yet, in order; with `follow` also those to come, without end.

        How far the caller has come is kept on the server under `cursor_name`, a page at a time, once the
        event after that page is asked for: after a crash the last page comes again, and nothing is missed.
        """
        wanted = {**parameters, "cursor_name": cursor_name, "wait": _WAIT_S if follow else 0}
        if types:
            wanted["types"] = ",".join(types)
        while True:
            page = self.get("/v1/events", **wanted)
            yield from page["data"]
            if page["data"]:
                self.post("/v1/event-cursors", {"name": cursor_name, "cursor": page["next_cursor"]})
            elif not follow:
                return

    def request(self, method: str, path: str, **wanted: Any) -> httpx.Response:
        """Any request as httpx has it (`params`, `json`, `content`, `headers`), signed in and sent again.

        What holds for one version alone (`If-Match`) is not sent again after its answer was lost: it may have
        been done, and would then be refused. Something that is gone after that was removed by the first try.
        """
        headers = dict(wanted.pop("headers", {}))
        if method == "POST":
            headers.setdefault("Idempotency-Key", uuid4().hex)
        attempt, lost = 1, False
        while True:
            try:
                response = self._http.request(method, path, headers=headers, **wanted)
                if response.is_success or response.status_code == httpx.codes.NOT_MODIFIED:
                    return response
                if lost and method == "DELETE" and response.status_code == httpx.codes.NOT_FOUND:
                    return response
                if not self._retries.again(attempt, response):
                    raise Problem(response)
            except SignInRefused as refused:
                if not self._retries.again(attempt, refused.response):
                    raise
            except httpx.TransportError as error:
                lost = True
                if "If-Match" in headers or not self._retries.again(attempt, None):
                    raise _placed(error) from error
            attempt += 1

    def _object(self, method: str, path: str, **wanted: Any) -> Answer:
        return Answer(self.request(method, path, **wanted))


def _placed(error: httpx.TransportError) -> httpx.TransportError:
    """The same error, in words that say what was not reached: those of the system name no address."""
    request = error.request
    return type(error)(f"{request.method} {request.url}: {error}", request=request)


def _matching(etag: str | None) -> dict[str, str]:
    return {} if etag is None else {"If-Match": etag}


def _keyed(key: str | None) -> dict[str, str]:
    """A key of the caller's own; `request` makes one where there is none."""
    return {} if key is None else {"Idempotency-Key": key}


def _query(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What is None is not asked for."""
    return {name: value for name, value in parameters.items() if value is not None}


def _operation_path(work: Answer | str) -> str:
    if isinstance(work, str):
        return f"/v1/operations/{work}"
    if work.location is not None and work.location.startswith("/v1/operations/"):
        return work.location
    return f"/v1/operations/{work['operation']}"
