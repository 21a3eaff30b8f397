"""Moving a tenant with all below it over HTTP: as a preview, or as the preview showed it."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.schemas import TEXT, Schema, id_schema, objects, optional
from emobility_app.wire import Flaw, MalformedBody, read, told
from emobility_core.ids import (
    PREFIXES,
    AccountRuleId,
    CertificateAuthorityId,
    ClientId,
    ConfigurationTemplateId,
    ContractId,
    CustomerId,
    GrantId,
    LoadBudgetId,
    LoadLimitId,
    LoadPointId,
    LoadPriorityId,
    RoleAssignmentId,
    RoleId,
    SessionId,
    SiteId,
    StationGroupId,
    StationId,
    TariffAssignmentId,
    TariffId,
    TenantId,
    TokenId,
    UserGroupId,
    WebhookEndpointId,
    shown,
)
from emobility_core.tenancy import CATALOGUE, UnknownTenant
from emobility_core.tenant_moves import COUNTED, MovePreview, move_tenant, preview_move

# No answer lists more of one sort; `totals` say how many there are.
MOST_LISTED = 200


@attrs.frozen(kw_only=True)
class _Wanted:
    """What is to be moved where. `expected` is the digest of the preview that was looked at."""

    tenant: TenantId
    to: TenantId
    dry_run: bool = False
    expected: str | None = None


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    async def move(call: Call) -> Answer:
        wanted = read(call.json(), _Wanted)
        if wanted.dry_run:
            return await _looked(wanted, call)
        if wanted.expected is None:
            raise MalformedBody((Flaw("/expected", "missing-field", "is required: the preview's digest"),))
        return await idempotency.run(call, lambda work: _moved(wanted, call, work))

    return [
        Endpoint(method="POST", path="/v1/tenant-moves", operation="tenant_moves_create",
                 summary="Move a tenant with all below it, or preview what that changes",
                 scope="tenants:admin", handle=move, takes=_TAKEN, gives=_SHOWN,
                 headers={"Idempotency-Key": KEY}),
    ]  # fmt: skip


async def _looked(wanted: _Wanted, call: Call) -> Answer:
    """A preview changes nothing, so that there is nothing to do once only."""
    async with call.services.reading(call.scope) as work:
        return Answer(content=_view(await _known(wanted, preview_move(work, wanted.tenant, wanted.to))))


async def _moved(wanted: _Wanted, call: Call, work: Any) -> Answer:
    moving = move_tenant(
        work,
        wanted.tenant,
        wanted.to,
        expected=wanted.expected or "",
        gained=await call.held_at(wanted.to) - await call.held_at(wanted.tenant),
        clock=call.clock,
        ids=call.services.ids,
    )
    return Answer(content=_view(await _known(wanted, moving)) | {"moved": True})


async def _known(wanted: _Wanted, looking: Awaitable[MovePreview]) -> MovePreview:
    """Tell by its place which of the two tenants does not exist for the caller."""
    try:
        return await looking
    except UnknownTenant as error:
        place = "/to" if error.tenant == wanted.to else "/tenant"
        raise MalformedBody((Flaw(place, error.code, told(error)),)) from error


_PREFIXES = {
    "tariff_assignments": PREFIXES[TariffAssignmentId],
    "configuration_templates": PREFIXES[ConfigurationTemplateId],
    "certificate_authorities": PREFIXES[CertificateAuthorityId],
    "webhook_endpoints": PREFIXES[WebhookEndpointId],
    "account_rules": PREFIXES[AccountRuleId],
    "roles": PREFIXES[RoleId],
    "role_assignments": PREFIXES[RoleAssignmentId],
    "grants": PREFIXES[GrantId],
    "sites": PREFIXES[SiteId],
    "stations": PREFIXES[StationId],
    "station_groups": PREFIXES[StationGroupId],
    "customers": PREFIXES[CustomerId],
    "user_groups": PREFIXES[UserGroupId],
    "contracts": PREFIXES[ContractId],
    "tokens": PREFIXES[TokenId],
    "tariffs": PREFIXES[TariffId],
    "load_budgets": PREFIXES[LoadBudgetId],
    "load_points": PREFIXES[LoadPointId],
    "load_limits": PREFIXES[LoadLimitId],
    "load_priorities": PREFIXES[LoadPriorityId],
    "sessions": PREFIXES[SessionId],
    "api_clients": PREFIXES[ClientId],
}


def _view(preview: MovePreview) -> dict[str, Any]:
    return {
        "tenant": shown("ten", preview.tenant),
        "from": shown("ten", preview.parent),
        "to": shown("ten", preview.to),
        "moved": False,
        "digest": preview.digest,
        "counts": dict(preview.counts),
        "tags": attrs.asdict(preview.tags),
        "untrusted_certificates": preview.certificates,
        "settings": [
            {
                "tenant": shown("ten", one.tenant),
                "setting": one.setting,
                "before": {"value": one.before, "from": _tenant(one.before_from)},
                "after": {"value": one.after, "from": _tenant(one.after_from)},
            }
            for one in preview.settings[:MOST_LISTED]
        ],
        **{name: _handed(getattr(preview, name)) for name in ("lost", "gained")},
        "references": [
            {
                "id": shown(_PREFIXES[one.kind], one.id),
                "tenant": shown("ten", one.tenant),
                "field": one.field,
                "names": shown(_PREFIXES[one.names], one.named),
            }
            for one in preview.references[:MOST_LISTED]
        ],
        "totals": {name: len(getattr(preview, name)) for name in _LISTED},
    }


def _handed(records: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {"id": shown(_PREFIXES[one.kind], one.id), "tenant": shown("ten", one.tenant), "actor": one.actor}
        for one in records[:MOST_LISTED]
    ]


def _tenant(id: TenantId | None) -> str | None:
    return None if id is None else shown("ten", id)


_LISTED = ("settings", "lost", "gained", "references")
_COUNT: Schema = {"type": "integer", "minimum": 0}
_VALUE = objects({"value": {}, "from": optional(id_schema("ten"))})
_ACTOR = {**optional(TEXT), "description": "Who has the role, of a role assignment."}
_HANDED: Schema = {
    "type": "array",
    "items": objects({"id": TEXT, "tenant": id_schema("ten"), "actor": _ACTOR}),
}
_TAGS = {
    "stations": "Stations that go.",
    "tokens_stop": "Tokens of tenants above that no longer count at them.",
    "tokens_start": "Tokens of tenants above that begin to count at them.",
    "tokens": "Tokens that go.",
    "stations_stop": "Stations of tenants above at which they no longer count.",
    "stations_start": "Stations of tenants above at which they begin to count.",
}
_SHOWN = objects(
    {
        "tenant": id_schema("ten"),
        "from": id_schema("ten"),
        "to": id_schema("ten"),
        "moved": {"type": "boolean", "description": "Whether it was done, or only looked at."},
        "digest": {**TEXT, "description": "What to send as `expected`."},
        "counts": objects(dict.fromkeys(("tenants", *COUNTED), _COUNT)),
        "tags": objects({name: {**_COUNT, "description": words} for name, words in _TAGS.items()}),
        "untrusted_certificates": {
            **_COUNT,
            "description": "Stations' certificates signed by an authority that no longer counts for them.",
        },
        "settings": {
            "type": "array",
            "items": objects(
                {
                    "tenant": id_schema("ten"),
                    "setting": {"type": "string", "enum": list(CATALOGUE)},
                    "before": _VALUE,
                    "after": _VALUE,
                }
            ),
        },
        "lost": {**_HANDED, "description": "What tenants above hand down and no longer do."},
        "gained": {**_HANDED, "description": "What tenants above begin to hand down."},
        "references": {
            "type": "array",
            "items": objects({"id": TEXT, "tenant": id_schema("ten"), "field": TEXT, "names": TEXT}),
            "description": "Records that would go and name others that would not; they refuse the move.",
        },
        "totals": objects(dict.fromkeys(_LISTED, _COUNT)),
    },
    title="TenantMove",
)
_TAKEN: Schema = {
    "title": "TenantMoveInput",
    "type": "object",
    "properties": {
        "tenant": id_schema("ten"),
        "to": id_schema("ten"),
        "dry_run": {"type": "boolean", "description": "Look only."},
        "expected": {"anyOf": [TEXT, {"type": "null"}], "description": "The digest of the preview."},
    },
    "required": ["tenant", "to"],
    "additionalProperties": False,
}
