"""Sends a message over HTTP to an address that was checked, and to no other."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import attrs
import httpx

from emobility_adapters.checked_http import CheckedHttp, NotReached, Resolve, open_http
from emobility_core.webhooks import ReceiverUnreachable, WebhookAnswer, WebhookReach

WITHIN_S = 15.0

# The status has been said by then; reading on is a courtesy to receivers that write more.
_BODY_BYTES, _BODY_S = 16_384, 1.0
_LONGEST_WAIT_TEXT = 100


@attrs.frozen
class HttpWebhookSender:
    """Implements the core's `WebhookSender`."""

    http: CheckedHttp

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> WebhookAnswer:
        own = {"content-type": "application/json", "user-agent": "emobility-webhooks"}
        try:
            return await self.http.ask("POST", url, {**headers, **own}, _told, body)
        except NotReached as error:
            raise ReceiverUnreachable(error.reason) from error


async def _told(response: httpx.Response) -> WebhookAnswer:
    await _read_some(response)
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
    async with open_http(reach, resolve=resolve, tls=tls, within_s=within_s) as http:
        yield HttpWebhookSender(http)
