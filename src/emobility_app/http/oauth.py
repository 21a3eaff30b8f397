"""OAuth 2.0 over HTTP: the token endpoint, the server's metadata (RFC 8414) and its keys."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from litestar import Request, Response, get, post

from emobility_app.auth import TokenEndpoint
from emobility_app.auth.assertions import ALGORITHMS
from emobility_app.auth.grants import CONFIDENTIAL
from emobility_app.http.services import Services
from emobility_core.identity import SCOPES

# A token of an identity provider may be as long as we read one.
_MOST_FORM = 24 * 1024


def _fields(kind: str, body: bytes) -> dict[str, str] | None:
    """RFC 6749, 3.2 and 4.4.2: a form of UTF-8 in which no parameter stands twice; None for anything else."""
    form = "application/x-www-form-urlencoded"
    if kind.partition(";")[0].strip().lower() != form or len(body) > _MOST_FORM:
        return None
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except ValueError:
        return None
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else None


def routes(services: Services, endpoint: TokenEndpoint) -> list[Any]:
    base = services.public_url

    @post("/oauth/token", name="oauth_token", status_code=200)
    async def token(request: Request[Any, Any, Any]) -> Response[Any]:
        fields = _fields(request.headers.get("content-type", ""), await request.body())
        if fields is None:
            return Response({"error": "invalid_request"}, status_code=400)
        headers = {}
        if "authorization" in request.headers:
            headers["Authorization"] = request.headers["authorization"]
        status, body, answered = await endpoint.answer(headers, fields)
        kept = {name: value for name, value in answered if name.lower() != "content-type"}
        return Response(body, status_code=status, media_type="application/json", headers=kept)

    @get("/.well-known/oauth-authorization-server", name="oauth_metadata")
    async def metadata() -> dict[str, Any]:
        return {
            "issuer": base,
            "token_endpoint": f"{base}/oauth/token",
            "jwks_uri": f"{base}/.well-known/jwks.json",
            "grant_types_supported": [grant.GRANT_TYPE for grant in endpoint.grants],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": CONFIDENTIAL,
            "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "scopes_supported": sorted(SCOPES),
            "service_documentation": f"{base}/docs",
        }

    @get(["/.well-known/jwks.json", "/oauth/jwks"], name="oauth_jwks")
    async def jwks() -> dict[str, Any]:
        await services.tokens.keys.ready()
        return {"keys": services.tokens.keys.public()}

    return [token, metadata, jwks]
