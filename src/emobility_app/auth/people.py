"""People at clients: what codes and refresh tokens stand for, and what a token for a person may carry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs

from emobility_app.auth.grants import CODE, REFRESH, Consent, Person
from emobility_app.auth.handles import Handles
from emobility_core.identity import (
    ApiClient,
    CredentialOver,
    IdentityTools,
    SignIn,
    UnknownSignIn,
    User,
    begin_sign_in,
    redeem_code,
    refresh_sign_in,
)
from emobility_core.ids import SignInId, TenantId

LINK = "password link"
# What the roles assigned to somebody permit, wherever: no token carries more.
Permitted = Callable[[User], Awaitable[frozenset[str]]]
PathOf = Callable[[TenantId], Awaitable[str]]


@attrs.frozen(kw_only=True)
class People:
    """What the authorization server knows of sign-ins; `path_of` tells a tenant's place in the tree, `root`
    the one above all."""

    tools: IdentityTools
    handles: Handles
    permitted: Permitted
    path_of: PathOf
    root: Callable[[], Awaitable[TenantId]]

    async def find(self, id: SignInId) -> SignIn | None:
        async with self.tools.reading(self.tools.everything) as work:
            try:
                return await work.sign_ins.get(id)
            except UnknownSignIn:
                return None

    async def begin(
        self, consent: Consent, client: ApiClient, *, redirect_uri: str, code_challenge: str
    ) -> str:
        """Keep a sign-in and return its code; raise `CredentialOver`."""
        id = SignInId(self.tools.ids.uuid7(self.tools.clock.now()))
        code = self.handles.new(CODE, "sgn", id)
        await begin_sign_in(
            id,
            consent.user,
            client,
            scopes=consent.scopes,
            redirect_uri=redirect_uri,
            code_challenge=code_challenge,
            code_digest=self.handles.stored(code),
            proven_at=consent.proven_at,
            tools=consent.tools,
        )
        return code

    async def redeem(self, sign_in: SignIn, client: ApiClient, code: str) -> Person:
        """Raises `CredentialReused` and `CredentialOver`."""
        await self._require_below(sign_in, client)
        new = self.handles.new(REFRESH, "sgn", sign_in.id)
        digests = self.handles.stored(code), self.handles.stored(new)
        after, user = await redeem_code(sign_in.id, *digests, tools=self.tools)
        return Person(user, after, new)

    async def refresh(self, sign_in: SignIn, client: ApiClient, refresh: str) -> Person:
        """Raises as `redeem` does."""
        await self._require_below(sign_in, client)
        new = self.handles.new(REFRESH, "sgn", sign_in.id)
        digests = self.handles.stored(refresh), self.handles.stored(new)
        after, user = await refresh_sign_in(sign_in.id, *digests, tools=self.tools)
        return Person(user, after, new)

    async def _require_below(self, sign_in: SignIn, client: ApiClient) -> None:
        """Raise `CredentialOver` for somebody who was moved away from the tenants of the client's people."""
        if not (await self.path_of(sign_in.tenant)).startswith(await self.path_of(client.tenant)):
            raise CredentialOver()
