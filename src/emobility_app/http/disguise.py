"""Whose token it was, for those whom that concerns; others see a name that says no more than "the same"."""

from __future__ import annotations

import attrs

from emobility_app.http.endpoint import Call
from emobility_core.charging import Session
from emobility_core.customers import IdTag
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
        session, id_tag=IdTag(pseudonym(session, call)), token=None, customer=None, contract=None
    )


def pseudonym(session: Session, call: Call) -> str:
    named = f"token {session.tenant.hex} {session.id_tag.folded}"
    return f"anon-{call.services.digest(named.encode())[:_SHOWN]}"


async def _is_concerned(session: Session, call: Call) -> bool:
    if call.grant is None and session.grant is None:
        return True
    # Under a grant the scope is the other company's: what is the caller's own is below where it acts.
    own = call.scope.path if call.grant is None or call.admission is None else call.admission.asked.path
    if session.token_tenant is None:
        return False
    try:
        return (await call.services.path_of(session.token_tenant)).startswith(own)
    except UnknownTenant:
        return False
