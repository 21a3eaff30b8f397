"""The decision who may charge."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

import attrs

from emobility_core.charging._reports import ReportStart
from emobility_core.customers import IdTag, Token
from emobility_core.ids import ContractId, CustomerId, GrantId, SessionId, StationId, TenantId, TokenId
from emobility_core.instants import Instant


class AuthorizationStatus(Enum):
    """The answers that OCPP 1.6, 7.2 knows."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    CONCURRENT = "ConcurrentTx"

    @property
    def is_on_account(self) -> bool:
        """Whether what is charged is the token's own: one session too many still was taken by its holder."""
        return self in (AuthorizationStatus.ACCEPTED, AuthorizationStatus.CONCURRENT)


@attrs.frozen(kw_only=True)
class Authorization:
    """The answer to a presented tag, and on whose account it would charge; `grant` lets in one of another
    company."""

    status: AuthorizationStatus
    token: TokenId | None = None
    token_tenant: TenantId | None = None
    customer: CustomerId | None = None
    contract: ContractId | None = None
    parent: IdTag | None = None
    until: Instant | None = None
    grant: GrantId | None = None

    @property
    def is_accepted(self) -> bool:
        return self.status is AuthorizationStatus.ACCEPTED


@attrs.frozen(kw_only=True)
class RunningSession:
    """A session that runs, wherever it is."""

    session: SessionId
    station: StationId
    connector: int
    started_at: Instant


UNKNOWN = Authorization(status=AuthorizationStatus.INVALID)


def authorize(token: Token | None, *, at: Instant) -> Authorization:
    """Decide for the moment `at`: a card blocked since then was good then."""
    if token is None:
        return UNKNOWN
    return Authorization(
        status=_status(token, at),
        token=token.id,
        token_tenant=token.tenant,
        customer=token.customer,
        contract=token.contract,
        parent=token.parent,
        until=token.validity.until,
    )


@attrs.frozen(kw_only=True)
class Presented:
    """What is known of a presented tag: its token, and, if that is another company's, by which grant it
    counts here, `until` when."""

    token: Token | None = None
    grant: GrantId | None = None
    until: Instant | None = None

    def authorized(self, *, at: Instant) -> Authorization:
        """`authorize`, which a grant lets hold no longer than itself."""
        found = authorize(self.token, at=at)
        if self.grant is None:
            return found
        ends = [end for end in (found.until, self.until) if end is not None]
        return attrs.evolve(found, grant=self.grant, until=min(ends, default=None))


def _status(token: Token, at: Instant) -> AuthorizationStatus:
    if token.is_blocked(at):
        return AuthorizationStatus.BLOCKED
    if at in token.validity:
        return AuthorizationStatus.ACCEPTED
    return AuthorizationStatus.EXPIRED


def refuse_another(
    grant: Authorization, report: ReportStart, running: Iterable[RunningSession]
) -> Authorization:
    """Answer the start of a token that may have but one session (OCPP 1.6, 7.2: ConcurrentTx).

    What runs on the very connector ends with this start or is this start, and what began later does not
    speak against one that was reported late.
    """
    here = (report.station, report.connector)
    elsewhere = (one for one in running if (one.station, one.connector) != here)
    if any(one.started_at <= report.time.at for one in elsewhere):
        return attrs.evolve(grant, status=AuthorizationStatus.CONCURRENT)
    return grant
