"""The token endpoint (RFC 6749): authlib decides, in a thread of its own; this module brings it clients and
keys."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import attrs
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidScopeError
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6749.util import extract_basic_authorization

from emobility_app.auth.assertions import METHOD, AssertionRefused, ClientAssertions, claimed_subject
from emobility_app.auth.endpoints import Introspection, Revocation
from emobility_app.auth.exchange import Later, TokenExchange
from emobility_app.auth.grants import AuthorizationCode, ClientCredentials, Person, Pkce, RefreshToken
from emobility_app.auth.people import People
from emobility_app.auth.tokens import LIFETIME, AccessTokens, Caller
from emobility_core.errors import EmobilityError
from emobility_core.identity import (
    SCOPES,
    ApiClient,
    ClientAuthentication,
    MissingScope,
    SpentAlready,
    granted,
)
from emobility_core.ids import ClientId, MalformedId, TenantId, parse_id, shown
from emobility_core.instants import Clock, Instant
from emobility_core.spelling import did_you_mean

T = TypeVar("T")
Answer = tuple[int, Any, list[tuple[str, str]]]
FindClient = Callable[[ClientId], Awaitable[ApiClient | None]]
# Remembers a mark of a client until then; raises `SpentAlready`.
Spend = Callable[[ApiClient, str, Instant], Awaitable[None]]
AT_ONCE = 4
_METHODS = {
    ClientAuthentication.SECRET: ("client_secret_basic", "client_secret_post"),
    ClientAuthentication.PRIVATE_KEY_JWT: (METHOD,),
    ClientAuthentication.NONE: ("none",),
}


@attrs.frozen(kw_only=True)
class Issuing:
    """What the authorization server works with; `digest` is keyed. `read` tells whom an access token stands
    for, ours or that of a trusted issuer, `path_of` a tenant's place in the tree, `held` what a client may do
    at its own tenant by its scopes and its roles."""

    find: FindClient
    read: Callable[[str], Awaitable[Caller]]
    path_of: Callable[[TenantId], Awaitable[str]]
    held: Callable[[ApiClient], Awaitable[frozenset[str]]]
    spend: Spend
    tokens: AccessTokens
    people: People
    digest: Callable[[bytes], str]
    clock: Clock


class OAuthClient:
    """An API client as authlib asks for it; secrets are compared by their keyed digests."""

    def __init__(self, client: ApiClient, issuing: Issuing) -> None:
        self.client = client
        self.client_id = shown("cli", client.id)
        self.jwks = client.jwks
        self._issuing = issuing

    def check_client_secret(self, secret: str) -> bool:
        given = self._issuing.digest(secret.encode())
        known = self.client.secrets_at(self._issuing.clock.now())
        return any(hmac.compare_digest(given, one) for one in known)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in _METHODS[self.client.authentication] and self.client.enabled

    def check_grant_type(self, grant_type: str) -> bool:
        if grant_type in ("authorization_code", "refresh_token"):
            return bool(self.client.redirect_uris)
        return not self.client.is_public

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and self.client.enabled

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """RFC 9700, 2.1: compared as texts."""
        return redirect_uri in self.client.redirect_uris

    def get_default_redirect_uri(self) -> None:
        """None: each request says where to."""

    def get_allowed_scope(self, scope: str | None) -> str:
        try:
            return " ".join(granted(self.client, (scope or "").split()))
        except MissingScope as error:
            raise InvalidScopeError(description=_told(_not_given(error.scope))) from error
        except EmobilityError as error:
            raise InvalidScopeError(description=_told(str(error))) from error


class Nobody:
    """Stands in for a client that is not known: refused in the words of a wrong secret."""

    jwks = None

    def check_client_secret(self, secret: str) -> bool:
        return False

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return False

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return False

    def get_default_redirect_uri(self) -> None:
        """None: nobody is sent anywhere."""


class OAuthRequest(OAuth2Request):
    """A request whose form was read before."""

    @property
    def form(self) -> Mapping[str, str]:
        fields: Mapping[str, str] = self.payload.data
        return fields


class OAuthServer(AuthorizationServer):
    """The server as one request in a thread of its own sees it; what it needs of the loop it waits for."""

    def __init__(
        self, issuing: Issuing, grants: Sequence[type[Any]], loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__()
        self.issuing = issuing
        self._loop = loop
        self.people = issuing.people
        for grant in grants:
            self.register_grant(grant, [Pkce()] if issubclass(grant, AuthorizationCode) else None)
        for endpoint in (Revocation, Introspection):
            self.register_endpoint(endpoint)
        audiences = [issuing.tokens.issuer, f"{issuing.tokens.issuer}/oauth/token"]
        assertions = ClientAssertions(audiences, issuing.clock.now, self._spend)
        self.register_client_auth_method(METHOD, assertions)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Have something done in the loop and return what it came to."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def held(self, client: ApiClient) -> frozenset[str]:
        """What a client may do at its own tenant, without a limit."""

        async def ask() -> frozenset[str]:
            return await self.issuing.held(client)

        return self.wait(ask())

    def authenticate_client(
        self, request: OAuth2Request, methods: Sequence[str], endpoint: str = "token"
    ) -> Any:
        """As authlib does, but in words that say what may be wrong: the same whatever it is."""
        try:
            return super().authenticate_client(request, methods, endpoint)
        except AssertionRefused:
            raise
        except InvalidClientError as error:
            words = f"unknown client, wrong secret or key, or switched off; taken are {', '.join(methods)}"
            raise InvalidClientError(description=words, status_code=error.status_code) from error

    def query_client(self, client_id: str) -> OAuthClient | Nobody:
        try:
            id = ClientId(parse_id("cli", client_id))
        except MalformedId:
            return Nobody()

        async def find() -> ApiClient | None:
            return await self.issuing.find(id)

        found = self.wait(find())
        return Nobody() if found is None else OAuthClient(found, self.issuing)

    def _spend(self, client: OAuthClient, jti: str, until: Instant) -> bool:
        async def spend() -> bool:
            mark = self.issuing.digest(f"assertion {client.client_id} {jti}".encode())
            try:
                await self.issuing.spend(client.client, mark, until)
            except SpentAlready:
                return False
            return True

        return self.wait(spend())

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        """Nothing to save: access tokens are signed, not stored."""

    def generate_token(
        self,
        grant_type: str,
        client: OAuthClient,
        user: Person | None = None,
        scope: str | None = None,
        **_: Any,
    ) -> dict[str, Any]:
        if user is not None:
            return self._of_person(client.client, user, (scope or "").split())
        scopes = granted(client.client, (scope or "").split())
        return self.bearer(self.issuing.tokens.issue(client.client, scopes), scopes)

    def _of_person(self, client: ApiClient, person: Person, wanted: Sequence[str]) -> dict[str, Any]:
        """What was asked for and the client still holds, and of that what the person's roles permit."""

        async def permitted() -> frozenset[str]:
            return await self.people.permitted(person.user)

        held = self.wait(permitted()) & set(client.scopes)
        scopes = tuple(scope for scope in wanted if scope in held)
        user = person.user
        token = self.issuing.tokens.issue(
            client,
            scopes,
            subject=shown("usr", user.id),
            tenant=user.tenant,
            further={"sid": shown("sgn", person.sign_in.id)},
        )
        return self.bearer(token, scopes) | {"refresh_token": person.refresh}

    def bearer(self, token: str, scopes: Sequence[str]) -> dict[str, Any]:
        """The answer that gives a token (RFC 6749, 5.1)."""
        return {
            "access_token": token,
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


GRANTS: tuple[type[Any], ...] = (ClientCredentials, AuthorizationCode, RefreshToken, TokenExchange)


class TokenEndpoint:
    """Answers `POST /oauth/token`, and whatever else authlib is asked; `grants` are those that it gives, each
    a grant of authlib whose `server` is an `OAuthServer`."""

    def __init__(self, issuing: Issuing, grants: Sequence[type[Any]] = GRANTS) -> None:
        self.issuing = issuing
        self.grants = grants
        # Not those of the loop: what a grant waits for may need them.
        self._threads = ThreadPoolExecutor(AT_ONCE, "oauth")

    async def answer(self, headers: Mapping[str, str], form: Mapping[str, str]) -> Answer:
        """Return status, body and headers of the answer, errors of RFC 6749 included."""
        try:
            status, body, told = await self.ask(
                lambda server, asked: server.create_token_response(asked), headers, form
            )
            return status, await body.body() if isinstance(body, Later) else body, told
        except OAuth2Error as error:
            status, body, told = error()
            return status, body, list(told)
        except ValueError:
            # authlib puts what was sent into words that may hold fewer characters.
            return 400, {"error": "invalid_request"}, []

    async def extra(self, name: str, headers: Mapping[str, str], form: Mapping[str, str]) -> Answer:
        """The answer of another endpoint: `revocation` (RFC 7009) or `introspection` (RFC 7662)."""
        return await self.ask(
            lambda server, asked: server.create_endpoint_response(name, asked), headers, form
        )

    async def named(self, headers: Mapping[str, str], form: Mapping[str, str]) -> ApiClient | None:
        """Return the client that a request names, whether or not it could prove to be it."""
        try:
            return await self.issuing.find(ClientId(parse_id("cli", claimed_client(headers, form))))
        except MalformedId:
            return None

    async def ask(
        self,
        question: Callable[[OAuthServer, OAuthRequest], T],
        headers: Mapping[str, str],
        form: Mapping[str, str],
        *,
        method: str = "POST",
    ) -> T:
        """Have authlib answer a question about a request."""
        await self.issuing.tokens.keys.ready()
        # authlib insists on https; the server refuses unprotected public addresses itself.
        presented = dict(headers) if _readable(headers) else {}
        request = OAuthRequest(method, "https://emobility/oauth/token", headers=presented)
        request.payload = BasicOAuth2Payload(dict(form))
        loop = asyncio.get_running_loop()
        server = OAuthServer(self.issuing, self.grants, loop)
        return await loop.run_in_executor(self._threads, question, server, request)


def _not_given(scope: str) -> str:
    if scope in SCOPES:
        return f"the client does not hold {scope}"
    return f"{scope[:100]} is no scope{did_you_mean(scope, SCOPES)}"


def _told(text: str) -> str:
    """Words with the characters alone that RFC 6749, 5.2 has in an error."""
    return "".join(one if " " <= one <= "~" and one not in '"\\' else "?" for one in text)


def claimed_client(headers: Mapping[str, str], form: Mapping[str, str]) -> str:
    """Which client a request says it is of, which nothing of it proves yet; empty if it says nothing."""
    basic, _ = extract_basic_authorization(dict(headers)) if _readable(headers) else (None, None)
    return basic or form.get("client_id", "") or claimed_subject(form.get("client_assertion", ""))


def _readable(headers: Mapping[str, str]) -> bool:
    """Whether authlib can take the Basic credentials apart; it lets text that is no UTF-8 fall through."""
    try:
        extract_basic_authorization(dict(headers))
    except ValueError:
        return False
    return True
