"""Customers: persons and companies, user groups, contracts and the tokens that identify them."""

from emobility_core.customers._customer import (
    Contract,
    Customer,
    CustomerKind,
    UnknownContract,
    UnknownCustomer,
    UnknownUserGroup,
    UserGroup,
    user_groups_at,
)
from emobility_core.customers._token import IdTag, MalformedIdTag, Token, UnknownToken

__all__ = [
    "Contract",
    "Customer",
    "CustomerKind",
    "IdTag",
    "MalformedIdTag",
    "Token",
    "UnknownContract",
    "UnknownCustomer",
    "UnknownToken",
    "UnknownUserGroup",
    "UserGroup",
    "user_groups_at",
]
