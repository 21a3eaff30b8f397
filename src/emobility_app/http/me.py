"""Who the caller is, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.schemas import INSTANT, TEXT, id_schema, objects
from emobility_app.wire import instant_text
from emobility_core.ids import shown


async def _me(call: Call) -> Answer:
    caller, limits = call.caller, call.services.limits
    return Answer(
        content={
            "actor": caller.actor,
            "client": caller.client,
            "acting": list(caller.acting),
            "tenant": shown("ten", call.scope.tenant),
            "scopes": sorted(caller.scopes),
            "limits": {
                "requests": limits.quota.requests,
                "window_s": int(limits.quota.window.total_seconds()),
                "remaining": limits.left(caller.party).remaining,
            },
            "token_expires_at": instant_text(datetime.fromtimestamp(caller.expires, UTC)),
        }
    )


_CLIENT = {
    "anyOf": [id_schema("cli"), id_schema("iss")],
    "description": "What calls: an API client, or for a token of its own the trusted issuer.",
}
_ACTING = {
    "type": "array",
    "items": TEXT,
    "description": "Who acts for the actor by token exchange, the one that calls first.",
}
_ACTOR = {
    **TEXT,
    "description": "`client:cli_…`, `user:usr_…`, or `subject:iss_…:…` of a trusted issuer.",
}
_COUNT = {"type": "integer", "minimum": 0}
_LIMITS = objects(
    {
        "requests": {**_COUNT, "description": "So many at once."},
        "window_s": {**_COUNT, "description": "Within so many seconds all of them come back, evenly."},
        "remaining": _COUNT,
    },
    title="Limits",
)
ENDPOINTS = [
    Endpoint(method="GET", path="/v1/me", operation="me_get", summary="Read who the caller is", scope=None,
             handle=_me, gives=objects({"actor": _ACTOR, "client": _CLIENT, "acting": _ACTING,
                                        "tenant": id_schema("ten"),
                                        "scopes": {"type": "array", "items": TEXT}, "limits": _LIMITS,
                                        "token_expires_at": INSTANT})),
]  # fmt: skip
