"""Who may charge, at the moment in question."""

from emobility_core.charging import AuthorizationStatus, authorize
from emobility_core.customers import IdTag
from emobility_core.instants import Period
from emobility_core.testing.builders import later, make_contract, make_customer, make_token
from emobility_core.testing.clock import NOON


def test_an_unknown_tag_is_invalid() -> None:
    grant = authorize(None, at=NOON)
    assert (grant.status, grant.is_accepted) == (AuthorizationStatus.INVALID, False)


def test_a_good_token_is_accepted_on_its_account() -> None:
    token = make_token(
        customer=make_customer().id,
        contract=make_contract().id,
        parent=IdTag("FLEET"),
        validity=Period(until=later(days=1)),
    )
    grant = authorize(token, at=NOON)
    assert grant.is_accepted
    assert (grant.token, grant.token_tenant) == (token.id, token.tenant)
    assert (grant.customer, grant.contract) == (token.customer, token.contract)
    assert (grant.parent, grant.until) == (IdTag("FLEET"), later(days=1))


def test_a_card_blocked_since_then_was_good_then() -> None:
    token = make_token(blocked=True, blocked_since=NOON)
    assert authorize(token, at=later(hours=-1)).is_accepted
    assert authorize(token, at=NOON).status is AuthorizationStatus.BLOCKED


def test_outside_its_validity_a_token_has_expired() -> None:
    token = make_token(validity=Period(since=NOON, until=later(days=1)))
    assert authorize(token, at=later(seconds=-1)).status is AuthorizationStatus.EXPIRED
    assert authorize(token, at=NOON).is_accepted
    assert authorize(token, at=later(days=1)).status is AuthorizationStatus.EXPIRED


def test_blocked_says_more_than_expired() -> None:
    token = make_token(blocked=True, validity=Period(until=NOON))
    assert authorize(token, at=NOON).status is AuthorizationStatus.BLOCKED
