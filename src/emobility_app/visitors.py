"""Those who have not proved who they are: where they come from, and how often they may try."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import Any

from litestar import Request

from emobility_app.limits import Quota, RateLimits, told
from emobility_app.problems import TooManyRequests
from emobility_core.instants import Clock

# For an address, which a whole company may share; for what claims to be one client there; and for passwords.
ADDRESS = Quota(requests=600, window=timedelta(minutes=1))
CLIENT = Quota(requests=120, window=timedelta(minutes=1))
PASSWORDS = Quota(requests=30, window=timedelta(minutes=5))
# Access tokens that were refused: verifying a forged one costs more than refusing it.
TOKENS = Quota(requests=300, window=timedelta(minutes=1))
# A household or a company is given a whole network of this size (RFC 6177), and may call from any part of it.
_BITS_OF_IPV6 = 64


class Visitors:
    """Counts them by address, or by network of IPv6. Behind a proxy the address is the last one that it wrote
    down (`X-Forwarded-For`); without one that header is anybody's, and not looked at."""

    def __init__(
        self,
        clock: Clock,
        *,
        behind_proxy: bool,
        address: Quota = ADDRESS,
        client: Quota = CLIENT,
        passwords: Quota = PASSWORDS,
        tokens: Quota = TOKENS,
    ) -> None:
        self._behind_proxy = behind_proxy
        self._addresses = RateLimits(address, clock)
        self._clients = RateLimits(client, clock)
        self._passwords = RateLimits(passwords, clock)
        self._tokens = RateLimits(tokens, clock)

    def address(self, request: Request[Any, Any, Any]) -> str:
        if self._behind_proxy:
            # A proxy adds to the line that is there or writes one of its own behind it: the last is its own.
            told = request.headers.getall("x-forwarded-for", [""])[-1].rpartition(",")[2].strip()
            if told:
                return told[:100]
        return "" if request.client is None else request.client.host

    def count(self, request: Request[Any, Any, Any], client: str = "") -> None:
        """Count a request; raise `TooManyRequests`."""
        party = self._party(request)
        _take(self._addresses, party)
        if client:
            _take(self._clients, f"{party} {client[:100]}")

    def told(self, request: Request[Any, Any, Any], client: str = "") -> dict[str, str]:
        """The headers that tell what such a request has left."""
        party = self._party(request)
        limits = {"address": (self._addresses.quota, self._addresses.left(party))}
        if client:
            limits["client"] = (self._clients.quota, self._clients.left(f"{party} {client[:100]}"))
        return told(**limits)

    def count_password(self, request: Request[Any, Any, Any]) -> None:
        """Count an attempt to prove something; raise `TooManyRequests`."""
        _take(self._passwords, self._party(request))

    def count_refused(self, request: Request[Any, Any, Any]) -> None:
        """Count an access token that was refused."""
        self._tokens.take(self._party(request))

    def distrusted_s(self, request: Request[Any, Any, Any]) -> int:
        """For how many seconds no access token from there is looked at that is not known already."""
        if self._tokens.left(self._party(request)).remaining:
            return 0
        return -(-int(self._tokens.quota.window.total_seconds()) // self._tokens.quota.requests)

    def _party(self, request: Request[Any, Any, Any]) -> str:
        """Who counts as one: an address, or whoever has a network of IPv6."""
        text = self.address(request)
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return text
        if isinstance(address, ipaddress.IPv4Address):
            return text
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), _BITS_OF_IPV6), strict=False))


def _take(limits: RateLimits, key: str) -> None:
    if wait_s := limits.take(key).wait_s:
        raise TooManyRequests(wait_s)
