"""Customers, the groups they are priced by, and their contracts."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

import attrs

from emobility_core.errors import NotFound
from emobility_core.ids import ContractId, CustomerId, UserGroupId
from emobility_core.instants import Instant, Period
from emobility_core.work import Record


@attrs.frozen
class UnknownCustomer(NotFound):
    """There is no such customer within the caller's scope.

    Remedy: list the customers and use one of their ids.
    """

    code = "unknown-customer"
    customer: UUID


@attrs.frozen
class UnknownUserGroup(NotFound):
    """There is no such user group within the caller's scope.

    Remedy: list the user groups and use one of their ids.
    """

    code = "unknown-user-group"
    user_group: UUID


@attrs.frozen
class UnknownContract(NotFound):
    """There is no such contract within the caller's scope.

    Remedy: list the contracts and use one of their ids.
    """

    code = "unknown-contract"
    contract: UUID


class CustomerKind(Enum):
    """Persons see gross prices; companies settle net."""

    PERSON = "person"
    COMPANY = "company"


@attrs.frozen(kw_only=True)
class UserGroup(Record):
    """Customers who are priced and admitted alike; `cost_centre` is of those who have none of their own."""

    id: UserGroupId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    cost_centre: str = attrs.field(default="", validator=attrs.validators.max_len(50))


@attrs.frozen(kw_only=True)
class Customer(Record):
    """Somebody who charges, or pays for those who do."""

    id: CustomerId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    kind: CustomerKind = CustomerKind.PERSON
    email: str | None = None
    language: str = "de"
    user_groups: tuple[UserGroupId, ...] = ()
    cost_centre: str = attrs.field(default="", validator=attrs.validators.max_len(50))


@attrs.frozen(kw_only=True)
class Contract(Record):
    """The agreement under which a customer charges; it counts within `validity`."""

    id: ContractId
    number: str = attrs.field(validator=attrs.validators.min_len(1))
    customer: CustomerId
    user_group: UserGroupId | None = None
    validity: Period = attrs.field(factory=Period)


def user_groups_at(
    customer: Customer | None, contract: Contract | None, at: Instant
) -> tuple[UserGroupId, ...]:
    """The groups of somebody at a time: the customer's, and that of a contract that counts then."""
    groups = () if customer is None else customer.user_groups
    if contract is None or contract.user_group is None or at not in contract.validity:
        return groups
    return (*groups, contract.user_group)
