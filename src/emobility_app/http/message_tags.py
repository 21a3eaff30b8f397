"""The cards of other companies in the raw log of a station: pseudonyms, as in its sessions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from emobility_app.http.disguise import is_below, pseudonym
from emobility_app.http.endpoint import Call
from emobility_app.wire import DEEPEST, is_deeper
from emobility_core.charging import present_tag
from emobility_core.customers import IdTag, MalformedIdTag
from emobility_core.instants import Instant, NaiveDatetime, parse_instant
from emobility_core.network import Exchange

# OCPP 1.6, 6: what names a card, and the group that it belongs to.
_TAG, _PARENT, _TIME = "idTag", "parentIdTag", "timestamp"
_NAMED = re.compile(r'("(?:idTag|parentIdTag)"\s*:\s*)("(?:[^"\\]|\\.)*")')


@attrs.frozen
class MessageTags:
    """Reads messages of stations for a caller; a text that holds no card of others stays as it was sent."""

    call: Call

    async def seen(self, exchange: Exchange) -> Exchange:
        """The exchange with pseudonyms for cards that a grant let in when it was sent, or began to charge."""
        request, answer = _parsed(exchange.request), _parsed(exchange.answer)
        moments = [exchange.requested_at, *_moments(request)]
        masks: dict[str, str] = {}
        for tag in {*_values(request, _TAG), *_values(answer, _TAG)}:
            masks |= await self._mask(tag, exchange, moments)
        if not masks:
            return exchange
        for group in {*_values(request, _PARENT), *_values(answer, _PARENT)}:
            masks[group] = pseudonym(exchange.tenant, IdTag(group), self.call)
        return attrs.evolve(
            exchange,
            request=_written(exchange.request, masks),
            answer=None if exchange.answer is None else _written(exchange.answer, masks),
        )

    async def _mask(self, text: str, exchange: Exchange, moments: list[Instant]) -> dict[str, str]:
        try:
            tag = IdTag(text)
        except MalformedIdTag:
            return {}
        at_station = attrs.evolve(self.call.scope, tenant=exchange.tenant)
        for at in moments:
            found = await present_tag(
                tag, station=exchange.station, scope=at_station, tools=self.call.services.tools, at=at
            )
            if found.grant is not None and found.token_tenant is not None:
                if await is_below(found.token_tenant, self.call.scope.path, self.call):
                    return {}
                return {text: pseudonym(exchange.tenant, tag, self.call)}
        return {}


def _parsed(text: str | None) -> Any:
    """A frame; None for what is none, which stays as it was sent."""
    try:
        frame = None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None
    return None if is_deeper(frame, DEEPEST) else frame


def _values(frame: Any, name: str) -> Iterator[str]:
    """The texts under a name, at any depth."""
    if isinstance(frame, Mapping):
        for key, value in frame.items():
            if key == name and isinstance(value, str):
                yield value
            else:
                yield from _values(value, name)
    elif isinstance(frame, list):
        for value in frame:
            yield from _values(value, name)


def _moments(frame: Any) -> Iterator[Instant]:
    """When a station says that something was: it may tell so much later."""
    for text in _values(frame, _TIME):
        try:
            yield parse_instant(text)
        except (ValueError, NaiveDatetime):
            continue


def _written(text: str, masks: Mapping[str, str]) -> str:
    """The text with the masks in their places, and all else in it as it was."""

    def told(named: re.Match[str]) -> str:
        value = json.loads(named[2])
        return named[1] + json.dumps(masks.get(value, value))

    return _NAMED.sub(told, text)
