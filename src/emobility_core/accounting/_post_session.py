"""Posting a rated session: what bookkeeping wants to know of it is gathered where it stands."""

from __future__ import annotations

from datetime import date
from typing import Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from emobility_core.accounting._collect import SessionNotRated, post, standing_for
from emobility_core.accounting._ledger import Ledger
from emobility_core.accounting._ports import AccountingWork
from emobility_core.accounting._posting import Posting
from emobility_core.accounting._session import SessionFacts, session_posting
from emobility_core.charging import EndedSession
from emobility_core.customers import Contract, Customer, UserGroup
from emobility_core.errors import NotFound
from emobility_core.ids import Ids, PostingId, SessionId, UserGroupId
from emobility_core.instants import Instant
from emobility_core.network import Site, Station
from emobility_core.rating import USUAL_ZONE
from emobility_core.work import Record, Records

R = TypeVar("R", bound=Record)


class SessionPostingWork(AccountingWork, Protocol):
    """What a unit of work that posts sessions has."""

    @property
    def stations(self) -> Records[Station]: ...
    @property
    def sites(self) -> Records[Site]: ...
    @property
    def contracts(self) -> Records[Contract]: ...
    @property
    def customers(self) -> Records[Customer]: ...
    @property
    def user_groups(self) -> Records[UserGroup]: ...


async def post_session(
    id: SessionId, *, ledger: Ledger, work: SessionPostingWork, at: Instant, ids: Ids
) -> Posting:
    """Post a session by its present rating, in place of its posting so far if that is in no batch, or undone.

    Raises `SessionNotRated`, `UnknownSession`, and what `post` raises.
    """
    session = await work.sessions.get(id)
    rating = await work.rated_sessions.find(id)
    if rating is None or not isinstance(session, EndedSession):
        raise SessionNotRated(id)
    known = await standing_for(id, ledger.id, work=work)
    turn = 0 if known is None or known.session_turn is None else known.session_turn + (not known.loose)
    station = await work.stations.get(session.station)
    site = await _seen(work.sites, station.site)
    groups, cost_centre = await _user(session, work)
    facts = SessionFacts(
        ended_on=_date(session, site),
        energy=None if session.discarded else session.delivered,
        site=station.site,
        station_groups=tuple(sorted(station.station_groups)),
        user_groups=groups,
        user_cost_centre=cost_centre,
        site_cost_centre="" if site is None else site.cost_centre,
    )
    posting = session_posting(rating, facts, ledger=ledger, id=PostingId(ids.uuid7(at)), at=at, turn=turn)
    return await post(posting, ledger=ledger, work=work)


def _date(session: EndedSession, site: Site | None) -> date:
    """The day on which it ended, there."""
    return session.ended_at.astimezone(ZoneInfo(USUAL_ZONE if site is None else site.time_zone)).date()


async def _user(session: EndedSession, work: SessionPostingWork) -> tuple[tuple[UserGroupId, ...], str]:
    """The groups of who charged, that of the contract first, then as they came to be; and the cost centre,
    their own, else that of the first group that has one. Those of other companies have neither here."""
    if session.grant is not None:
        return (), ""
    contract = await _seen(work.contracts, session.contract)
    customer = await _seen(work.customers, session.customer)
    groups = () if customer is None else tuple(sorted(customer.user_groups))
    if contract is not None and contract.user_group is not None:
        groups = (contract.user_group, *(one for one in groups if one != contract.user_group))
    if customer is not None and customer.cost_centre:
        return groups, customer.cost_centre
    for id in groups:
        group = await _seen(work.user_groups, id)
        if group is not None and group.cost_centre:
            return groups, group.cost_centre
    return groups, ""


async def _seen(records: Records[R], id: UUID | None) -> R | None:
    try:
        return None if id is None else await records.get(id)
    except NotFound:  # of a tenant above or beside, out of sight
        return None
