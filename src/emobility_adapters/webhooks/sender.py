"""Sends a message over HTTP to an address that was checked, and to no other.

A host name is resolved once, all its addresses are judged, and the connection goes to one of these: a name
that resolves to another address a moment later (DNS rebinding) gains nothing. TLS still proves the name.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress

import attrs
import httpx

from emobility_core.webhooks import ReceiverUnreachable, WebhookAnswer, WebhookReach, WebhookUrlRefused

WITHIN_S = 15.0
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_CONNECT_S = 5.0
# The status has been said by then; reading on is a courtesy to receivers that write more.
_BODY_BYTES, _BODY_S = 16_384, 1.0
_LONGEST_WAIT_TEXT = 100
_RESOLVING_AT_ONCE = 8


@attrs.frozen(kw_only=True)
class HttpWebhookSender:
    """Implements the core's `WebhookSender`. No redirect is followed, no cookie kept, no connection used
    twice, no proxy of the environment asked."""

    reach: WebhookReach
    resolve: Resolve
    transport: httpx.AsyncHTTPTransport
    within_s: float = WITHIN_S

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> WebhookAnswer:
        try:
            async with asyncio.timeout(self.within_s):
                return await self._send(httpx.URL(url), body, headers)
        except TimeoutError as error:
            raise ReceiverUnreachable(f"no answer within {self.within_s:g} seconds") from error
        except (httpx.TransportError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise ReceiverUnreachable(str(error) or type(error).__name__) from error

    async def _send(self, url: httpx.URL, body: bytes, headers: Mapping[str, str]) -> WebhookAnswer:
        try:
            # Checked again: what the operator allows may have changed since the endpoint was made.
            self.reach.check_url(str(url))
        except WebhookUrlRefused as error:
            raise ReceiverUnreachable(error.reason) from error
        addresses = await self._checked(url)
        for address in addresses[:-1]:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._post(url, address, body, headers)
        return await self._post(url, addresses[-1], body, headers)

    async def _checked(self, url: httpx.URL) -> Sequence[str]:
        """The addresses of the host; raise `ReceiverUnreachable` if there is none, or a single bad one."""
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = await self.resolve(url.raw_host.decode(), port)
        if not addresses:
            raise ReceiverUnreachable("the host has no address")
        for address in addresses:
            if why := self.reach.flaw_of(address):
                raise ReceiverUnreachable(why)
        return addresses

    async def _post(
        self, url: httpx.URL, address: str, body: bytes, headers: Mapping[str, str]
    ) -> WebhookAnswer:
        request = httpx.Request(
            "POST",
            url.copy_with(host=address),
            headers={
                **headers,
                "host": url.netloc.decode(),
                "content-type": "application/json",
                "user-agent": "emobility-webhooks",
                "connection": "close",
            },
            content=body,
            extensions={"sni_hostname": url.raw_host.decode(), "timeout": {"connect": _CONNECT_S}},
        )
        response = await self.transport.handle_async_request(request)
        try:
            await _read_some(response)
        finally:
            await response.aclose()
        wait = response.headers.get("retry-after")
        return WebhookAnswer(response.status_code, wait and wait[:_LONGEST_WAIT_TEXT])


async def _read_some(response: httpx.Response) -> None:
    """Read what little there may be, as it comes: nothing is unpacked, nothing is kept."""
    read = 0
    with suppress(TimeoutError, httpx.TransportError):
        async with asyncio.timeout(_BODY_S):
            assert isinstance(response.stream, httpx.AsyncByteStream)
            async for part in response.stream:
                read += len(part)
                if read > _BODY_BYTES:
                    return


@asynccontextmanager
async def open_sender(
    reach: WebhookReach,
    *,
    resolve: Resolve | None = None,
    tls: ssl.SSLContext | None = None,
    within_s: float = WITHIN_S,
) -> AsyncIterator[HttpWebhookSender]:
    """A sender while the block runs; `tls` says whom it trusts, by default the usual authorities."""
    verify = await asyncio.to_thread(httpx.create_ssl_context) if tls is None else tls
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    # Threads of its own: a name server that does not answer must hold up nobody else.
    pool = ThreadPoolExecutor(_RESOLVING_AT_ONCE, thread_name_prefix="webhook-names")
    try:
        async with httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=limits) as transport:
            yield HttpWebhookSender(
                reach=reach, resolve=resolve or _resolving(pool), transport=transport, within_s=within_s
            )
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _resolving(pool: ThreadPoolExecutor) -> Resolve:
    def look_up(host: str, port: int) -> list[str]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    async def resolve(host: str, port: int) -> Sequence[str]:
        return await asyncio.get_running_loop().run_in_executor(pool, look_up, host, port)

    return resolve
