"""Who charges, and by what they are known."""

from __future__ import annotations

from typing import Any

from emobility_core.customers import Contract, Customer, IdTag, Token, UserGroup
from emobility_core.ids import ContractId, CustomerId, TokenId, UserGroupId
from emobility_core.testing.builders.basis import ids, stored
from emobility_core.testing.clock import NOON


def make_user_group(**changes: Any) -> UserGroup:
    return UserGroup(**stored({"id": UserGroupId(ids.uuid7(NOON)), "name": "Employees", **changes}))


def make_customer(**changes: Any) -> Customer:
    return Customer(**stored({"id": CustomerId(ids.uuid7(NOON)), "name": "Erika Mustermann", **changes}))


def make_contract(**changes: Any) -> Contract:
    id = ContractId(ids.uuid7(NOON))
    fields = {"id": id, "number": f"V-{id.hex[-8:]}", "customer": CustomerId(ids.uuid7(NOON))}
    return Contract(**stored({**fields, **changes}))


def make_token(**changes: Any) -> Token:
    id = TokenId(ids.uuid7(NOON))
    return Token(**stored({"id": id, "id_tag": IdTag(f"04{id.hex[-12:]}"), **changes}))
