"""The cards of other companies in what stations were told and tell: pseudonyms, as in their sessions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice
from typing import Any

import attrs

from emobility_app.http.disguise import is_below, is_of_those_below, pseudonym
from emobility_app.http.endpoint import Call
from emobility_app.http.tag_places import (
    PARENT,
    TAG,
    is_refused,
    masked,
    moments,
    numbers,
    parsed,
    values,
    written,
)
from emobility_core.charging import DoubtfulReport, Resolve, Session, find_presented
from emobility_core.commands import Command, Order, RemoteStart, ReserveNow
from emobility_core.customers import IdTag, MalformedIdTag
from emobility_core.ids import SessionId, StationId, TenantId
from emobility_core.instants import Instant
from emobility_core.network import Exchange
from emobility_core.work import Page

# What is asked of stations with cards that were looked up before.
_OF_KNOWN_CARDS = frozenset({"RemoteStartTransaction", "ReserveNow"})
# So many cards are looked for at once: a message may name thousands.
_MOST = 1000


@attrs.frozen(kw_only=True)
class _Said:
    """What was said on a station's line, when, and whether the server `knew` the cards in it, or may have;
    `session` was made of it; what is said `beside` it names these cards. `theirs` says that its own are of
    another company."""

    tenant: TenantId
    station: StationId
    frames: tuple[Any, ...]
    moments: tuple[Instant, ...]
    knew: bool
    theirs: bool = False
    session: SessionId | None = None
    beside: Collection[IdTag] = ()


@attrs.frozen
class MessageTags:
    """Reads messages of stations for a caller; what holds no card of others stays as it was sent.

    Whose card it is today does not tell whose it was: it may have got another tag since, or its grant other
    stations. Sessions keep it, and the answer that the station got says whether the card was known; one that
    was, and of which nothing else is known any more, may have been another company's.
    """

    call: Call
    _sessions: dict[tuple[StationId, str, object], list[Session]] = attrs.field(factory=dict, init=False)
    _charged: dict[tuple[StationId, IdTag], list[Session]] = attrs.field(factory=dict, init=False)

    async def seen(self, exchanges: Sequence[Exchange]) -> list[Exchange]:
        """Exchanges of a station with pseudonyms for cards that a grant let in when they were sent,
        or began to charge."""
        said = [_exchanged(one) for one in exchanges]
        named = {tag: None for one in said for tag in _tags(one, TAG).values()}
        return [
            await self._seen(exchange, attrs.evolve(one, beside=named))
            for exchange, one in zip(exchanges, said, strict=True)
        ]

    async def _seen(self, exchange: Exchange, said: _Said) -> Exchange:
        if not (masks := await self._masks(said)):
            return exchange
        return attrs.evolve(
            exchange,
            request=written(exchange.request, masks),
            answer=None if exchange.answer is None else written(exchange.answer, masks),
        )

    async def doubtful(self, report: DoubtfulReport) -> DoubtfulReport:
        """The report with pseudonyms as in the session that was made of it, or as in messages."""
        masks = await self._masks(_reported(report))
        return attrs.evolve(report, content=masked(report.content, masks)) if masks else report

    async def meant(self, asked: Resolve, report: DoubtfulReport) -> tuple[Resolve, frozenset[IdTag]]:
        """What is asked for a report, with the cards that the caller was shown pseudonyms of, and which of
        these it names so in a payload, or leaves in the one that was reported."""
        masks = await self._masks(_reported(report))
        cards = {shown: text for text, shown in masks.items()}
        payload = None if asked.payload is None else masked(asked.payload, cards)
        tag = asked.id_tag if asked.id_tag is None else IdTag(cards.get(asked.id_tag.text, asked.id_tag.text))
        told = masked(report.content, masks) if asked.payload is None else asked.payload
        named = frozenset(IdTag(cards[one]) for one in values(told, TAG) if one in cards)
        return attrs.evolve(asked, payload=payload, id_tag=tag), named

    async def order(self, command: Command) -> Order:
        """What was asked of a station, with the cards in it as in sessions. Under a grant commands are the
        caller's own."""
        order = command.order
        if self.call.grant is not None or not isinstance(order, RemoteStart | ReserveNow):
            return order
        if command.grant is not None and await is_of_those_below(command.grant, self.call):
            return order
        parent = order.parent if isinstance(order, ReserveNow) else None
        said = _Said(
            tenant=command.tenant,
            station=command.station,
            frames=({TAG: order.id_tag, PARENT: parent},),
            moments=(command.created_at,),
            # Connectors are kept for cards that nobody knows, too.
            knew=isinstance(order, RemoteStart),
            theirs=command.grant is not None,
        )
        masks = await self._masks(said)
        if isinstance(order, ReserveNow) and parent is not None:
            order = attrs.evolve(order, parent=masks.get(parent, parent))
        return attrs.evolve(order, id_tag=masks.get(order.id_tag, order.id_tag))

    async def _masks(self, said: _Said) -> dict[str, str]:
        """What takes the place of which text; a group goes with its card, and where none stands beside it."""
        tags, groups = _tags(said, TAG), _tags(said, PARENT)
        hidden = {text: tag for text, tag in tags.items() if said.theirs or await self._is_hidden(tag, said)}
        if hidden or not tags:
            hidden |= groups
        return {text: pseudonym(said.tenant, tag, self.call) for text, tag in hidden.items()}

    async def _is_hidden(self, tag: IdTag, said: _Said) -> bool:
        tools, own = self.call.services.tools, False
        at_station = attrs.evolve(self.call.scope, tenant=said.tenant)
        for at in said.moments:
            found = await find_presented(tag, said.station, at_station, tools, at=at)
            if found.token is not None and found.grant is None:
                if found.token.updated_at <= said.moments[0]:
                    return False
                # It may have got the tag since, to see whose it was.
                own, found = True, await tools.granted.find(tag, station=said.station, at=at)
            if found.token is not None:
                return await self._is_of_others(found.token.tenant)
        charged = await self._charges(tag, said)
        named = await self._named(tag, said)
        for session in [*named, *charged]:
            if session.grant is not None:
                return await self._is_of_others(session.token_tenant)
        # The session of a report tells of the card that was reported, until it is made another one's.
        known = own or charged or (said.session is not None and named)
        return said.knew and not known

    async def _is_of_others(self, owner: TenantId | None) -> bool:
        return owner is None or not await is_below(owner, self.call.scope.path, self.call)

    async def _named(self, tag: IdTag, said: _Said) -> list[Session]:
        """The session that was made of a message, or those that it is about, where they are of the card."""
        if said.session is not None:
            found = await self._found(said.station, "id", said.session)
        else:
            named = [one for frame in said.frames for one in numbers(frame)]
            found = [
                one for number in named for one in await self._found(said.station, "transaction_id", number)
            ]
        return [one for one in found if one.id_tag == tag]

    async def _found(self, station: StationId, name: str, value: object) -> list[Session]:
        """Sessions of a station by what names one."""
        key = (station, name, value)
        if key not in self._sessions:
            page = Page(filters={"station": [station], name: [value]}, descendants=True)
            async with self.call.services.reading(self.call.scope) as work:
                self._sessions[key] = await work.sessions.page(page)
        return self._sessions[key]

    async def _charges(self, tag: IdTag, said: _Said) -> list[Session]:
        """The newest sessions of a card that was known. All of the station's are looked through for
        them, once for it and those beside it."""
        if (said.station, tag) not in self._charged:
            others = (one for one in said.beside if (said.station, one) not in self._charged)
            tags = {tag, *islice(others, _MOST)}
            async with self.call.services.reading(self.call.scope) as work:
                found = await work.sessions.newest_of_cards(said.station, tags)
            for one in tags:
                self._charged[said.station, one] = [session for session in found if session.id_tag == one]
        return self._charged[said.station, tag]


def _exchanged(exchange: Exchange) -> _Said:
    request, answer = parsed(exchange.request), parsed(exchange.answer)
    return _Said(
        tenant=exchange.tenant,
        station=exchange.station,
        frames=(request, answer),
        moments=(exchange.requested_at, *moments(request)),
        knew=exchange.action in _OF_KNOWN_CARDS or (exchange.inbound and not is_refused(answer)),
    )


def _reported(report: DoubtfulReport) -> _Said:
    """Of a report it is not known whether the server knew the card, unless its session tells."""
    return _Said(
        tenant=report.tenant,
        station=report.station,
        frames=(report.content,),
        moments=(report.created_at, *moments(report.content)),
        knew=True,
        session=report.session,
    )


def _tags(said: _Said, name: str) -> dict[str, IdTag]:
    """The tags under a name, by how they are written."""
    found = {}
    for text in (text for frame in said.frames for text in values(frame, name)):
        try:
            found[text] = IdTag(text)
        except MalformedIdTag:  # no card has it
            continue
    return found
