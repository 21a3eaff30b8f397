"""Who calls, looked at anew for each request: a token of somebody who was switched off counts no more."""

from __future__ import annotations

import attrs

from emobility_app.auth.tokens import AccessTokens, Caller, TokenRefused
from emobility_core.identity import Principals
from emobility_core.ids import ClientId, MalformedId, parse_id


@attrs.frozen
class Access:
    """Reads tokens and asks, from memory, whether those whom they name still may call."""

    tokens: AccessTokens
    principals: Principals

    async def caller(self, token: str) -> Caller:
        """Return the token's caller, with what its client still holds; raise `TokenRefused`."""
        await self.tokens.keys.ready()
        return await self.checked(self.tokens.verify(token))

    async def checked(self, caller: Caller) -> Caller:
        """Look again; raise `TokenRefused`."""
        try:
            client = await self.principals.client(ClientId(parse_id("cli", caller.client)))
        except MalformedId as error:
            raise TokenRefused("the access token names no client") from error
        if client is None or not client.enabled:
            raise TokenRefused("the client of the access token is switched off")
        if caller.scopes.issubset(client.scopes):
            return caller
        return attrs.evolve(caller, scopes=caller.scopes.intersection(client.scopes))
