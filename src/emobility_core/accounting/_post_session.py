"""Posting a rated session: what bookkeeping wants to know of it is gathered where it stands."""

from __future__ import annotations

from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

from emobility_core.accounting._collect import SessionNotRated, post, standing_for
from emobility_core.accounting._ledger import Ledger
from emobility_core.accounting._ports import AccountingWork
from emobility_core.accounting._posting import Posting
from emobility_core.accounting._session import SessionFacts, session_posting
from emobility_core.charging import EndedSession
from emobility_core.customers import Contract, Customer
from emobility_core.errors import NotFound
from emobility_core.ids import Ids, PostingId, SessionId, UserGroupId
from emobility_core.instants import Instant
from emobility_core.network import Site, Station
from emobility_core.work import Records

_ZONE = "Europe/Berlin"


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
    site = None if station.site is None else await _site(station, work)
    facts = SessionFacts(
        ended_on=_date(session, site),
        energy=None if session.discarded else session.delivered,
        site=station.site,
        station_group=next(iter(station.station_groups), None),
        user_group=await _user_group(session, work),
    )
    posting = session_posting(rating, facts, ledger=ledger, id=PostingId(ids.uuid7(at)), at=at, turn=turn)
    return await post(posting, ledger=ledger, work=work)


async def _site(station: Station, work: SessionPostingWork) -> Site | None:
    try:
        return None if station.site is None else await work.sites.get(station.site)
    except NotFound:  # of a tenant above, out of sight
        return None


def _date(session: EndedSession, site: Site | None) -> date:
    """The day on which it ended, there."""
    return session.ended_at.astimezone(ZoneInfo(_ZONE if site is None else site.time_zone)).date()


async def _user_group(session: EndedSession, work: SessionPostingWork) -> UserGroupId | None:
    """That of its contract, else the customer's first; None where those are out of sight."""
    try:
        if session.contract is not None:
            contract = await work.contracts.get(session.contract)
            if contract.user_group is not None:
                return contract.user_group
        if session.customer is not None:
            return next(iter((await work.customers.get(session.customer)).user_groups), None)
    except NotFound:
        return None
    return None
