"""Whose token it was, for those whom that concerns; others see a name that says no more than "the same"."""

from __future__ import annotations

import attrs

from emobility_app.http.endpoint import Call
from emobility_core.charging import Session
from emobility_core.commands import Command, Order, RemoteStart, ReserveNow
from emobility_core.customers import IdTag
from emobility_core.ids import GrantId, TenantId
from emobility_core.tenancy import UnknownTenant

_SHOWN = 14


async def disguised(session: Session, call: Call) -> Session:
    """The session as the caller may see it.

    Tokens of other companies that were let in by a grant are pseudonyms to the station's side. Under a
    grant, so are all tokens but the caller's own; a pseudonym is the same for all sessions of a token at
    one tenant's stations, and another one elsewhere.
    """
    if await _is_concerned(session, call):
        return session
    return attrs.evolve(
        session,
        id_tag=IdTag(pseudonym(session.tenant, session.id_tag, call)),
        token=None,
        customer=None,
        contract=None,
    )


async def disguised_order(command: Command, call: Call) -> Order:
    """What was asked of a station as the caller may see it: the tags that another company named under a
    grant are the pseudonyms that they have in sessions."""
    order = command.order
    if command.grant is None or not isinstance(order, RemoteStart | ReserveNow):
        return order
    if call.grant is not None or await _is_of_those_below(command.grant, call):
        return order
    tag = pseudonym(command.tenant, IdTag(order.id_tag), call)
    if isinstance(order, RemoteStart) or order.parent is None:
        return attrs.evolve(order, id_tag=tag)
    return attrs.evolve(order, id_tag=tag, parent=pseudonym(command.tenant, IdTag(order.parent), call))


async def _is_of_those_below(id: GrantId, call: Call) -> bool:
    """Whether the caller stands above the company that a grant was given to."""
    grant = await call.services.rights.grant(id)
    return grant is not None and await is_below(grant.grantee, call.scope.path, call)


def pseudonym(tenant: TenantId, tag: IdTag, call: Call) -> str:
    named = f"token {tenant.hex} {tag.folded}"
    return f"anon-{call.services.digest(named.encode())[:_SHOWN]}"


async def _is_concerned(session: Session, call: Call) -> bool:
    if call.grant is None and session.grant is None:
        return True
    # Under a grant the scope is the other company's: what is the caller's own is below where it acts.
    own = call.scope.path if call.grant is None or call.admission is None else call.admission.asked.path
    return session.token_tenant is not None and await is_below(session.token_tenant, own, call)


async def is_below(tenant: TenantId, path: str, call: Call) -> bool:
    """Whether a tenant is the one at a place of the tree or stands below it."""
    try:
        return (await call.services.path_of(tenant)).startswith(path)
    except UnknownTenant:
        return False
