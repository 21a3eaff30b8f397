"""The charging session: from its start to its final meter value.

Reports are recorded, never refused: what is implausible becomes a doubt.
"""

from __future__ import annotations

from datetime import timedelta
from operator import attrgetter
from typing import Any, TypeAlias
from uuid import UUID

import attrs

from emobility_core.charging._authorization import Authorization, AuthorizationStatus
from emobility_core.charging._doubt import Doubt
from emobility_core.charging._reports import ReportStart, ReportStop, stop_identity
from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.errors import NotFound
from emobility_core.ids import (
    ContractId,
    CustomerId,
    GrantId,
    SessionId,
    StationId,
    TariffVersionId,
    TenantId,
    TokenId,
)
from emobility_core.instants import Instant
from emobility_core.network import StationTime

# Why a session ended of which nothing more was heard.
STALLED = "Stalled"
# No station of today delivers more than a megawatt; five minutes allow for rounded times.
_MWH_PER_SECOND = 1_000_000_000 // 3_600
_SLACK = timedelta(minutes=5)


@attrs.frozen
class UnknownSession(NotFound):
    """There is no such session within the caller's scope.

    Remedy: list the sessions and use one of their ids.
    """

    code = "unknown-session"
    session: UUID


@attrs.frozen(kw_only=True)
class _Begun:
    """What is known of any session. `meter_last` is the highest register seen, `started_at` the time
    reckoned with, `started_reported` the station's own text, `started_received` when it arrived,
    `started_corrected` the time by our own clock.
    `updated_at` is when the newest report of it arrived, whatever time that report tells; `last_message`
    names the newest meter values, which a station sends again when it missed the answer. `accepted` are
    those of its `doubts` that somebody has resolved; `grant` is the one by which a token of another company
    was accepted."""

    id: SessionId
    tenant: TenantId
    station: StationId
    connector: int
    transaction_id: int
    start_identity: str
    id_tag: IdTag
    authorization: AuthorizationStatus
    token: TokenId | None = None
    token_tenant: TenantId | None = None
    customer: CustomerId | None = None
    contract: ContractId | None = None
    grant: GrantId | None = None
    tariff: TariffVersionId | None = None
    started_at: Instant
    started_reported: str | None
    started_received: Instant
    started_corrected: Instant | None = None
    meter_start: Energy | None
    meter_last: Energy | None
    meter_last_at: Instant | None
    updated_at: Instant
    last_message: str | None = None
    doubts: frozenset[Doubt] = frozenset()
    accepted: frozenset[Doubt] = frozenset()
    version: int = 0

    @property
    def open_doubts(self) -> frozenset[Doubt]:
        """What nobody has resolved yet; it holds billing."""
        return self.doubts - self.accepted

    @property
    def in_doubt(self) -> bool:
        return bool(self.open_doubts)


@attrs.frozen(kw_only=True)
class ActiveSession(_Begun):
    """A session that runs."""

    @property
    def delivered(self) -> Energy | None:
        """Energy so far; None while a register is missing."""
        return (
            None
            if self.meter_start is None or self.meter_last is None
            else self.meter_last - self.meter_start
        )

    def progress(
        self, register: Energy | None, *, at: Instant | None, received: Instant, message: str
    ) -> ActiveSession:
        """Take the highest register of a report and its time; one below the highest seen says nothing
        (see `Quality`), and both are then those that are known.

        This is the session's next version: a message every few seconds is worth one copy, not two.
        """
        further = {
            "meter_last": register,
            "meter_last_at": at,
            "updated_at": received,
            "last_message": message,
            "version": self.version + 1,
        }
        return ActiveSession(**{**_begun(self), **further})

    def end(self, report: ReportStop, *, guessed: bool = False) -> EndedSession:
        """End with the station's own stop; `guessed` says that it named no transaction of ours."""
        final, doubts = self._final_register(report.meter)
        doubts |= (
            self.doubts | _time_doubts(report.time) | ({Doubt.STOP_MATCHED_BY_GUESS} if guessed else set())
        )
        return self._ended(report.time, final, report.reason or "Local", doubts, stop_identity(report))

    def end_estimated(self, time: StationTime, reason: str) -> EndedSession:
        """End without a stop, with the last value known; a real stop may still come and then counts."""
        doubts = self.doubts | {Doubt.STOP_ESTIMATED}
        ended_at = StationTime(self.meter_last_at or self.started_at, None, time.received, trusted=False)
        return self._ended(ended_at, self.meter_last, reason, doubts, None)

    def _final_register(self, stop: Energy | None) -> tuple[Energy | None, frozenset[Doubt]]:
        start, last = self.meter_start, self.meter_last
        if stop is None:
            return last, frozenset({Doubt.METER_STOP_MISSING})
        if start is None:
            return stop, frozenset()
        if stop == start and last is not None and last > start:
            # Some stations repeat meterStart as meterStop; their readings tell better.
            return last, frozenset({Doubt.ENERGY_FROM_READINGS})
        backwards = stop < start or (last is not None and stop < last)
        return stop, frozenset({Doubt.METER_WENT_BACKWARDS}) if backwards else frozenset()

    def _ended(
        self,
        time: StationTime,
        final: Energy | None,
        reason: str,
        doubts: frozenset[Doubt],
        stop: str | None,
    ) -> EndedSession:
        if time.at < self.started_at:
            doubts |= {Doubt.ENDED_BEFORE_IT_STARTED}
        if final is not None and self.meter_start is not None:
            seconds = (time.at - self.started_at + _SLACK).total_seconds()
            if (final - self.meter_start).mwh > max(0, int(seconds)) * _MWH_PER_SECOND:
                doubts |= {Doubt.ENERGY_IMPLAUSIBLE}
        begun = {**_begun(self), "doubts": frozenset(doubts), "updated_at": time.received}
        return EndedSession(
            **begun,
            ended_at=time.at,
            ended_reported=time.reported,
            ended_received=time.received,
            ended_corrected=time.corrected,
            meter_stop=final,
            stop_reason=reason,
            stop_identity=stop,
        )


@attrs.frozen(kw_only=True)
class EndedSession(_Begun):
    """A session that is over. `stop_identity` names the report that ended it, None if there was none;
    `discarded` says that somebody found it to be none: it stays on record and is never billed."""

    ended_at: Instant
    ended_reported: str | None
    ended_received: Instant
    ended_corrected: Instant | None = None
    meter_stop: Energy | None
    stop_reason: str
    stop_identity: str | None
    discarded: bool = False

    @property
    def estimated(self) -> bool:
        """Whether no station has reported this end yet."""
        return self.stop_identity is None

    @property
    def delivered(self) -> Energy | None:
        """Stop minus start of this very session; None where a register is missing or ran backwards."""
        if self.meter_start is None or self.meter_stop is None or self.meter_stop < self.meter_start:
            return None
        return self.meter_stop - self.meter_start

    def is_stopped_by(self, report: ReportStop) -> bool:
        """Whether a stop repeats the one that ended this session."""
        return self.stop_identity == stop_identity(report)

    def corrected_by(self, report: ReportStop, *, guessed: bool = False) -> EndedSession:
        """Let the real stop replace an estimated end; a second, different stop only raises a doubt.

        What somebody accepted of an estimated end was said of other values, so it is judged anew. What was
        set aside stays so, whatever its station still tells.
        """
        if Doubt.STOPS_DISAGREE in self.doubts:
            return self
        if not self.estimated:
            doubts = self.doubts | {Doubt.STOPS_DISAGREE}
            return attrs.evolve(self, doubts=doubts, updated_at=report.time.received)
        ended = _as_active(self).end(report, guessed=guessed)
        return ended.discard(at=report.time.received) if self.discarded else ended

    @property
    def may_go_on(self) -> bool:
        """Whether it ended for silence alone, so that another value says that it runs."""
        return self.estimated and self.stop_reason == STALLED and not self.discarded

    def reopened(self) -> ActiveSession:
        """Run on; what its estimated end raised falls away."""
        return _as_active(self)

    def accept(self, *, at: Instant) -> EndedSession:
        """Take it as it is: somebody has looked at every doubt."""
        return attrs.evolve(self, accepted=self.doubts, updated_at=at)

    def discard(self, *, at: Instant) -> EndedSession:
        """Set it aside for good."""
        return attrs.evolve(self, accepted=self.doubts, discarded=True, updated_at=at)


Session: TypeAlias = ActiveSession | EndedSession


def begin(
    report: ReportStart, grant: Authorization, *, id: SessionId, tenant: TenantId, transaction_id: int,
    identity: str, tariff: TariffVersionId | None, again: bool = False,
) -> ActiveSession:  # fmt: skip
    """Begin the session that a station reports, whether or not its tag is welcome.

    `again` marks a start that repeats one whose session has ended, from a station without a clock.
    """
    doubts = _time_doubts(report.time)
    if again:
        doubts |= {Doubt.STARTED_AGAIN_AFTER_STOP}
    if report.meter is None:
        doubts |= {Doubt.METER_START_MISSING}
    return ActiveSession(
        id=id,
        tenant=tenant,
        station=report.station,
        connector=report.connector,
        transaction_id=transaction_id,
        start_identity=identity,
        id_tag=report.id_tag,
        authorization=grant.status,
        token=grant.token,
        token_tenant=grant.token_tenant,
        customer=grant.customer,
        contract=grant.contract,
        grant=grant.grant,
        tariff=tariff,
        started_at=report.time.at,
        started_reported=report.time.reported,
        started_received=report.time.received,
        started_corrected=report.time.corrected,
        meter_start=report.meter,
        meter_last=report.meter,
        meter_last_at=report.time.at,
        updated_at=report.time.received,
        doubts=doubts,
    )


def one_sided(
    report: ReportStop, presented: Authorization, *, id: SessionId, tenant: TenantId, transaction_id: int,
    identity: str,
) -> EndedSession:  # fmt: skip
    """Make the session of a stop that no start was reported for: for review, of unknown energy.

    Whose the tag is that was `presented` is kept, since it says who may read it; it has not charged by it.
    """
    return EndedSession(
        id=id,
        tenant=tenant,
        station=report.station,
        connector=0,
        transaction_id=transaction_id,
        start_identity=identity,
        id_tag=report.id_tag or IdTag(""),
        authorization=AuthorizationStatus.INVALID,
        token_tenant=presented.token_tenant if presented.grant is not None else None,
        grant=presented.grant,
        started_at=report.time.at,
        started_reported=None,
        started_received=report.time.received,
        started_corrected=report.time.corrected,
        meter_start=None,
        meter_last=None,
        meter_last_at=None,
        ended_at=report.time.at,
        ended_reported=report.time.reported,
        ended_received=report.time.received,
        ended_corrected=report.time.corrected,
        meter_stop=report.meter,
        stop_reason=report.reason or "Local",
        stop_identity=stop_identity(report),
        updated_at=report.time.received,
        doubts=_time_doubts(report.time) | {Doubt.START_MISSING},
    )


def _time_doubts(time: StationTime) -> frozenset[Doubt]:
    if not time.trusted:
        return frozenset({Doubt.CLOCK_NOT_TRUSTED})
    doubts = set() if time.zoned else {Doubt.CLOCK_WITHOUT_ZONE}
    if time.drifted:
        doubts.add(Doubt.CLOCK_DRIFTED)
    return frozenset(doubts)


_NAMES = tuple(field.name for field in attrs.fields(_Begun))
_values = attrgetter(*_NAMES)


def _begun(session: Session) -> dict[str, Any]:
    return dict(zip(_NAMES, _values(session), strict=True))


# What an estimated end may have raised; the real one judges anew.
_OF_AN_END = frozenset({Doubt.STOP_ESTIMATED, Doubt.ENDED_BEFORE_IT_STARTED, Doubt.ENERGY_IMPLAUSIBLE})


def _as_active(session: EndedSession) -> ActiveSession:
    judged_anew = {"doubts": session.doubts - _OF_AN_END, "accepted": frozenset()}
    return ActiveSession(**{**_begun(session), **judged_anew})
