"""OAuth 2.0 over HTTP: tokens given, revoked and told apart, the metadata (RFC 8414) and the keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar import Request, Response, get, post

from emobility_app.auth import TokenEndpoint, claimed_client
from emobility_app.auth.assertions import ALGORITHMS
from emobility_app.auth.grants import ANY_CLIENT, CONFIDENTIAL
from emobility_app.auth.server import Answer
from emobility_app.forms import FORM, form_fields
from emobility_app.http.attribution import note_sign_in
from emobility_app.http.security import tell
from emobility_app.http.services import Services
from emobility_app.visitors import Visitors
from emobility_core.identity import SCOPES

Asking = Callable[[Mapping[str, str], Mapping[str, str]], Awaitable[Answer]]
# Whoever names a client and cannot prove to be it, or may not sign in this way.
_UNPROVEN = frozenset({"invalid_client", "unauthorized_client"})
_NO_FORM = {
    "error": "invalid_request",
    "error_description": f"the body must be a form ({FORM}) in UTF-8, with each parameter once",
}


def routes(services: Services, endpoint: TokenEndpoint, visitors: Visitors) -> list[Any]:
    base = services.public_url

    async def answered(request: Request[Any, Any, Any], ask: Asking) -> Response[Any]:
        fields = form_fields(request.headers.get("content-type", ""), await request.body())
        headers = {}
        if "authorization" in request.headers:
            headers["Authorization"] = request.headers["authorization"]
        claimed = claimed_client(headers, fields or {})
        try:
            visitors.count(request, claimed)
        finally:
            tell(request.scope, visitors.told(request, claimed))
        if fields is None:
            return Response(_NO_FORM, status_code=400)
        status, body, told = await ask(headers, fields)
        if status >= 400 and isinstance(body, dict) and body.get("error") in _UNPROVEN:
            client = await endpoint.named(headers, fields)
            if client is not None:
                await note_sign_in(client, body["error"], request, services)
        kept = {name: value for name, value in told if name.lower() != "content-type"}
        return Response(body, status_code=status, media_type="application/json", headers=kept)

    @post("/oauth/token", name="oauth_token", status_code=200)
    async def token(request: Request[Any, Any, Any]) -> Response[Any]:
        return await answered(request, endpoint.answer)

    @post("/oauth/revoke", name="oauth_revoke", status_code=200)
    async def revoke(request: Request[Any, Any, Any]) -> Response[Any]:
        return await answered(request, lambda *asked: endpoint.extra("revocation", *asked))

    @post("/oauth/introspect", name="oauth_introspect", status_code=200)
    async def introspect(request: Request[Any, Any, Any]) -> Response[Any]:
        return await answered(request, lambda *asked: endpoint.extra("introspection", *asked))

    @get("/.well-known/oauth-authorization-server", name="oauth_metadata")
    async def metadata() -> dict[str, Any]:
        return metadata_of(base, endpoint)

    @get(["/.well-known/jwks.json", "/oauth/jwks"], name="oauth_jwks")
    async def jwks() -> dict[str, Any]:
        await services.tokens.keys.ready()
        return {"keys": services.tokens.keys.public()}

    return [token, revoke, introspect, metadata, jwks]


def metadata_of(base: str, endpoint: TokenEndpoint) -> dict[str, Any]:
    """RFC 8414, 2."""
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "introspection_endpoint": f"{base}/oauth/introspect",
        "jwks_uri": f"{base}/.well-known/jwks.json",
        "grant_types_supported": [grant.GRANT_TYPE for grant in endpoint.grants],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "token_endpoint_auth_methods_supported": ANY_CLIENT,
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": ANY_CLIENT,
        "introspection_endpoint_auth_methods_supported": CONFIDENTIAL,
        "ui_locales_supported": ["de", "en"],
        "scopes_supported": sorted(SCOPES),
        "service_documentation": f"{base}/docs",
    }
