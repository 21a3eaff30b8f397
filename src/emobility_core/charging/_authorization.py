"""The decision who may charge."""

from __future__ import annotations

from enum import Enum

import attrs

from emobility_core.customers import IdTag, Token
from emobility_core.ids import ContractId, CustomerId, TenantId, TokenId
from emobility_core.instants import Instant


class AuthorizationStatus(Enum):
    """The answers that OCPP 1.6, 7.2 knows."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"


@attrs.frozen(kw_only=True)
class Authorization:
    """The answer to a presented tag, and on whose account it would charge."""

    status: AuthorizationStatus
    token: TokenId | None = None
    token_tenant: TenantId | None = None
    customer: CustomerId | None = None
    contract: ContractId | None = None
    parent: IdTag | None = None
    until: Instant | None = None

    @property
    def is_accepted(self) -> bool:
        return self.status is AuthorizationStatus.ACCEPTED


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


def _status(token: Token, at: Instant) -> AuthorizationStatus:
    if token.is_blocked(at):
        return AuthorizationStatus.BLOCKED
    if at in token.validity:
        return AuthorizationStatus.ACCEPTED
    return AuthorizationStatus.EXPIRED
