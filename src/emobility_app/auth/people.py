"""People at clients: what codes and refresh tokens stand for, and what a token for a person may carry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

import attrs

from emobility_app.auth.grants import CODE, REFRESH, Person
from emobility_app.auth.handles import Handles
from emobility_core.identity import (
    ApiClient,
    IdentityTools,
    SignIn,
    UnknownSignIn,
    User,
    begin_sign_in,
    redeem_code,
    refresh_sign_in,
)
from emobility_core.ids import SignInId

LINK = "password link"
# What the roles assigned to somebody permit, wherever: no token carries more.
Permitted = Callable[[User], Awaitable[frozenset[str]]]


@attrs.frozen(kw_only=True)
class People:
    """What the authorization server knows of sign-ins."""

    tools: IdentityTools
    handles: Handles
    permitted: Permitted

    async def find(self, id: SignInId) -> SignIn | None:
        async with self.tools.transactions(self.tools.everything) as work:
            try:
                return await work.sign_ins.get(id)
            except UnknownSignIn:
                return None

    async def begin(
        self, user: User, client: ApiClient, scopes: Iterable[str], *, redirect_uri: str, code_challenge: str
    ) -> str:
        """Keep a sign-in and return its code."""
        id = SignInId(self.tools.ids.uuid7(self.tools.clock.now()))
        code = self.handles.new(CODE, "sgn", id)
        await begin_sign_in(
            id,
            user,
            client,
            scopes=tuple(scopes),
            redirect_uri=redirect_uri,
            code_challenge=code_challenge,
            code_digest=self.handles.stored(code),
            tools=self.tools,
        )
        return code

    async def redeem(self, sign_in: SignIn, code: str) -> Person:
        """Raises `CredentialReused` and `CredentialOver`."""
        new = self.handles.new(REFRESH, "sgn", sign_in.id)
        digests = self.handles.stored(code), self.handles.stored(new)
        after, user = await redeem_code(sign_in.id, *digests, tools=self.tools)
        return Person(user, after, new)

    async def refresh(self, sign_in: SignIn, refresh: str) -> Person:
        """Raises as `redeem` does."""
        new = self.handles.new(REFRESH, "sgn", sign_in.id)
        digests = self.handles.stored(refresh), self.handles.stored(new)
        after, user = await refresh_sign_in(sign_in.id, *digests, tools=self.tools)
        return Person(user, after, new)
