"""An event cursor: how far a client has come along the feed, kept for it under a name."""

from __future__ import annotations

import re
from typing import Protocol
from uuid import UUID

import attrs

from emobility_core.errors import Conflict, Invalid, NotFound
from emobility_core.ids import EventCursorId, Ids, TenantId
from emobility_core.instants import Instant
from emobility_core.work import Record, Records

NAME_PATTERN = "[A-Za-z0-9._-]{1,64}"
_NAME = re.compile(NAME_PATTERN)


@attrs.frozen
class UnknownEventCursor(NotFound):
    """The client keeps no such event cursor.

    Remedy: list the cursors; a name that was never used stands at the beginning of the feed.
    """

    code = "unknown-event-cursor"
    event_cursor: UUID


@attrs.frozen
class MalformedCursorName(Invalid):
    """The name of an event cursor is empty, too long, or has characters that names do not have.

    Remedy: give one of at most 64 letters, digits, dots, hyphens and underscores.
    """

    code = "malformed-cursor-name"
    text: str


@attrs.frozen
class CursorWouldGoBack(Conflict):
    """An event cursor would go back, so that events that were dealt with come again.

    Remedy: if that is what you want, say `rewind: true`; if not, another of your workers is ahead.
    """

    code = "cursor-would-go-back"
    name: str


def _named(_: object, __: object, name: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise MalformedCursorName(name[:100])


@attrs.frozen(kw_only=True)
class EventCursor(Record):
    """`position` is the place in the feed of the last event that the client has dealt with; the name is its
    own among those of `client` and tenant."""

    id: EventCursorId
    client: str
    name: str = attrs.field(validator=_named)
    position: int


class EventCursors(Records[EventCursor], Protocol):
    """Cursors of clients; `AlreadyTaken` is raised for a second one of a name."""

    async def find(self, tenant: TenantId, client: str, name: str) -> EventCursor | None: ...

    async def remove(self, id: EventCursorId) -> None: ...


class EventCursorWork(Protocol):
    @property
    def event_cursors(self) -> EventCursors: ...


async def keep_cursor(
    name: str,
    position: int,
    *,
    rewind: bool,
    tenant: TenantId,
    client: str,
    work: EventCursorWork,
    at: Instant,
    ids: Ids,
) -> EventCursor:
    """Move a cursor on, making it if need be; raise `CursorWouldGoBack` unless it may `rewind`."""
    known = await work.event_cursors.find(tenant, client, name)
    if known is None:
        made = EventCursor(
            id=EventCursorId(ids.uuid7(at)),
            tenant=tenant,
            created_at=at,
            updated_at=at,
            client=client,
            name=name,
            position=position,
        )
        await work.event_cursors.add(made)
        return made
    if position == known.position:
        return known
    if position < known.position and not rewind:
        raise CursorWouldGoBack(name)
    return await work.event_cursors.replace(attrs.evolve(known, position=position, updated_at=at))
