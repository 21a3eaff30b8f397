"""What charging needs from outside."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import attrs

from emobility_core.charging._authorization import Presented, RunningSession
from emobility_core.charging._doubt import DoubtfulReport
from emobility_core.charging._reading import MeterReading
from emobility_core.charging._reservation import Reservation
from emobility_core.charging._resolution import Resolution
from emobility_core.charging._session import ActiveSession, EndedSession, Session
from emobility_core.customers import IdTag, Token
from emobility_core.errors import Conflict
from emobility_core.ids import SessionId, StationId, TariffVersionId, TenantId, TokenId
from emobility_core.instants import Instant
from emobility_core.network import StationReports
from emobility_core.work import Outbox, Page, Records


@attrs.frozen
class StartRecorded(Conflict):
    """This very start of the station is recorded already.

    Remedy: none is needed; answer with the session that is there.
    """

    code = "start-recorded"
    station: StationId
    identity: str


@attrs.frozen
class TransactionNumberTaken(Conflict):
    """The station already has a session with this transaction number.

    Remedy: draw another number.
    """

    code = "transaction-number-taken"
    station: StationId
    transaction_id: int


@attrs.frozen
class ConnectorHasSession(Conflict):
    """Another session runs on the connector.

    Remedy: end that one first; for a reported start that is done in the same unit of work.
    """

    code = "connector-has-session"
    station: StationId
    connector: int


@attrs.frozen(kw_only=True)
class QuietSession:
    """A running session of which nothing was heard lately, and what its station says of itself: the last
    status of the connector, when it came, whether the station is online and when it was last seen."""

    session: ActiveSession
    status: str | None
    status_at: Instant | None
    online: bool
    seen_at: Instant | None


class ChargingSessions(Protocol):
    """Sessions, each stored under its id and guarded by its version."""

    async def get(self, id: SessionId) -> Session:
        """Return the session or raise `UnknownSession`."""
        ...

    async def find_start(self, station: StationId, identity: str) -> Session | None:
        """Return the session that began with this start identity."""
        ...

    async def find_transaction(self, station: StationId, transaction_id: int) -> Session | None: ...

    async def find_stopped(self, station: StationId, identity: str) -> EndedSession | None:
        """Return the session that the stop of this identity has ended, the newest of several."""
        ...

    async def estimated_on(self, station: StationId) -> list[EndedSession]:
        """The newest sessions of a station that still wait for their real stop, at most ten."""
        ...

    async def active_on(self, station: StationId) -> list[ActiveSession]:
        """All running sessions of a station; at most one on a connector."""
        ...

    async def quiet(
        self, *, since: Instant, silent_since: Instant, busy_since: Instant
    ) -> list[QuietSession]:
        """Running sessions to look at, at most a thousand, the quietest first: not heard of since `since`
        while the connector is said to be free since then; or not since `silent_since`. Last come those whose
        station is online and says that it serves a vehicle, not heard of since `busy_since`."""
        ...

    async def add(self, session: Session) -> None:
        """Store a new session.

        Raises `StartRecorded` if its start identity, `TransactionNumberTaken` if its number is in use
        at the station, `ConnectorHasSession` if another session runs on its connector.
        """
        ...

    async def replace(self, session: Session) -> None:
        """Store a new state under the next version; raise `StaleWrite` if someone else did since."""
        ...

    async def progress(self, session: ActiveSession) -> None:
        """Store the next version that `ActiveSession.progress` made; raise `StaleWrite` as `replace` does."""
        ...

    async def page(self, page: Page) -> list[Session]:
        """List sessions of the scope; the filter `state` knows `active` and `ended`."""
        ...

    async def count(self, page: Page) -> int:
        """Return how many sessions the page lists, without reading them."""
        ...

    async def newest_of_cards(self, station: StationId, tags: Collection[IdTag]) -> list[Session]:
        """Of each tag the newest session at the station that a grant let in, and the newest without one, of
        cards that were known, those of grants first."""
        ...


class MeterReadings(Protocol):
    """An append-only log of readings."""

    async def add(self, reading: MeterReading) -> None: ...

    async def of_session(
        self, session: SessionId, *, after: int = 0, limit: int = 1000
    ) -> list[MeterReading]:
        """Readings of a session in the order of receipt, skipping the first `after`."""
        ...


class DoubtfulReports(Records[DoubtfulReport], Protocol):
    """The worklist of reports that found no session."""


class Resolutions(Records[Resolution], Protocol):
    """What was decided about doubts, for good."""


class TokenDirectory(Protocol):
    """The tokens that count at a station: those of its tenant's line in the tree."""

    async def find(self, id_tag: IdTag, *, at_tenant: TenantId) -> Token | None:
        """Return the token of the tag nearest to the tenant, or None. Raises `Unavailable`, never guesses."""
        ...


class GrantedTokens(Protocol):
    """The tokens of other companies that grants let charge (right `use`)."""

    async def find(self, id_tag: IdTag, *, station: StationId, at: Instant) -> Presented:
        """Return the token of the tag that a grant admits at the station at that moment, or nothing.

        Where the granting tenant lives by another clock than the station, its present is what counts. Raises
        `Unavailable`, never guesses.
        """
        ...


class NoGrantedTokens:
    """Where no company lets another one charge."""

    async def find(self, id_tag: IdTag, *, station: StationId, at: Instant) -> Presented:
        return Presented()


class TariffDirectory(Protocol):
    """Which published tariff applies."""

    async def version_for(
        self, station: StationId, token: Token | None, *, at: Instant
    ) -> TariffVersionId | None:
        """Return the version that prices a session of this token at this station, or None."""
        ...


class Reservations(Records[Reservation], Protocol):
    """Reservations, unique by station and number."""

    async def open_at(self, station: StationId) -> list[Reservation]:
        """The station's reservations that are requested or active, oldest first."""
        ...

    async def find_number(self, station: StationId, number: int) -> Reservation | None: ...

    async def overdue(self, at: Instant) -> list[Reservation]:
        """The open reservations whose time is over at `at`, oldest first, at most a thousand."""
        ...


class RunningSessions(Protocol):
    """What runs of a token, at whichever company's stations: asked only for tokens that forbid a second."""

    async def of_token(self, token: TokenId) -> list[RunningSession]:
        """Return the token's running sessions, oldest first; raises `Unavailable`, never guesses."""
        ...


class ChargingWork(Protocol):
    @property
    def sessions(self) -> ChargingSessions: ...
    @property
    def meter_readings(self) -> MeterReadings: ...
    @property
    def doubtful_reports(self) -> DoubtfulReports: ...
    @property
    def station_reports(self) -> StationReports: ...
    @property
    def outbox(self) -> Outbox: ...
