"""What the server answers: an object, or a refusal that is raised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx


class Answer(Mapping[str, Any]):
    """The JSON object of an answer, with what its headers say.

    `etag` is the version to give back as `if_match`; `location` is where to go on; `replayed` tells that an
    earlier request under the same Idempotency-Key was answered.
    """

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.etag: str | None = response.headers.get("etag")
        self.location: str | None = response.headers.get("location")
        self.request_id: str | None = response.headers.get("x-request-id")
        self.replayed = response.headers.get("idempotency-replayed") == "true"
        # 204 and 304 have no content.
        self._content: Mapping[str, Any] = response.json() if response.content else {}

    def __getitem__(self, name: str) -> Any:
        return self._content[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def __repr__(self) -> str:
        return f"Answer({self.status}, {dict(self._content)!r})"


class Problem(Exception):
    """The server refused (RFC 9457): `code` is stable and has a page at `type` with cause and remedy.

    `errors` points to each flaw of a body (`pointer`, `code`, `detail`); `request_id` finds the request in
    the server's log.
    """

    def __init__(self, response: httpx.Response) -> None:
        content = json_object(response)
        self.status = response.status_code
        self.code: str = content.get("code", f"http-{self.status}")
        self.type: str | None = content.get("type")
        self.title: str = content.get("title", response.reason_phrase)
        self.detail: str = content.get("detail", "")
        self.errors: list[dict[str, str]] = content.get("errors", [])
        self.request_id: str | None = content.get("request_id", response.headers.get("x-request-id"))
        super().__init__(self._words())

    def _words(self) -> str:
        flaws = "; ".join(f"{flaw['pointer']}: {flaw['detail']}" for flaw in self.errors)
        said = " ".join(part for part in (self.detail, flaws and f"({flaws})") if part)
        return f"{self.status} {self.code}: {said or self.title} [{self.request_id or 'no request id'}]"


def json_object(response: httpx.Response) -> dict[str, Any]:
    """The object of an answer; what stands between client and server may answer with something else."""
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
