"""Local authorization lists: what a station may decide by itself, and how it comes to know of changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

import attrs

from emobility_core.commands import (
    LAST_CONNECTOR,
    Command,
    CommandStatus,
    GetLocalListVersion,
    ListedStatus,
    LocalListEntry,
    SendLocalList,
)
from emobility_core.configuration import StationConfiguration
from emobility_core.customers import Token
from emobility_core.errors import Conflict, NotFound
from emobility_core.ids import CommandId, LocalListId, StationId, TenantId
from emobility_core.instants import Instant
from emobility_core.work import Record

# A station may lose its list without a word: it is asked for the version now and then.
VERIFIED_FOR = timedelta(hours=24)
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 360))


@attrs.frozen
class UnknownLocalList(NotFound):
    """There is no such local list within the caller's scope.

    Remedy: list the local lists and use one of their ids; a station whose `local_list` is `all` has one.
    """

    code = "unknown-local-list"
    local_list: UUID


@attrs.frozen
class NoLocalListKept(Conflict):
    """The station is to have no local list.

    Remedy: set the station's `local_list` to `all` first.
    """

    code = "no-local-list-kept"
    station: UUID


@attrs.frozen(kw_only=True)
class ListLimits:
    """What a station takes: in one message, and in all (OCPP 1.6, 9.2.3 and 9.2.2).

    The usual values are for stations that have not told theirs.
    """

    at_once: int = 50
    in_all: int = 1_000


def limits_of(configuration: StationConfiguration | None) -> ListLimits:
    """What the station's configuration tells of its limits, as far as it is known."""
    usual = ListLimits()
    return ListLimits(
        at_once=_told(configuration, "SendLocalListMaxLength") or usual.at_once,
        in_all=_told(configuration, "LocalAuthListMaxLength") or usual.in_all,
    )


def _told(configuration: StationConfiguration | None, key: str) -> int | None:
    told = None if configuration is None else configuration.find(key)
    text = "" if told is None or told.value is None else told.value.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@attrs.frozen
class Listing:
    """What a list is to say, made once for many stations. `words` are those of each entry, by its tag."""

    entries: tuple[LocalListEntry, ...] = ()
    words: Mapping[str, str] = attrs.field(init=False, repr=False, eq=False)
    folded: frozenset[str] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "words", {one.id_tag: _words(one) for one in self.entries})
        object.__setattr__(self, "folded", frozenset(one.id_tag.lower() for one in self.entries))


def listing_of(tokens: Iterable[Token], *, at: Instant, most: int) -> Listing:
    """What a list is to say of tokens, those that may charge first, in their order, at most so many.

    A token that must not charge is listed as what it is while there is room: a station that lets unknown
    tags charge offline then still turns it away. One that is not valid yet is left out.
    """
    good: list[LocalListEntry] = []
    bad: list[LocalListEntry] = []
    for token in tokens:
        since, until = token.validity.since, token.validity.until
        if token.is_blocked(at):
            bad.append(LocalListEntry(id_tag=token.id_tag.text, status=ListedStatus.BLOCKED))
        elif until is not None and until <= at:
            bad.append(LocalListEntry(id_tag=token.id_tag.text, status=ListedStatus.EXPIRED))
        elif since is None or since <= at:
            good.append(_accepted(token))
    return Listing(tuple([*good, *bad][:most]))


def _accepted(token: Token) -> LocalListEntry:
    return LocalListEntry(
        id_tag=token.id_tag.text,
        status=ListedStatus.ACCEPTED,
        parent=None if token.parent is None else token.parent.text,
        expires_at=token.validity.until,
    )


def next_change(tokens: Iterable[Token], *, after: Instant) -> Instant | None:
    """When the clock alone will next change what is to be listed."""
    bounds = (bound for token in tokens for bound in (token.validity.since, token.validity.until))
    return min((bound for bound in bounds if bound is not None and bound > after), default=None)


def next_update(
    wanted: Listing, held: Mapping[str, str] | None, *, version: int, at_once: int
) -> SendLocalList | None:
    """The next message that brings a station closer to what is wanted; None where nothing is left to do.

    `held` is what it has, tag -> words, None where that is not known: then, and where the differences are
    more than the whole, the whole is sent anew. What exceeds one message follows as differences.
    """
    changes = None if held is None else _changes(wanted, held)
    if changes == []:
        return None
    if changes is None or len(changes) > len(wanted.entries):
        return SendLocalList(version=version, full=True, entries=wanted.entries[:at_once])
    return SendLocalList(version=version, full=False, entries=tuple(changes[:at_once]))


def _changes(wanted: Listing, held: Mapping[str, str]) -> list[LocalListEntry]:
    """The differences; what takes a right away stands before what grants one."""
    words, folded = wanted.words, wanted.folded
    gone = [LocalListEntry(id_tag=tag) for tag in held if tag not in words and tag.lower() not in folded]
    changed = [entry for entry in wanted.entries if held.get(entry.id_tag) != words[entry.id_tag]]
    return [*gone, *sorted(changed, key=lambda entry: entry.status is ListedStatus.ACCEPTED)]


def _words(entry: LocalListEntry) -> str:
    status = "" if entry.status is None else entry.status.value
    return f"{status}|{entry.expires_at.isoformat() if entry.expires_at else ''}|{entry.parent or ''}"


def applied(order: SendLocalList, held: Mapping[str, str] | None) -> dict[str, str]:
    """What a station has once it has taken an update; tags compare without regard to case."""
    after = {} if order.full else dict(held or {})
    spelled = {tag.lower(): tag for tag in after}
    for entry in order.entries:
        after.pop(spelled.pop(entry.id_tag.lower(), entry.id_tag), None)
        if entry.status is not None:
            after[entry.id_tag] = _words(entry)
    return after


@attrs.frozen(kw_only=True)
class DueList:
    """A list that is to be looked at, as of its version."""

    id: LocalListId
    tenant: TenantId
    version: int


@attrs.frozen(kw_only=True)
class LocalList(Record):
    """The local list of one station.

    `held` is what the station has acknowledged, tag -> words, under `held_version`; None where that is not
    known. `sent_version` is the newest that it was sent, `synced_at` since when nothing is left to be done.
    `command` is the order that is awaited, `due_at` when to look at the list again, `error` why the last
    order came to nothing, the `tries`th in a row.
    """

    id: LocalListId
    station: StationId
    held: Mapping[str, str] | None = None
    held_version: int = 0
    sent_version: int = 0
    acknowledged_at: Instant | None = None
    synced_at: Instant | None = None
    verified_at: Instant | None = None
    command: CommandId | None = None
    due_at: Instant | None = None
    tries: int = 0
    error: str | None = None

    @property
    def next_version(self) -> int:
        """OCPP 1.6, 5.10: 0 and -1 mean no list, so that counting begins at 1, also anew."""
        return self.sent_version % LAST_CONNECTOR + 1

    def next_order(
        self, wanted: Listing, limits: ListLimits, *, at: Instant
    ) -> SendLocalList | GetLocalListVersion | None:
        """What the station is to be asked next: for its version if that is long ago, else to take changes."""
        if self.held is not None and (self.verified_at is None or at - self.verified_at >= VERIFIED_FOR):
            return GetLocalListVersion()
        return next_update(wanted, self.held, version=self.next_version, at_once=limits.at_once)

    def asked(self, order: SendLocalList | GetLocalListVersion, command: Command) -> LocalList:
        sent = order.version if isinstance(order, SendLocalList) else self.sent_version
        return attrs.evolve(
            self, command=command.id, sent_version=sent, due_at=None, updated_at=command.created_at
        )

    def in_step(self, *, at: Instant, due_at: Instant | None) -> LocalList:
        """Nothing is left to do until then."""
        return attrs.evolve(self, due_at=due_at, synced_at=at, error=None, tries=0, updated_at=at)

    def to_be_looked_at(self, *, at: Instant) -> LocalList:
        """Something may have changed."""
        due = at if self.due_at is None else min(self.due_at, at)
        return attrs.evolve(self, due_at=due, updated_at=at)

    def to_be_checked(self, *, whole: bool, at: Instant) -> LocalList:
        """Its version is to be asked for, or the `whole` to be sent, whatever is thought of it."""
        held = None if whole else self.held
        return attrs.evolve(self, held=held, verified_at=None, tries=0, due_at=at, updated_at=at)

    @property
    def has_changed(self) -> bool:
        """Whether the station has taken something since nothing was left to be done."""
        return self.acknowledged_at is not None and self.synced_at is None

    def settled(self, command: Command, *, at: Instant) -> LocalList:
        """Take what came of the order that was awaited, and say when to go on."""
        free = attrs.evolve(self, command=None, updated_at=at)
        if command.status in (CommandStatus.OFFLINE, CommandStatus.BUSY):
            # Nothing was sent. A station that is offline is looked at once it is back.
            pause = _PAUSES[0] if command.status is CommandStatus.BUSY else timedelta(0)
            return attrs.evolve(free, error=command.status.value, due_at=Instant(at + pause))
        if command.status is CommandStatus.NOT_SUPPORTED:
            return attrs.evolve(free, held=None, error=command.status.value, due_at=None)
        if isinstance(command.order, GetLocalListVersion):
            return free._told_version(command, at)
        if command.status is CommandStatus.EFFECTIVE and isinstance(command.order, SendLocalList):
            return attrs.evolve(
                free,
                held=applied(command.order, self.held),
                held_version=command.order.version,
                acknowledged_at=at,
                synced_at=None,
                verified_at=at,
                due_at=at,
                tries=0,
                error=None,
            )
        return free._in_doubt(command, at)

    def _in_doubt(self, command: Command, at: Instant) -> LocalList:
        """OCPP 1.6, 5.15: after a failed or mismatched update the whole list is sent, at once."""
        unknown = attrs.evolve(self, held=None, error=_reason(command))
        if isinstance(command.order, SendLocalList) and not command.order.full:
            return attrs.evolve(unknown, due_at=at)
        pause = _PAUSES[min(self.tries, len(_PAUSES) - 1)]
        return attrs.evolve(unknown, tries=self.tries + 1, due_at=Instant(at + pause))

    def _told_version(self, command: Command, at: Instant) -> LocalList:
        told = (command.answer or {}).get("listVersion")
        if command.status is not CommandStatus.EFFECTIVE:
            return self._in_doubt(command, at)
        if told == -1:
            # OCPP 1.6, 5.10: the station has no local list at all.
            unsupported = CommandStatus.NOT_SUPPORTED.value
            return attrs.evolve(self, held=None, error=unsupported, due_at=None)
        # OCPP 1.6, 5.10: an empty list has the version 0, whatever it was sent under.
        if told == self.held_version or (told == 0 and self.held == {}):
            return attrs.evolve(self, verified_at=at, due_at=at)
        return attrs.evolve(self, held=None, error="version_differs", due_at=at)


def _reason(command: Command) -> str:
    told = (command.answer or {}).get("status")
    return _REASONS.get(str(told), command.status.value)


_REASONS = {"VersionMismatch": "version_mismatch", "Failed": "failed"}
