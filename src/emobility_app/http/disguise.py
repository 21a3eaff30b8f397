"""Whose token it was, for those whom that concerns; others see a name that says no more than "the same"."""

from __future__ import annotations

import attrs

from emobility_app.http.endpoint import Call
from emobility_core.charging import Reservation, ReservationTerms, Session
from emobility_core.customers import IdTag
from emobility_core.ids import GrantId, TenantId
from emobility_core.tenancy import UnknownTenant
from emobility_core.work import Page

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


async def disguised_reservation(reservation: Reservation, call: Call) -> Reservation:
    """The reservation as the caller may see it, its cards as in sessions."""
    terms, replacement = reservation.terms, reservation.replacement
    return attrs.evolve(
        reservation,
        terms=await _disguised_terms(terms, reservation.tenant, call),
        replacement=replacement and await _disguised_terms(replacement, reservation.tenant, call),
    )


async def _disguised_terms(terms: ReservationTerms, tenant: TenantId, call: Call) -> ReservationTerms:
    if await _is_concerned(terms, call) and not await _may_be_of_others(terms, call):
        return terms
    return attrs.evolve(
        terms,
        id_tag=IdTag(pseudonym(tenant, terms.id_tag, call)),
        token=None,
        parent=None if terms.parent is None else IdTag(pseudonym(tenant, terms.parent, call)),
    )


async def _may_be_of_others(terms: ReservationTerms, call: Call) -> bool:
    """Whether terms that do not tell whose the card was, as they did not at first, name a token out of the
    caller's sight."""
    if terms.token is None or terms.token_tenant is not None:
        return False
    page = Page(filters={"id": [terms.token]}, descendants=True)
    async with call.services.reading(call.scope) as work:
        seen: int = await work.tokens.count(page)
    return seen == 0


async def is_of_those_below(id: GrantId, call: Call) -> bool:
    """Whether the caller stands above the company that a grant was given to."""
    grant = await call.services.rights.grant(id)
    return grant is not None and await is_below(grant.grantee, call.scope.path, call)


def pseudonym(tenant: TenantId, tag: IdTag, call: Call) -> str:
    named = f"token {tenant.hex} {tag.folded}"
    return f"anon-{call.services.digest(named.encode())[:_SHOWN]}"


async def _is_concerned(known: Session | ReservationTerms, call: Call) -> bool:
    if call.grant is None and known.grant is None:
        return True
    # Under a grant the scope is the other company's: what is the caller's own is below where it acts.
    own = call.scope.path if call.grant is None or call.admission is None else call.admission.asked.path
    return known.token_tenant is not None and await is_below(known.token_tenant, own, call)


async def is_below(tenant: TenantId, path: str, call: Call) -> bool:
    """Whether a tenant is the one at a place of the tree or stands below it."""
    try:
        return (await call.services.path_of(tenant)).startswith(path)
    except UnknownTenant:
        return False
