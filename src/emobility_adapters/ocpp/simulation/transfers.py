"""Files that a station fetches and delivers: firmware, diagnostics, logs."""

from __future__ import annotations

import asyncio
import http.client
import urllib.error
import urllib.request
from typing import Protocol

import attrs


@attrs.frozen
class TransferFailed(Exception):
    """A file could not be fetched or delivered."""

    location: str
    reason: str

    def __str__(self) -> str:
        return f"{self.location}: {self.reason}"


class Transfers(Protocol):
    """Moves files; each raises `TransferFailed`."""

    async def fetch(self, location: str) -> bytes:
        """Download a file."""

    async def deliver(self, location: str, name: str, content: bytes) -> None:
        """Upload a file to `location`, or into it under `name` if it is a folder."""


class HttpTransfers:
    """By HTTP or HTTPS: GET to fetch; PUT to deliver, or POST where PUT is not allowed."""

    def __init__(self, within_s: float = 30.0) -> None:
        self._within_s = within_s

    async def fetch(self, location: str) -> bytes:
        return await asyncio.to_thread(self._ask, "GET", location, None)

    async def deliver(self, location: str, name: str, content: bytes) -> None:
        target = location + name if location.endswith("/") else location
        try:
            await asyncio.to_thread(self._ask, "PUT", target, content)
        except _NotAllowed:
            await asyncio.to_thread(self._ask, "POST", target, content)

    def _ask(self, method: str, location: str, content: bytes | None) -> bytes:
        if not location.lower().startswith(("http://", "https://")):
            raise TransferFailed(location, "only http and https are spoken here")
        headers = {} if content is None else {"Content-Type": "application/octet-stream"}
        asked = urllib.request.Request(location, content, headers, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=self._within_s) as answer:
                body: bytes = answer.read()
                return body
        except urllib.error.HTTPError as refused:
            with refused:
                refusal = _NotAllowed if refused.code == 405 else TransferFailed
                raise refusal(location, f"HTTP status {refused.code}") from refused
        except (OSError, http.client.HTTPException, ValueError) as failed:
            raise TransferFailed(location, str(failed)) from failed


class _NotAllowed(TransferFailed):
    """The server knows the place but not the method."""


class PretendedTransfers:
    """Nothing leaves the machine: whatever is fetched is there, whatever is delivered is kept."""

    def __init__(self, content: bytes = b"firmware") -> None:
        self.content = content
        self.delivered: list[tuple[str, str, bytes]] = []

    async def fetch(self, location: str) -> bytes:
        return self.content

    async def deliver(self, location: str, name: str, content: bytes) -> None:
        self.delivered.append((location, name, content))
