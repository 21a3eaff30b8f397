"""What trusting an issuer needs from outside: the keys that it signs with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import attrs

from emobility_core.errors import Unavailable


@attrs.frozen
class IssuerUnreachable(Unavailable):
    """The keys of a trusted issuer cannot be had at the moment, so that nobody can tell whether its tokens
    are genuine.

    Remedy: see the reason, and whether the issuer answers at `/.well-known/openid-configuration`; then try
    again.
    """

    code = "issuer-unreachable"
    issuer: str
    reason: str


class IssuerKeys(Protocol):
    """Public keys of issuers, as they publish them."""

    async def find(self, issuer: str, kid: str | None) -> Sequence[Mapping[str, object]]:
        """The JSON Web Keys (RFC 7517) of an issuer that sign: those called `kid`, all of them without one.

        None are returned for a name that the issuer does not know; raises `IssuerUnreachable` if it was never
        heard of, or not for too long.
        """
        ...
