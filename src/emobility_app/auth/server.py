"""The token endpoint (RFC 6749, 4.4): authlib decides, this module brings client and key."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientCredentialsGrant, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidScopeError
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6749.util import extract_basic_authorization

from emobility_app.auth.tokens import LIFETIME, AccessTokens
from emobility_core.errors import EmobilityError
from emobility_core.identity import ApiClient, granted
from emobility_core.ids import ClientId, MalformedId, parse_id

Answer = tuple[int, Any, list[tuple[str, str]]]
FindClient = Callable[[ClientId], Awaitable[ApiClient | None]]


class _Client:
    """An API client as authlib asks for it; secrets are compared by their keyed digests."""

    def __init__(self, client: ApiClient, digest: Callable[[bytes], str]) -> None:
        self.client = client
        self._digest = digest

    def check_client_secret(self, secret: str) -> bool:
        return hmac.compare_digest(self._digest(secret.encode()), self.client.secret_digest)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in ("client_secret_basic", "client_secret_post") and self.client.enabled

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"

    def get_allowed_scope(self, scope: str | None) -> str:
        try:
            return " ".join(granted(self.client, (scope or "").split()))
        except EmobilityError as error:
            raise InvalidScopeError(description=str(error)) from error


class _Nobody:
    """Stands in for a client that is not known: refused in the words of a wrong secret."""

    def check_client_secret(self, secret: str) -> bool:
        return False


class _Request(OAuth2Request):
    """A request whose form was read before."""

    @property
    def form(self) -> Mapping[str, str]:
        fields: Mapping[str, str] = self.payload.data
        return fields


class _Grant(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar = ["client_secret_basic", "client_secret_post"]

    def validate_requested_scope(self) -> None:
        self.request.client.get_allowed_scope(self.request.payload.scope)


class _Server(AuthorizationServer):
    """One request's server: the client was looked up before, since authlib cannot wait."""

    def __init__(self, client: _Client | None, tokens: AccessTokens) -> None:
        super().__init__()
        self._client = client
        self._tokens = tokens
        self.register_grant(_Grant)

    def query_client(self, client_id: str) -> _Client | _Nobody:
        return self._client or _Nobody()

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        """Nothing to save: tokens are signed, not stored."""

    def generate_token(
        self, grant_type: str, client: _Client, scope: str | None = None, **_: Any
    ) -> dict[str, Any]:
        scopes = granted(client.client, (scope or "").split())
        return {
            "access_token": self._tokens.issue(client.client, scopes),
            "token_type": "Bearer",
            "expires_in": int(LIFETIME.total_seconds()),
            "scope": " ".join(scopes),
        }

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Answer:
        return status, body, list(headers)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""


class TokenEndpoint:
    """Answers `POST /oauth/token` for client_credentials."""

    def __init__(self, find: FindClient, tokens: AccessTokens, digest: Callable[[bytes], str]) -> None:
        self._find = find
        self._tokens = tokens
        self._digest = digest

    async def answer(self, headers: Mapping[str, str], form: Mapping[str, str]) -> Answer:
        """Return status, body and headers of the answer, errors of RFC 6749 included."""
        presented = headers if _readable(headers) else {}
        found = await self._client(presented, form)
        client = None if found is None else _Client(found, self._digest)
        # authlib insists on https; the server refuses unprotected public addresses itself.
        request = _Request("POST", "https://emobility/oauth/token", headers=dict(presented))
        request.payload = BasicOAuth2Payload(dict(form))
        server = _Server(client, self._tokens)
        answer: Answer = await asyncio.to_thread(server.create_token_response, request)
        return answer

    async def _client(self, headers: Mapping[str, str], form: Mapping[str, str]) -> ApiClient | None:
        name, _ = extract_basic_authorization(dict(headers))
        try:
            return await self._find(ClientId(parse_id("cli", name or form.get("client_id", ""))))
        except MalformedId:
            return None


def _readable(headers: Mapping[str, str]) -> bool:
    """Whether authlib can take the Basic credentials apart; it lets text that is no UTF-8 fall through."""
    try:
        extract_basic_authorization(dict(headers))
    except ValueError:
        return False
    return True
