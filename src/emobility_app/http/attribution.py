"""By what a request acts, for the audit log; and what is written down though it changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
from litestar import Request

from emobility_app.auditing import network_of
from emobility_app.auth import Caller
from emobility_app.http.admission import Admission, admitted
from emobility_app.http.endpoint import Call, Endpoint
from emobility_app.http.services import Services
from emobility_app.request_ids import request_id
from emobility_core.access import Decision
from emobility_core.audit import AuditOutcome, Change
from emobility_core.errors import Denied
from emobility_core.identity import DANGEROUS_SCOPES, ApiClient
from emobility_core.ids import shown
from emobility_core.work import Deed, Scope

_SAFE = frozenset({"GET", "HEAD"})
_REASONS = ("scope", "role_assignment", "role", "grant")


def attributed(call: Call, endpoint: Endpoint, request: Request[Any, Any, Any]) -> Scope:
    """The scope of a call with what it acts by, where it may change something or reading matters."""
    if endpoint.method in _SAFE and not endpoint.reveals:
        return call.scope
    deed = attrs.evolve(
        _deed(call.caller, endpoint, request, call.services),
        named=(call.path["id"],) if endpoint.names else (),
        allowed_by={} if call.admission is None else _why(call.admission.decision),
        clock=call.clock,
    )
    return attrs.evolve(call.scope, deed=deed)


def _deed(caller: Caller, endpoint: Endpoint, request: Request[Any, Any, Any], services: Services) -> Deed:
    return Deed(
        operation=endpoint.operation,
        client=caller.client,
        act=caller.acting,
        request=request_id(request.scope),
        address=network_of(services.visitors.address(request)),
    )


def _why(decision: Decision) -> dict[str, str]:
    """What spoke for the caller: the scope of the token, and the role or the grant, by the first of each."""
    told: dict[str, str] = {}
    for step in decision.steps:
        for name in _REASONS if step.passed else ():
            if name in step.facts:
                told.setdefault(name, step.facts[name])
    return told


async def let_in(
    caller: Caller, endpoint: Endpoint, request: Request[Any, Any, Any], services: Services
) -> Admission:
    """Let a request in, or raise its refusal; that somebody tried what is dangerous is written down."""
    needed = {endpoint.scope, *endpoint.also}
    try:
        admission = await admitted(
            services,
            caller,
            permission=endpoint.scope,
            shared=endpoint.shared,
            tenant=request.headers.get("emobility-tenant"),
            grant=request.headers.get("emobility-grant"),
        )
        for permission in sorted(endpoint.also):
            admission.require(permission)
    except Denied as error:
        if dangerous := sorted(DANGEROUS_SCOPES.intersection(needed)):
            path = await services.path_of(caller.tenant)
            deed = _deed(caller, endpoint, request, services)
            await services.denials.note(
                Scope(caller.tenant, path, caller.actor, deed=deed), f"{error.code}: {', '.join(dangerous)}"
            )
        raise
    return admission


async def note_sign_in(
    client: ApiClient, reason: str, request: Request[Any, Any, Any], services: Services
) -> None:
    """Write down that somebody could not prove to be the client that they named."""
    name = shown("cli", client.id)
    deed = Deed(
        operation="oauth_token",
        client=name,
        request=request_id(request.scope),
        address=network_of(services.visitors.address(request)),
        named=(name,),
    )
    path = await services.path_of(client.tenant)
    await services.denials.note(Scope(client.tenant, path, f"client:{name}", deed=deed), reason)


async def note_reading(call: Call, work: Any, named: Sequence[str]) -> None:
    """Write down that somebody has read what is so named."""
    home = call.scope.tenant
    changes = [Change.naming(home, one) for one in named]
    entry, details = call.services.auditor.entry(call.scope, home, changes, outcome=AuditOutcome.READ)
    await work.audit_entries.add(entry, details)


async def note_answer(call: Call) -> None:
    """Write down that somebody has read what the call names."""
    named = () if call.scope.deed is None else call.scope.deed.named
    async with call.services.transactions(call.scope) as work:
        await note_reading(call, work, named)
