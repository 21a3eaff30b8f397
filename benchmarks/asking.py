"""One client that asks the API again and again over one connection, as fast as answers come."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from benchmarks.servers import HOST

_TIMEOUT_S = 60.0


@dataclass
class Asker:
    """A connection of its own, signed in or not."""

    connection: http.client.HTTPConnection
    headers: dict[str, str]
    client: tuple[str, str] | None = None

    @classmethod
    def nobody(cls, port: int) -> Asker:
        return cls(http.client.HTTPConnection(HOST, port, timeout=_TIMEOUT_S), {})

    @classmethod
    def signed_in(cls, port: int, client: tuple[str, str]) -> Asker:
        """Ask for a token with everything that the client may do."""
        asker = cls(http.client.HTTPConnection(HOST, port, timeout=_TIMEOUT_S), {}, client)
        asker._sign_in()
        return asker

    def _sign_in(self) -> None:
        assert self.client is not None, "nobody has no token"
        id, secret = self.client
        form = urlencode({"grant_type": "client_credentials", "client_id": id, "client_secret": secret})
        self.connection.request(
            "POST", "/oauth/token", form, {"Content-Type": "application/x-www-form-urlencoded"}
        )
        token = json.loads(self.connection.getresponse().read())["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> tuple[float, Any]:
        """The seconds until the whole answer was there, and the answer; RuntimeError for a refusal."""
        began = time.perf_counter()
        answer = self._answered(path)
        body = answer.read()
        took = time.perf_counter() - began
        if answer.status == http.client.UNAUTHORIZED and self.client is not None:
            # A token holds for ten minutes, a walk through a million sessions takes longer.
            self._sign_in()
            return self.get(path)
        if answer.status != http.client.OK:
            raise RuntimeError(f"GET {path} answered {answer.status}: {body[:300]!r}")
        return took, json.loads(body)

    def _answered(self, path: str) -> http.client.HTTPResponse:
        try:
            self.connection.request("GET", path, headers=self.headers)
            return self.connection.getresponse()
        except http.client.RemoteDisconnected:
            # A connection that was silent while others were asked is closed; the next request opens one.
            self.connection.close()
            return self._answered(path)
