"""Who calls, looked at anew for each request: a token of somebody who was switched off counts no more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs

from emobility_app.auth.external import ExternalTokens
from emobility_app.auth.foreign_jwt import ForeignJwt
from emobility_app.auth.tokens import AccessTokens, Caller, TokenRefused
from emobility_core.identity import ApiClient, Principals
from emobility_core.ids import ClientId, MalformedId, SignInId, TenantId, TrustedIssuerId, UserId, parse_id
from emobility_core.tenancy import UnknownTenant


@attrs.frozen
class Access:
    """Reads tokens and asks, from memory, whether those whom they name still may call; `path_of` tells a
    tenant's place in the tree."""

    tokens: AccessTokens
    principals: Principals
    external: ExternalTokens
    path_of: Callable[[TenantId], Awaitable[str]]

    async def caller(self, token: str) -> Caller:
        """Return the token's caller, with what its client still holds.

        Raises `TokenRefused`, and for tokens of trusted issuers what `ExternalTokens.caller` does.
        """
        foreign = ForeignJwt.read(token)
        if foreign is not None and foreign.issuer not in ("", self.tokens.issuer):
            return await self.checked(await self.external.caller(foreign))
        await self.tokens.keys.ready()
        return await self.checked(self.tokens.verify(token))

    def remembers(self, token: str) -> bool:
        """Whether the token was genuine when it was last shown."""
        return self.tokens.remembers(token) or self.external.remembers(token)

    async def checked(self, caller: Caller) -> Caller:
        """Look again; raise `TokenRefused`."""
        kind, _, subject = caller.actor.partition(":")
        if kind == "subject":
            await self._require_trusted(caller)
        if caller.is_external:
            return caller
        if kind == "client" and subject != caller.client:
            await self._client(subject)
        if kind == "user":
            await self._require_person(caller)
        client = await self._client(caller.client)
        # Whoever was moved elsewhere is asked anew, there.
        if client.tenant != caller.tenant and not await self._is_below(caller.tenant, client.tenant):
            raise TokenRefused("the client of the access token is not one for people of this tenant")
        if caller.scopes.issubset(client.scopes):
            return caller
        return attrs.evolve(caller, scopes=caller.scopes.intersection(client.scopes))

    async def _client(self, name: str) -> ApiClient:
        try:
            client = await self.principals.client(ClientId(parse_id("cli", name)))
        except MalformedId as error:
            raise TokenRefused("the access token names no client") from error
        if client is None or not client.enabled:
            raise TokenRefused("the client of the access token is switched off")
        return client

    async def _is_below(self, tenant: TenantId, above: TenantId) -> bool:
        try:
            return (await self.path_of(tenant)).startswith(await self.path_of(above))
        except UnknownTenant:
            return False

    async def _require_trusted(self, caller: Caller) -> None:
        """Of a token that counts by a trust, its own or one that it was exchanged for."""
        try:
            id = TrustedIssuerId(parse_id("iss", caller.subject.partition(":")[0]))
        except MalformedId as error:
            raise TokenRefused("the access token names no trusted issuer") from error
        trust = await self.principals.trusted_issuer(id)
        if trust is None or not trust.enabled or not await self._is_below(caller.tenant, trust.tenant):
            raise TokenRefused("nobody here trusts the issuer of the token any more")

    async def _require_person(self, caller: Caller) -> None:
        try:
            user = await self.principals.user(UserId(parse_id("usr", caller.subject)))
            sign_in = await self.principals.sign_in(SignInId(parse_id("sgn", caller.sign_in or "")))
        except MalformedId as error:
            raise TokenRefused("the access token names no person") from error
        if user is None or not user.enabled:
            raise TokenRefused("the user of the access token is switched off")
        if sign_in is None or sign_in.ended_at is not None:
            raise TokenRefused("the person has signed out")
