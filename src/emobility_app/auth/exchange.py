"""Token exchange (RFC 8693) as a grant of authlib: a token of somebody for a short one of ours, with which a
client acts for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import attrs
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import BaseGrant, TokenEndpointMixin
from authlib.oauth2.rfc6749.errors import InvalidRequestError, InvalidScopeError, UnauthorizedClientError

from emobility_app.auth.foreign_jwt import ForeignJwt
from emobility_app.auth.grants import CONFIDENTIAL
from emobility_app.auth.tokens import LIFETIME, Caller, TokenRefused
from emobility_core.errors import Denied, EmobilityError, Unavailable
from emobility_core.identity import (
    EXCHANGE,
    ForeignSubject,
    MissingScope,
    NoCommonScope,
    ScopeBeyondSubject,
    act_for,
    exchanged_scopes,
)
from emobility_core.instants import Instant

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
JWT = "urn:ietf:params:oauth:token-type:jwt"


class InvalidTarget(OAuth2Error):
    """A token is wanted for somebody else than this server (RFC 8693, 2.2.2)."""

    error = "invalid_target"


class IssuerSilent(OAuth2Error):
    """The subject token cannot be judged at the moment."""

    error = "temporarily_unavailable"
    status_code = 503


@attrs.frozen
class Later:
    """The body of an answer that has to be waited for: in the loop, since a thread that waits for a silent
    issuer is one that answers nobody else. Raises `OAuth2Error`."""

    body: Callable[[], Awaitable[dict[str, Any]]]


class TokenExchange(BaseGrant, TokenEndpointMixin):
    """A client that holds `access-tokens:exchange` acts for the subject of a token that it shows."""

    GRANT_TYPE = GRANT
    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar = CONFIDENTIAL

    def validate_token_request(self) -> None:
        self.request.client = self.authenticate_token_endpoint_client()
        self.held = self.server.held(self.request.client.client)
        if EXCHANGE not in self.held:
            raise UnauthorizedClientError(f"the client does not hold {EXCHANGE}")
        form = self.request.form
        if form.get("subject_token_type") not in (ACCESS_TOKEN, JWT):
            raise InvalidRequestError("subject_token_type must be that of an access token or a JWT")
        if form.get("requested_token_type", ACCESS_TOKEN) not in (ACCESS_TOKEN, JWT):
            raise InvalidRequestError("only access tokens are given")
        if "actor_token" in form or "actor_token_type" in form:
            raise InvalidRequestError("it is the client that acts, and no other token tells so")
        issuer = self.server.issuing.tokens.issuer
        if any(form.get(name, issuer) != issuer for name in ("audience", "resource")):
            raise InvalidTarget("tokens are given for this server alone")

    def create_token_response(self) -> tuple[int, Any, Any]:
        return 200, Later(self._answer), self.TOKEN_RESPONSE_HEADER

    async def _answer(self) -> dict[str, Any]:
        try:
            return await self._exchanged(self.request.form)
        except TokenRefused as error:
            raise InvalidRequestError(_ascii(error.reason)) from error
        except (ScopeBeyondSubject, MissingScope, NoCommonScope) as error:
            raise InvalidScopeError(_named(error)) from error
        except Denied as error:
            raise InvalidRequestError(_named(error)) from error
        except Unavailable as error:
            raise IssuerSilent(error.code) from error

    async def _exchanged(self, form: Any) -> dict[str, Any]:
        issuing, client = self.server.issuing, self.request.client.client
        text = form.get("subject_token", "")
        subject: Caller = await issuing.read(text)
        path = await issuing.path_of(subject.tenant)
        if not path.startswith(await issuing.path_of(client.tenant)):
            raise ForeignSubject()
        said = ForeignJwt.read(text)
        scopes = exchanged_scopes(self.held, subject.scopes, form.get("scope", "").split())
        act = act_for(self.request.client.client_id, {} if said is None else said.claims)
        lifetime_s = _left_s(subject, issuing.clock.now())
        token = issuing.tokens.issue(
            client,
            scopes,
            subject=subject.actor.partition(":")[2],
            tenant=subject.tenant,
            further={"act": act, **_of_person(subject)},
            lifetime_s=lifetime_s,
        )
        given = self.server.bearer(token, scopes)
        return {**given, "expires_in": lifetime_s, "issued_token_type": ACCESS_TOKEN}


def _of_person(subject: Caller) -> dict[str, object]:
    """What is known of a person goes along: the roles vouched for, and the sign-in, with which it ends."""
    roles: dict[str, object] = {"roles": list(subject.roles)} if subject.roles else {}
    return roles if subject.sign_in is None else {**roles, "sid": subject.sign_in}


def _left_s(subject: Caller, now: Instant) -> int:
    """How long a token counts that is given for another one: never longer than that."""
    left = int(min(LIFETIME.total_seconds(), subject.expires - now.timestamp()))
    if left < 1:
        raise TokenRefused("the subject token is about to expire")
    return left


def _named(error: EmobilityError) -> str:
    return _ascii(f"{error.code}: {error}")


def _ascii(text: str) -> str:
    """RFC 6749, 5.2: neither quotes nor backslashes, ASCII alone."""
    return "".join(one if one.isascii() and one.isprintable() and one not in '"\\' else "?" for one in text)
