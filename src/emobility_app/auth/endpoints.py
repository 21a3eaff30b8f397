"""Tokens ended before their time (RFC 7009), and told apart for whoever may know (RFC 7662)."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
from authlib.oauth2.rfc6749 import UnsupportedTokenTypeError
from authlib.oauth2.rfc6749.errors import AccessDeniedError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from emobility_app.auth.foreign_jwt import ForeignJwt
from emobility_app.auth.grants import ANY_CLIENT, CONFIDENTIAL, REFRESH
from emobility_app.auth.tokens import Caller, TokenRefused
from emobility_core.errors import EmobilityError
from emobility_core.identity import SignIn, end_sign_in
from emobility_core.ids import SignInId, parse_id, shown

SCOPE = "access-tokens:introspect"


@attrs.frozen
class Given:
    """A token that this server gave: of an access token the `caller`, of a person's the `sign_in`."""

    caller: Caller | None
    sign_in: SignIn | None

    def check_client(self, client: Any) -> bool:
        if self.sign_in is not None:
            return bool(self.sign_in.client == client.client.id)
        return self.caller is not None and self.caller.client == client.client_id

    def is_expired(self) -> bool:
        """What has expired is not found."""
        return False

    def is_revoked(self) -> bool:
        """What was revoked is not found."""
        return False


async def _given(server: Any, text: str) -> Given | None:
    """The token, if it counts at this moment."""
    people, now = server.people, server.issuing.clock.now()
    id = people.handles.read(REFRESH, "sgn", text)
    if id is not None:
        found = await people.find(SignInId(id))
        current = found is not None and found.counts_at(now)
        if not current or found.refresh_digest != people.handles.stored(text) or found.refresh_until <= now:
            return None
        return Given(None, found)
    said = ForeignJwt.read(text)
    if said is not None and said.issuer != server.issuing.tokens.issuer:
        # Of others nothing is told, and so nobody is asked.
        return None
    try:
        caller = await server.issuing.read(text)
    except (TokenRefused, EmobilityError):
        return None
    sign_in = None if caller.sign_in is None else await people.find(SignInId(parse_id("sgn", caller.sign_in)))
    return Given(caller, sign_in)


class Revocation(RevocationEndpoint):
    """Ends the sign-in that a token is of, with all its tokens. The tokens of a client itself cannot be ended
    one by one: they last ten minutes, and end with the client."""

    CLIENT_AUTH_METHODS: ClassVar = ANY_CLIENT

    def query_token(self, token_string: str, token_type_hint: str | None) -> Given | None:
        found: Given | None = self.server.wait(_given(self.server, token_string))
        return found

    def revoke_token(self, token: Given, request: Any) -> None:
        if token.sign_in is None:
            raise UnsupportedTokenTypeError()
        tools = self.server.people.tools
        self.server.wait(end_sign_in(token.sign_in.id, client=token.sign_in.client, tools=tools))


class Introspection(IntrospectionEndpoint):
    """Tells what a token of their tenant, or of one below it, is worth to clients that hold
    `access-tokens:introspect`."""

    CLIENT_AUTH_METHODS: ClassVar = CONFIDENTIAL

    def authenticate_token(self, request: Any, client: Any) -> Given | None:
        if SCOPE not in self.server.held(client.client):
            raise AccessDeniedError(description=f"the client does not hold {SCOPE}")
        found: Given | None = super().authenticate_token(request, client)
        return found

    def query_token(self, token_string: str, token_type_hint: str | None) -> Given | None:
        found: Given | None = self.server.wait(_given(self.server, token_string))
        return found

    def check_permission(self, token: Given, client: Any, request: Any) -> bool:
        theirs = token.caller.tenant if token.caller is not None else token.sign_in.tenant  # type: ignore[union-attr]

        async def is_below() -> bool:
            path_of = self.server.issuing.path_of
            below: bool = (await path_of(theirs)).startswith(await path_of(client.client.tenant))
            return below

        return bool(self.server.wait(is_below()))

    def introspect_token(self, token: Given) -> dict[str, Any]:
        issuer = self.server.issuing.tokens.issuer
        caller, sign_in = token.caller, token.sign_in
        if caller is not None:
            return {
                "active": True,
                "token_type": "Bearer",
                "iss": issuer,
                "aud": issuer,
                "sub": caller.subject,
                "client_id": caller.client,
                "tenant": shown("ten", caller.tenant),
                "scope": " ".join(sorted(caller.scopes)),
                "exp": int(caller.expires),
            }
        assert sign_in is not None
        assert sign_in.refresh_until is not None
        return {
            "active": True,
            "token_type": "refresh_token",
            "iss": issuer,
            "sub": shown("usr", sign_in.user),
            "client_id": shown("cli", sign_in.client),
            "tenant": shown("ten", sign_in.tenant),
            "scope": " ".join(sign_in.scopes),
            "exp": int(sign_in.refresh_until.timestamp()),
        }
