"""Who the caller is, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.schemas import INSTANT, TEXT, id_schema, objects
from emobility_app.wire import instant_text
from emobility_core.ids import shown


async def _me(call: Call) -> Answer:
    caller = call.caller
    return Answer(
        content={
            "client": caller.client,
            "tenant": shown("ten", call.scope.tenant),
            "scopes": sorted(caller.scopes),
            "token_expires_at": instant_text(datetime.fromtimestamp(caller.expires, UTC)),
        }
    )


ENDPOINTS = [
    Endpoint(method="GET", path="/v1/me", operation="me_get", summary="Read who the caller is", scope=None,
             handle=_me, gives=objects({"client": id_schema("cli"), "tenant": id_schema("ten"),
                                        "scopes": {"type": "array", "items": TEXT},
                                        "token_expires_at": INSTANT})),
]  # fmt: skip
