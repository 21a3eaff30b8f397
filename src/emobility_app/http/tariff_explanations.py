"""Which tariff a charge at a station has, why, and which others lost, over HTTP."""

from __future__ import annotations

from typing import Any

from emobility_app.http.endpoint import Answer, Call, Endpoint, Parameter
from emobility_app.http.inherited import ASSIGNED, assigned
from emobility_app.http.listing import instant, value_of
from emobility_app.http.schemas import INSTANT, TEXT, id_schema, objects, optional, schema_of
from emobility_app.wire import instant_text, wire
from emobility_core.ids import StationId, TokenId, parse_id, shown
from emobility_core.tariffs import Outcome, Prices, TariffExplanation, explain_tariff

_WHY = {
    Outcome.APPLIES: "Of those that fit it is the first in precedence.",
    Outcome.NOT_YET: "It does not count yet at that time.",
    Outcome.NO_LONGER: "It does not count any more at that time.",
    Outcome.FARTHER: "A tenant nearer to the station has one that fits.",
    Outcome.PERSON: "The one that applies is for a more precise person.",
    Outcome.PLACE: "The one that applies is for a more precise place.",
    Outcome.POWER_CLASS: "The one that applies is for the power class.",
    Outcome.YOUNGER: "The one that applies is for the same, and older.",
}


async def _explain(call: Call) -> Answer:
    token = call.one("token")
    async with call.services.reading(call.scope) as work:
        told = await explain_tariff(
            StationId(parse_id("sta", call.path["id"])),
            None if token is None else value_of(token, TokenId, "token"),
            at=instant(call, "at") or call.clock.now(),
            work=work,
        )
    return Answer(content=_view(told))


def _view(told: TariffExplanation) -> dict[str, Any]:
    here, version = told.situation.tenants[0], told.version
    return {
        "at": instant_text(told.situation.at),
        "ad_hoc": told.situation.ad_hoc,
        "version": None if version is None else shown("tav", version.id),
        "prices": None if version is None else wire.unstructure(version.prices),
        "considered": [
            {
                **assigned(one.assignment, told.tariffs[one.assignment.tariff], here),
                "outcome": one.outcome.value,
                "why": _WHY[one.outcome],
            }
            for one in told.considered
        ],
    }


_CONSIDERED = objects(
    {
        **ASSIGNED["properties"],
        "outcome": {"type": "string", "enum": [outcome.value for outcome in Outcome]},
        "why": TEXT,
    },
    title="ConsideredTariff",
)
_EXPLANATION = objects(
    {
        "at": INSTANT,
        "ad_hoc": {"type": "boolean", "description": "Whether whoever charges pays directly."},
        "version": {**optional(id_schema("tav")), "description": "What applies; null for nothing."},
        "prices": optional(schema_of(Prices)),
        "considered": {
            "type": "array",
            "items": _CONSIDERED,
            "description": "All that are for this person at this place, the first in precedence first.",
        },
    },
    title="TariffExplanation",
)
_QUERY = {
    "token": Parameter("With which token; without one whoever charges pays directly.", id_schema("tok")),
    "at": Parameter("When the charge begins; now unless it is given.", INSTANT),
}
ENDPOINTS = [
    Endpoint(method="GET", path="/v1/stations/{id}/tariff", operation="stations_tariff",
             summary="Read which tariff a charge at a station would have, why, and which others lost",
             scope="tariffs:read", handle=_explain, gives=_EXPLANATION, query=_QUERY, names="sta"),
]  # fmt: skip
