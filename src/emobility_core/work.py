"""Units of work: who acts in which part of the tenant tree, what is stored, and what leaves afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar
from uuid import UUID

import attrs

from emobility_core.errors import Conflict
from emobility_core.ids import EventId, GrantId, StationId, TenantId
from emobility_core.instants import Clock, Instant

W_co = TypeVar("W_co", covariant=True)
R = TypeVar("R", bound="Record")


@attrs.frozen
class StaleWrite(Conflict):
    """Somebody else stored a newer version of the record since it was read.

    Remedy: read it again, apply the change to the new version and store that.
    """

    code = "stale-write"
    id: UUID


@attrs.frozen
class AlreadyTaken(Conflict):
    """Another record already has a value that must be unique.

    Remedy: use the existing record, or choose another value; within the tenant, but for a station's
    identity, which is unique everywhere.
    """

    code = "already-taken"
    field: str
    value: str


@attrs.frozen(kw_only=True)
class Deed:
    """By what an actor acts, for the audit log: an `operation` of the API or a command of the command line.

    `client` is the API client, `act` those on whose behalf it acts, `request` the id of the request,
    `address` the network that it came from, `named` the records that it names, and `allowed_by` why it is
    allowed. `clock` tells the time of the tenant.
    """

    operation: str
    client: str | None = None
    act: tuple[str, ...] = ()
    request: str | None = None
    address: str | None = None
    named: tuple[str, ...] = ()
    allowed_by: Mapping[str, str] = attrs.field(factory=dict)
    clock: Clock | None = None


@attrs.frozen
class Scope:
    """Who acts, and the part of the tenant tree that exists for them: `tenant` and all below it.

    `path` is the tenant's place in the tree (`/` + hexadecimal ids of all from the root, each closed
    by `/`), so that everything below it starts with it. Where `stations` are given nothing exists but
    these and what belongs to them; `grant` is the one under which a caller of another company acts. `deed` is
    by what they act; None for jobs. The parts of the tree at the places `apart` do not exist either: they
    live by another clock.
    """

    tenant: TenantId
    path: str
    actor: str
    stations: frozenset[StationId] | None = None
    grant: GrantId | None = None
    deed: Deed | None = attrs.field(default=None, eq=False, repr=False, kw_only=True)
    apart: tuple[str, ...] = ()

    def sees(self, path: str) -> bool:
        return path.startswith(self.path) and not path.startswith(self.apart)

    @classmethod
    def system(cls, tenant: TenantId, path: str, cause: str) -> Scope:
        """The scope of a job or reaction; `cause` stands in the audit trail."""
        return cls(tenant, path, f"system:{cause}")


@attrs.frozen(kw_only=True)
class Record:
    """What every stored master record carries.

    `version` counts its changes from 0; `external_ids` maps a system's name to the id there, unique
    within tenant, kind and system.
    """

    id: UUID
    tenant: TenantId
    created_at: Instant
    updated_at: Instant
    version: int = 0
    external_ids: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Event:
    """A fact that others hear of after commit.

    `type` is ours and stable (`session.ended`), `subject` the record it speaks of, `data` its
    published payload: plain JSON values only, money and energy as decimal text.
    """

    id: EventId
    tenant: TenantId
    type: str
    subject: str
    at: Instant
    data: Mapping[str, object]


@attrs.frozen(kw_only=True)
class FeedEntry:
    """An event with its place in the gap-free feed: `position` over all, `seq` within its tenant."""

    position: int
    seq: int
    event: Event


class Outbox(Protocol):
    def publish(self, *events: Event) -> None:
        """Keep events with this unit of work; they leave after it commits."""
        ...


class Feed(Protocol):
    """The event log as its readers see it: only sequenced events, in order, without gaps."""

    async def after(
        self,
        position: int,
        *,
        scope: Scope,
        limit: int,
        types: Sequence[str] = (),
        descendants: bool = True,
    ) -> list[FeedEntry]:
        """Return up to `limit` entries behind `position` that the scope sees, oldest first."""
        ...

    async def wait(self, position: int, *, timeout_s: float) -> None:
        """Return once an entry behind `position` exists, or after `timeout_s` seconds."""
        ...

    async def last(self) -> int:
        """Return the position of the newest entry, 0 if there is none."""
        ...


@attrs.frozen(kw_only=True)
class Page:
    """Which records to list, ordered by id (that is, by creation).

    `filters`: attribute -> allowed values (an empty list allows none); several attributes must all match;
    `external_id` is matched as `system:id`. `descendants` adds the tenants below the scope's own.
    `backwards` lists the newest first.
    """

    limit: int = 50
    after: UUID | None = None
    filters: Mapping[str, Sequence[object]] = attrs.field(factory=dict)
    updated_after: Instant | None = None
    descendants: bool = False
    backwards: bool = False

    @classmethod
    def of(cls, name: str, values: Sequence[object]) -> Page:
        """All records of the scope whose attribute, unique to each, has one of these values."""
        return cls(limit=len(values), filters={name: values}, descendants=True)


class Records(Protocol[R]):
    """Master records of one kind, each stored under its id, guarded by its version, within the scope."""

    async def get(self, id: UUID) -> R:
        """Return the record, or raise the kind's `NotFound` leaf (also for another tenant's record)."""
        ...

    async def get_for_change(self, id: UUID) -> R:
        """Return the newest state of a record, or raise as `get` does; until the unit ends nobody else
        replaces it, and whoever asks for it so waits. For what holds over several records: each unit that
        may break it asks for the same one first."""
        ...

    async def add(self, record: R) -> None:
        """Store a new record.

        Raises `AlreadyTaken` where a unique value is in use, `UnknownTenant` outside the scope.
        """
        ...

    async def replace(self, record: R) -> R:
        """Store a new state of `record.version` and return it with the next version.

        Raises `StaleWrite` if someone else stored one since, `AlreadyTaken` as `add` does.
        """
        ...

    async def add_all(self, records: Sequence[R]) -> None:
        """Store new records, all or none; raises as `add` does for any of them."""
        ...

    async def replace_all(self, records: Sequence[R]) -> list[R]:
        """Store new states of different records, all or none; raises as `replace` does for any of them."""
        ...

    async def page(self, page: Page) -> list[R]:
        """List records of the scope."""
        ...

    async def count(self, page: Page) -> int:
        """Return how many records the page lists, without reading them."""
        ...


@attrs.frozen(kw_only=True)
class StoredAnswer:
    """The answer to a request that a client may send again under the same key.

    `digest` tells the same request from another one; it is stored in the unit of the request's effect.
    """

    client: str
    key: str
    digest: str
    status: int
    body: str
    headers: Mapping[str, str]
    created_at: Instant


class IdempotencyKeys(Protocol):
    """Answers by client and key."""

    async def find(self, client: str, key: str) -> StoredAnswer | None: ...

    async def add(self, answer: StoredAnswer) -> None:
        """Store an answer; raise `AlreadyTaken` (here or on leaving) if the client has used the key."""
        ...

    async def forget(self, before: Instant) -> None:
        """Drop the answers given before that, in a unit that sees all tenants."""
        ...


@attrs.frozen
class OutdatedRevision(Conflict):
    """Another system tells of a record in an older revision than one that it has told before.

    Remedy: none is needed for what was overtaken on its way; else send the present state with its revision.
    """

    code = "outdated-revision"
    system: str
    given: int
    known: int


@attrs.frozen(kw_only=True)
class Ownership:
    """What another system last told of a record: the `fields` are its own until it leaves them out.

    `revision` is the highest that it has told, None if it never did. `switched_off` are the fields by which
    its file, which left the record out, has switched it off, each with what it was.
    """

    record: UUID
    tenant: TenantId
    system: str
    fields: tuple[str, ...] = ()
    revision: int | None = None
    switched_off: Mapping[str, object] = attrs.field(factory=dict)
    version: int = 0

    def told(self, fields: Iterable[str], revision: int | None) -> Ownership:
        """The system tells anew; raise `OutdatedRevision`."""
        if revision is None:
            revision = self.revision
        elif self.revision is not None and revision < self.revision:
            raise OutdatedRevision(self.system, revision, self.revision)
        return attrs.evolve(self, fields=tuple(sorted(fields)), revision=revision, switched_off={})

    def left_out(self, was: Mapping[str, object]) -> Ownership:
        """Its file has left the record out, which switched these fields off."""
        return attrs.evolve(self, switched_off=was)

    def overruled(self, fields: Collection[str]) -> Ownership:
        """Somebody else has decided about these fields: the system does not switch them on again."""
        kept = {name: value for name, value in self.switched_off.items() if name not in fields}
        return attrs.evolve(self, switched_off=kept)


class Ownerships(Protocol):
    """What other systems own of records, by record and system, guarded by its version."""

    async def find(self, record: UUID, system: str) -> Ownership | None: ...

    async def of(self, records: Sequence[UUID], system: str) -> list[Ownership]:
        """What the system owns of these records, in no order."""
        ...

    async def add(self, *ownerships: Ownership) -> None:
        """Store what a system tells first; raise `StaleWrite` if it has told of a record meanwhile."""
        ...

    async def replace(self, *ownerships: Ownership) -> None:
        """Store new states of `version`, of different records; raise `StaleWrite` as `add` does."""
        ...


class Transactions(Protocol[W_co]):
    """Open a unit of work; leaving it without an exception commits, else nothing remains.

    A refusal that only storage can know (`StaleWrite`, `AlreadyTaken`, a recorded start) may surface
    on leaving the block rather than inside it.
    """

    def __call__(self, scope: Scope) -> AbstractAsyncContextManager[W_co]: ...
