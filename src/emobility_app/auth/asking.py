"""The authorization endpoint (RFC 6749, 4.1.1): what a client asks a person for, and how it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error

from emobility_app.auth.grants import Consent
from emobility_app.auth.server import OAuthRequest, OAuthServer, TokenEndpoint
from emobility_core.identity import ApiClient


@attrs.frozen
class Asked:
    """A request that may be put to a person."""

    client: ApiClient
    redirect_uri: str
    scopes: tuple[str, ...]


@attrs.frozen
class SentBack:
    """The browser goes back to the client, with a code or an error."""

    location: str


@attrs.frozen
class Faulty:
    """A request that nobody can be sent back from: its client or redirect URI is not known."""

    reason: str


Outcome = Asked | SentBack | Faulty


async def asked(endpoint: TokenEndpoint, query: Mapping[str, str]) -> Outcome:
    """What a request comes to before anybody has signed in."""
    return await endpoint.ask(_checked, {}, query, method="GET")


async def allowed(
    endpoint: TokenEndpoint, query: Mapping[str, str], consent: Consent | None
) -> SentBack | Faulty:
    """Send the person back with a code, or, with None, with the news that nothing was allowed; raise
    `CredentialOver`."""

    def question(server: OAuthServer, request: OAuthRequest) -> SentBack | Faulty:
        try:
            grant = server.get_consent_grant(request)
            _, _, headers = server.create_authorization_response(request, grant_user=consent, grant=grant)
        except OAuth2Error as error:
            return _failed(error, server)
        return SentBack(_told(dict(headers)["Location"], server))

    return await endpoint.ask(question, {}, query, method="GET")


def _checked(server: OAuthServer, request: OAuthRequest) -> Outcome:
    try:
        grant = server.get_consent_grant(request)
    except OAuth2Error as error:
        return _failed(error, server)
    except ValueError:
        # authlib puts what was sent into words that may hold fewer characters.
        return Faulty("the request holds characters that do not belong there")
    client: ApiClient = grant.request.client.client
    return Asked(client, str(grant.redirect_uri), tuple(str(grant.request.scope).split()))


def _failed(error: OAuth2Error, server: OAuthServer) -> SentBack | Faulty:
    if not error.redirect_uri:
        return Faulty(str(error.description or error.error))
    answer: Any = error()
    return SentBack(_told(dict(answer[2])["Location"], server))


def _told(location: str, server: OAuthServer) -> str:
    """RFC 9207: who answers, so that no client takes one server's answer for another's."""
    told: str = add_params_to_uri(location, [("iss", server.issuing.tokens.issuer)])
    return told
