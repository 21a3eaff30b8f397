"""A server that answers by script, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from emobility_client import Client, Retries

Reply = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def answer(status: int = 200, content: Any = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={} if content is None else content, headers=named)


class Script:
    """Answers calls in order; sign-ins apart, by `sign_ins` as long as there are any."""

    def __init__(self, *replies: Reply, sign_ins: list[httpx.Response] | None = None) -> None:
        self.replies = list(replies)
        self.sign_ins = sign_ins or []
        self.asked: list[httpx.Request] = []
        self.signed_in: list[httpx.Request] = []
        self.slept: list[float] = []

    def client(self, **wanted: Any) -> Client:
        retries = Retries(sleep=self.slept.append, chance=lambda: 0.5)
        transport = httpx.MockTransport(self._answered)
        return Client("http://server/", "cli_1", "s:ecret", retries=retries, transport=transport, **wanted)

    def _answered(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            self.signed_in.append(request)
            if self.sign_ins:
                return self.sign_ins.pop(0)
            return answer(content={"access_token": f"token-{len(self.signed_in)}", "expires_in": 600})
        # As it was at this moment: when it is sent again, its headers are changed in place.
        content = request.read()
        self.asked.append(
            httpx.Request(request.method, request.url, headers=request.headers, content=content)
        )
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, httpx.Response) else reply(request)
