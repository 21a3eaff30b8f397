"""Customers, user groups, contracts and tokens over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from emobility_app.http.endpoint import Call
from emobility_app.http.records import Resource
from emobility_app.wire import Flaw, MalformedBody
from emobility_core.customers import Contract, Customer, CustomerKind, IdTag, Token, UserGroup
from emobility_core.ids import ContractId, CustomerId, UserGroupId

USER_GROUPS = Resource(
    path="user-groups", name="user_group", prefix="ugr", kind=UserGroup, port="user_groups"
)
CUSTOMERS = Resource(
    path="customers",
    name="customer",
    prefix="cus",
    kind=Customer,
    port="customers",
    references={"user_groups": "user_groups"},
    filters={"kind": CustomerKind, "name": str, "user_groups": UserGroupId},
    put=True,
)
CONTRACTS = Resource(
    path="contracts",
    name="contract",
    prefix="ctr",
    kind=Contract,
    port="contracts",
    references={"customer": "customers", "user_group": "user_groups"},
    once=frozenset({"customer"}),
    filters={"customer": CustomerId, "number": str},
    match_required=True,
    put=True,
)


def _date_block(token: Token, before: Token | None, _: Mapping[str, Any], call: Call) -> Token:
    """A block counts from now on: what was charged before stays charged."""
    if not token.blocked:
        return attrs.evolve(token, blocked_since=None)
    if before is not None and before.blocked:
        return token
    return attrs.evolve(token, blocked_since=call.clock.now())


async def _agree(token: Token, work: Any) -> Token:
    """A contract says whose it is: the token's customer is the contract's."""
    if token.contract is None:
        return token
    contract: Contract = await work.contracts.get(token.contract)
    if token.customer not in (None, contract.customer):
        raise MalformedBody((Flaw("/contract", "contract-of-another", "is another customer's"),))
    return attrs.evolve(token, customer=contract.customer)


def _event_type(before: Token | None, token: Token) -> str:
    if before is None:
        return "token.created"
    return "token.blocked" if token.blocked and not before.blocked else "token.changed"


TOKENS = Resource(
    path="tokens",
    name="token",
    prefix="tok",
    kind=Token,
    port="tokens",
    references={"customer": "customers", "contract": "contracts"},
    read_only=frozenset({"blocked_since"}),
    filters={"customer": CustomerId, "contract": ContractId, "blocked": bool, "id_tag": IdTag},
    apply=_date_block,
    check=_agree,
    event_type=_event_type,
    put=True,
)
