"""Signing in by client credentials (RFC 6749, 4.4): a token is kept until shortly before it expires."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterable
from urllib.parse import quote

import httpx

from emobility_client._answer import json_object

# A token that ends while its request is under way would be refused.
_EARLY_S = 30.0


class SignInRefused(Exception):
    """The token endpoint refused with `response`: `error` is one of RFC 6749, 5.2, if it gave one."""

    def __init__(self, response: httpx.Response) -> None:
        content = json_object(response)
        self.response = response
        # What speaks no OAuth is perhaps not the server at all: then where it was asked is worth knowing.
        self.error: str = content.get("error", f"HTTP {response.status_code} from {response.url}")
        description = content.get("error_description") or content.get("detail")
        super().__init__(f"{self.error}: {description}" if description else self.error)


class ClientCredentials(httpx.Auth):
    """Signs requests in with an access token of a client; `scopes` narrow it, all are asked for without.

    Raises `SignInRefused`.
    """

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str,
        *,
        scopes: Iterable[str] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = token_url
        # RFC 6749, 2.3.1: both are encoded as in a form before they become Basic credentials.
        self._basic = httpx.BasicAuth(quote(client_id, safe=""), quote(client_secret, safe=""))
        self._form = {"grant_type": "client_credentials"}
        if wanted := " ".join(scopes):
            self._form["scope"] = wanted
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        token = yield from self._current(refused=None)
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:
            token = yield from self._current(refused=token)
            request.headers["Authorization"] = f"Bearer {token}"
            yield request

    def _current(self, *, refused: str | None) -> Generator[httpx.Request, httpx.Response, str]:
        """The token that holds, or a new one; threads that find it `refused` fetch one between them."""
        with self._lock:
            if self._token == refused or self._monotonic() >= self._until:
                asked = self._monotonic()
                response = yield self._asking()
                response.read()
                self._take(response, asked)
            return self._token

    def _asking(self) -> httpx.Request:
        request = httpx.Request("POST", self._url, data=self._form)
        return next(self._basic.auth_flow(request))

    def _take(self, response: httpx.Response, asked: float) -> None:
        content = json_object(response)
        if response.status_code != httpx.codes.OK or "access_token" not in content:
            raise SignInRefused(response)
        self._token = content["access_token"]
        self._until = asked + float(content.get("expires_in", 0)) - _EARLY_S
