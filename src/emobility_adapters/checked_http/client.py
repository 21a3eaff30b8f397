"""Asks over HTTP an address that was checked, and no other.

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
from typing import TypeVar

import attrs
import httpx

from emobility_core.reach import Reach

WITHIN_S = 15.0
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
T = TypeVar("T")
Read = Callable[[httpx.Response], Awaitable[T]]

_CONNECT_S = 5.0
_RESOLVING_AT_ONCE = 8


@attrs.frozen
class NotReached(Exception):
    """There was no answer: nobody is there, it took too long, or nothing may go there."""

    reason: str


@attrs.frozen(kw_only=True)
class CheckedHttp:
    """Follows no redirect, keeps no cookie, uses no connection twice, asks no proxy of the environment."""

    reach: Reach
    resolve: Resolve
    transport: httpx.AsyncHTTPTransport
    within_s: float = WITHIN_S

    async def ask(
        self, method: str, url: str, headers: Mapping[str, str], read: Read[T], body: bytes = b""
    ) -> T:
        """Ask once and return what `read` makes of the answer, within the time; raise `NotReached`."""
        try:
            async with asyncio.timeout(self.within_s):
                return await self._ask(method, httpx.URL(url), headers, read, body)
        except TimeoutError as error:
            raise NotReached(f"no answer within {self.within_s:g} seconds") from error
        except (httpx.TransportError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise NotReached(str(error) or type(error).__name__) from error

    async def _ask(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], read: Read[T], body: bytes
    ) -> T:
        # Checked again: what the operator allows may have changed since the URL was written down.
        if why := self.reach.flaw_of_url(str(url)):
            raise NotReached(why)
        addresses = await self._checked(url)
        for address in addresses[:-1]:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._sent(_request(method, url, address, headers, body), read)
        return await self._sent(_request(method, url, addresses[-1], headers, body), read)

    async def _checked(self, url: httpx.URL) -> Sequence[str]:
        """The addresses of the host; raise `NotReached` if there is none, or a single bad one."""
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = await self.resolve(url.raw_host.decode(), port)
        if not addresses:
            raise NotReached("the host has no address")
        for address in addresses:
            if why := self.reach.flaw_of(address):
                raise NotReached(why)
        return addresses

    async def _sent(self, request: httpx.Request, read: Read[T]) -> T:
        response = await self.transport.handle_async_request(request)
        try:
            return await read(response)
        finally:
            await response.aclose()


def _request(
    method: str, url: httpx.URL, address: str, headers: Mapping[str, str], body: bytes
) -> httpx.Request:
    return httpx.Request(
        method,
        url.copy_with(host=address),
        headers={**headers, "host": url.netloc.decode(), "connection": "close"},
        content=body,
        extensions={"sni_hostname": url.raw_host.decode(), "timeout": {"connect": _CONNECT_S}},
    )


@asynccontextmanager
async def open_http(
    reach: Reach,
    *,
    resolve: Resolve | None = None,
    tls: ssl.SSLContext | None = None,
    within_s: float = WITHIN_S,
) -> AsyncIterator[CheckedHttp]:
    """A client while the block runs; `tls` says whom it trusts, by default the usual authorities."""
    verify = await asyncio.to_thread(httpx.create_ssl_context) if tls is None else tls
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    # Threads of its own: a name server that does not answer must hold up nobody else.
    pool = ThreadPoolExecutor(_RESOLVING_AT_ONCE, thread_name_prefix="checked-names")
    try:
        async with httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=limits) as transport:
            yield CheckedHttp(
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
