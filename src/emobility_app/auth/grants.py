"""The grants of the token endpoint: what a client gives for a token."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
from authlib.oauth2.rfc6749 import AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge

from emobility_app.auth.assertions import METHOD
from emobility_core.errors import Denied
from emobility_core.identity import IdentityTools, SignIn, User
from emobility_core.ids import SignInId
from emobility_core.instants import Instant

# `none` is for public clients, which only some grants are for.
CONFIDENTIAL = ["client_secret_basic", "client_secret_post", METHOD]
ANY_CLIENT = [*CONFIDENTIAL, "none"]
CODE, REFRESH = "code", "refresh token"


class ClientCredentials(ClientCredentialsGrant):
    """A token of the client itself (RFC 6749, 4.4)."""

    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar = CONFIDENTIAL

    def validate_requested_scope(self) -> None:
        self.request.client.get_allowed_scope(self.request.payload.scope)


@attrs.frozen
class Signed:
    """A person at a client, as authlib asks for it; `handle` is what was shown, `refresh` the refresh token
    that comes next."""

    sign_in: SignIn
    handle: str

    @property
    def code_challenge(self) -> str:
        return self.sign_in.code_challenge

    @property
    def code_challenge_method(self) -> str:
        return "S256"

    def get_redirect_uri(self) -> str:
        return self.sign_in.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.sign_in.scopes)

    def check_client(self, client: Any) -> bool:
        return bool(client.client.id == self.sign_in.client)


@attrs.frozen
class Person:
    """Who a token is for: the user, the sign-in, and the refresh token that goes with it."""

    user: User
    sign_in: SignIn
    refresh: str


@attrs.frozen(kw_only=True)
class Consent:
    """What a person allows a client: the `scopes` that they were shown, where they were asked at all. They
    proved who they are at `proven_at`; `tools` say by what it is done."""

    user: User
    scopes: tuple[str, ...]
    proven_at: Instant
    tools: IdentityTools


class Pkce(CodeChallenge):
    """Asked of every client, by S256 alone (RFC 9700, 2.1.1)."""

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        fields = grant.request.payload.data
        if not fields.get("code_challenge") or fields.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE is needed: code_challenge with code_challenge_method=S256")
        super().validate_code_challenge(grant, redirect_uri)


class AuthorizationCode(AuthorizationCodeGrant):
    """A code that a person's sign-in gave (RFC 6749, 4.1), once."""

    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar = ANY_CLIENT

    def create_authorization_response(self, redirect_uri: str, grant_user: Any) -> Any:
        self._code_for = (grant_user, redirect_uri)
        return super().create_authorization_response(redirect_uri, grant_user)

    def generate_authorization_code(self) -> str:
        consent, redirect_uri = self._code_for
        code: str = self.server.wait(
            self.server.people.begin(
                consent,
                self.request.client.client,
                redirect_uri=redirect_uri,
                code_challenge=self.request.payload.data["code_challenge"],
            )
        )
        return code

    def save_authorization_code(self, code: str, request: Any) -> None:
        """It was kept as it was made."""

    def query_authorization_code(self, code: str, client: Any) -> Signed | None:
        id = self.server.people.handles.read(CODE, "sgn", code)
        found = None if id is None else self.server.wait(self.server.people.find(SignInId(id)))
        if found is None or found.client != client.client.id:
            return None
        return Signed(found, code)

    def authenticate_user(self, authorization_code: Signed) -> Person:
        """Redeems the code: whoever comes second with it is refused, and the sign-in ends."""
        client = self.request.client.client
        step = self.server.people.redeem(authorization_code.sign_in, client, authorization_code.handle)
        return _person(self, step)

    def delete_authorization_code(self, authorization_code: Signed) -> None:
        """It was redeemed before the token was made."""


class RefreshToken(RefreshTokenGrant):
    """A refresh token, for the next one and an access token (RFC 9700, 4.14.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar = ANY_CLIENT

    def authenticate_refresh_token(self, refresh_token: str) -> Signed | None:
        id = self.server.people.handles.read(REFRESH, "sgn", refresh_token)
        found = None if id is None else self.server.wait(self.server.people.find(SignInId(id)))
        return None if found is None else Signed(found, refresh_token)

    def authenticate_user(self, refresh_token: Signed) -> Person:
        """Turns the token over: the one before, shown again, ends the sign-in."""
        client = self.request.client.client
        step = self.server.people.refresh(refresh_token.sign_in, client, refresh_token.handle)
        return _person(self, step)

    def revoke_old_credential(self, refresh_token: Signed) -> None:
        """It was turned over before the token was made."""


def _person(grant: Any, step: Any) -> Person:
    try:
        person: Person = grant.server.wait(step)
    except Denied as error:
        cause = " ".join((type(error).__doc__ or error.code).split("\n\n", 1)[0].split())
        raise InvalidGrantError(description=f"{error.code}: {cause}") from error
    return person
