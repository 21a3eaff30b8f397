"""What erasing and exporting a person's data need from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import attrs

from emobility_core.audit import AuditEntries, Mention
from emobility_core.charging import ChargingSessions
from emobility_core.customers import Contract, Customer, Token
from emobility_core.identity import Credentials, User
from emobility_core.ids import SessionId, TokenId
from emobility_core.instants import Instant
from emobility_core.privacy._erasure import Erasure
from emobility_core.privacy._person import Person
from emobility_core.work import Outbox, Records, Scope


@attrs.frozen(kw_only=True)
class Held:
    """How many sessions a person has, when the newest one ended, and one that runs; how many entries of
    the books name them."""

    count: int = 0
    newest: Instant | None = None
    running: SessionId | None = None
    books: int = 0


@attrs.frozen(kw_only=True)
class Sighting:
    """Which rows of a table name a person, by their keys, of those up to a `place` in the order in which they
    came in. The `mark` is of the row at that place and of no other."""

    place: int
    mark: object
    keys: tuple[Any, ...] = ()


@attrs.frozen(kw_only=True)
class Sightings:
    """What was found of a person in tables that are only ever added to, by their names: by these `texts`, in
    rows of these `tenants`."""

    texts: frozenset[str] = frozenset()
    tenants: frozenset[UUID] = frozenset()
    of: Mapping[str, Sighting] = attrs.field(factory=dict)


class PersonalData(Protocol):
    """Everything that is stored about a person. Texts that name them are looked for in `scope`, the
    caller's: in another company the same text may mean somebody else. Beyond it, for which the unit of work
    must see all, counts what carries the ids of the person's own records: a card charges elsewhere too."""

    async def held(self, person: Person, mentions: Sequence[Mention], scope: Scope) -> Held: ...

    async def token_of_another(self, person: Person, scope: Scope) -> TokenId | None:
        """Return a token of somebody else in the scope with an id tag of the person's."""
        ...

    async def counts(self, person: Person, mentions: Sequence[Mention], scope: Scope) -> Mapping[str, int]:
        """Return how many rows of each table name the person."""
        ...

    async def look(self, person: Person, scope: Scope) -> Sightings:
        """Find, in a unit that only reads, what the one that erases then need not look through: whoever
        writes may have to wait for that one."""
        ...

    async def replace(
        self, person: Person, mentions: Sequence[Mention], scope: Scope, seen: Sightings
    ) -> Mapping[str, int]:
        """Replace what names the person but in their own records and the audit log: what was `seen` before,
        and whatever came since."""
        ...

    async def about(self, person: Person, scope: Scope) -> Mapping[str, list[Mapping[str, object]]]:
        """Return all rows of the scope that refer to the person, by what they are, and the facts of their
        sessions beyond it."""
        ...


class PrivacyWork(Protocol):
    """What erasing needs of a unit of work."""

    @property
    def customers(self) -> Records[Customer]: ...
    @property
    def users(self) -> Records[User]: ...
    @property
    def credentials(self) -> Records[Credentials]: ...
    @property
    def contracts(self) -> Records[Contract]: ...
    @property
    def tokens(self) -> Records[Token]: ...
    @property
    def sessions(self) -> ChargingSessions: ...
    @property
    def erasures(self) -> Records[Erasure]: ...
    @property
    def personal_data(self) -> PersonalData: ...
    @property
    def audit_entries(self) -> AuditEntries: ...
    @property
    def outbox(self) -> Outbox: ...
