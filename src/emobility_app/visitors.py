"""Those who have not proved who they are: where they come from, and how often they may try."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from litestar import Request

from emobility_app.limits import Quota, RateLimits
from emobility_app.problems import TooManyRequests
from emobility_core.instants import Clock

# For an address, which a whole company may share; for what claims to be one client there; and for passwords.
ADDRESS = Quota(requests=600, window=timedelta(minutes=1))
CLIENT = Quota(requests=120, window=timedelta(minutes=1))
PASSWORDS = Quota(requests=30, window=timedelta(minutes=5))


class Visitors:
    """Counts them by address. Behind a proxy the address is the last one that it wrote down
    (`X-Forwarded-For`); without one that header is anybody's, and not looked at."""

    def __init__(
        self,
        clock: Clock,
        *,
        behind_proxy: bool,
        address: Quota = ADDRESS,
        client: Quota = CLIENT,
        passwords: Quota = PASSWORDS,
    ) -> None:
        self._behind_proxy = behind_proxy
        self._addresses = RateLimits(address, clock)
        self._clients = RateLimits(client, clock)
        self._passwords = RateLimits(passwords, clock)

    def address(self, request: Request[Any, Any, Any]) -> str:
        if self._behind_proxy:
            told = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
            if told:
                return told[:100]
        return "" if request.client is None else request.client.host

    def count(self, request: Request[Any, Any, Any], client: str = "") -> None:
        """Count a request; raise `TooManyRequests`."""
        address = self.address(request)
        _take(self._addresses, address)
        if client:
            _take(self._clients, f"{address} {client[:100]}")

    def count_password(self, request: Request[Any, Any, Any]) -> None:
        """Count an attempt to prove something; raise `TooManyRequests`."""
        _take(self._passwords, self.address(request))


def _take(limits: RateLimits, key: str) -> None:
    if wait_s := limits.take(key).wait_s:
        raise TooManyRequests(wait_s)
