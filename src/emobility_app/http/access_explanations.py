"""Why somebody may or may not do something, over HTTP: the decision of requests, with its steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import attrs

from emobility_app.http.admission import Admission, admit
from emobility_app.http.endpoint import Answer, Call, Endpoint, Parameter
from emobility_app.http.listing import value_of
from emobility_app.http.schemas import TEXT, id_schema, objects, optional
from emobility_app.http.supposed import supposed
from emobility_app.problems import MalformedRequest
from emobility_app.wire import told
from emobility_core.access import Step, StepKind
from emobility_core.errors import EmobilityError, NotFound
from emobility_core.identity import SCOPES
from emobility_core.ids import GrantId, TenantId, parse_id, shown
from emobility_core.tenancy import in_line
from emobility_core.work import Scope

# What an object may be asked about by, and where it is looked for.
PORTS: Mapping[str, str] = {
    "sta": "stations",
    "ses": "sessions",
    "sit": "sites",
    "tok": "tokens",
    "cus": "customers",
}


@attrs.frozen(kw_only=True)
class Question:
    """May `actor` do `operation` on `object`: for `tenant`, the actor's own unless said otherwise, under
    `grant`? `scopes` are those of its token: all that the actor could have unless they are given; `vouched`
    the roles that its issuer vouches for: those that it does for everybody unless they are given."""

    actor: str
    operation: str
    object: str | None
    tenant: TenantId | None
    grant: GrantId | None
    scopes: frozenset[str] | None
    vouched: tuple[str, ...] | None


def _question(call: Call) -> Question:
    actor, operation = call.one("actor"), call.one("operation")
    if actor is None or operation is None:
        raise MalformedRequest("actor and operation are required")
    tenant, grant = call.one("tenant"), call.one("grant")
    return Question(
        actor=actor,
        operation=operation,
        object=call.one("object"),
        tenant=None if tenant is None else value_of(tenant, TenantId, "tenant"),
        grant=None if grant is None else value_of(grant, GrantId, "grant"),
        scopes=frozenset(call.query["scope"]) if "scope" in call.query else None,
        vouched=tuple(dict.fromkeys(call.query["vouched"])) if "vouched" in call.query else None,
    )


def explaining(operations: Mapping[str, Endpoint]) -> Endpoint:
    """The operation that explains all others."""

    async def explain(call: Call) -> Answer:
        question = _question(call)
        endpoint = operations.get(question.operation)
        if endpoint is None:
            raise MalformedRequest(f"operation is none of the API: {question.operation[:80]}")
        admission = await _decided(question, endpoint, call)
        return Answer(content=await _explained(question, admission, call))

    return Endpoint(
        method="GET",
        path="/v1/access-explanations",
        operation="access_explanations_read",
        summary="Read why somebody may or may not do something",
        scope="roles:read",
        handle=explain,
        gives=_EXPLANATION,
        query=_query(operations),
    )


async def _decided(question: Question, endpoint: Endpoint, call: Call) -> Admission:
    who = await supposed(question.actor, call, tenant=question.tenant, vouched=question.vouched)
    for permission in (endpoint.scope, *sorted(endpoint.also)):
        admission = await admit(
            call.services,
            actor=question.actor,
            home=who.home,
            scopes=who.scopes if question.scopes is None else question.scopes & who.scopes,
            vouched=who.vouched,
            permission=permission,
            shared=endpoint.shared,
            tenant=question.tenant,
            grant=question.grant,
        )
        if not admission.decision.allowed:
            break
    return admission


async def _explained(question: Question, admission: Admission, call: Call) -> dict[str, Any]:
    steps = [step for step in admission.decision.steps if await _is_told(step, call)]
    refusal, scope = admission.decision.refusal, admission.scope
    if question.object is not None and scope is not None:
        refusal = await _missing(question.object, scope, call)
        steps.append(Step(StepKind.OBJECT, refusal is None, {"object": question.object}))
    stations = None if scope is None else scope.stations
    return {
        "allowed": refusal is None,
        "refusal": None if refusal is None else {"code": refusal.code, "detail": told(refusal)},
        "steps": [
            {"kind": step.kind.value, "passed": step.passed, "facts": dict(step.facts)} for step in steps
        ],
        "stations": None if stations is None else [shown("sta", one) for one in sorted(stations)],
    }


async def _is_told(step: Step, call: Call) -> bool:
    """What somebody is at another company is nobody's business here."""
    if step.kind is not StepKind.ROLE_ASSIGNMENT or "tenant" not in step.facts:
        return True
    there = await call.services.path_of(TenantId(parse_id("ten", step.facts["tenant"])))
    return in_line(there, call.scope.path)


async def _missing(text: str, scope: Scope, call: Call) -> EmobilityError | None:
    """Why an object does not exist for the scope that the decision came to, None if it does: it is looked
    for as the operation itself would."""
    prefix = text.partition("_")[0]
    port = PORTS.get(prefix)
    if port is None:
        raise MalformedRequest(f"object must be an id of {', '.join(PORTS.values())}")
    id: UUID = parse_id(prefix, text)
    try:
        async with call.services.reading(scope) as work:
            await getattr(work, port).get(id)
    except NotFound as error:
        return error
    return None


def _query(operations: Mapping[str, Endpoint]) -> dict[str, Parameter]:
    one_of = {"type": "string", "enum": sorted(operations)}
    several = {"type": "array", "items": {"type": "string", "enum": sorted(SCOPES)}}
    return {
        "actor": Parameter("`user:usr_…`, `client:cli_…` or `subject:iss_…:…`.", required=True),
        "operation": Parameter("The operationId that is asked about.", one_of, required=True),
        "object": Parameter(f"An id of {', '.join(PORTS.values())}."),
        "tenant": Parameter("For which tenant; the actor's own unless said otherwise.", id_schema("ten")),
        "grant": Parameter("Under which grant.", id_schema("gra")),
        "scope": Parameter("What the token carries; else all that it could.", several),
        "vouched": Parameter(
            "Of a `subject:iss_…:…`, the roles that its issuer vouches for; else those of everybody.",
            {"type": "array", "items": TEXT},
        ),
    }


_STEP = objects(
    {
        "kind": {"type": "string", "enum": [kind.value for kind in StepKind]},
        "passed": {"type": "boolean"},
        "facts": {"type": "object", "additionalProperties": TEXT},
    },
    title="AccessStep",
)
_REFUSAL = objects({"code": TEXT, "detail": TEXT}, title="AccessRefusal")
_EXPLANATION = objects(
    {
        "allowed": {"type": "boolean"},
        "refusal": optional(_REFUSAL),
        "steps": {"type": "array", "items": _STEP},
        "stations": {
            **optional({"type": "array", "items": id_schema("sta")}),
            "description": "Those that it is limited to; null for no limit.",
        },
    },
    title="AccessExplanation",
)
