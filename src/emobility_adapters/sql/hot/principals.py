"""Who may call, from memory: read through, forgotten when an event says so."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.hot.remembered import Remembered
from emobility_core.identity import ApiClient, SignIn, TrustedIssuer, User
from emobility_core.ids import ClientId, SignInId, TrustedIssuerId, UserId
from emobility_core.work import Event

# Opens a connection that sees all tenants.
Connect = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


class SqlPrincipals:
    """Implements the core's `Principals`. Whoever follows the feed calls `heed`."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._clients = Remembered[ClientId, ApiClient](self._loader(tables.api_client, ApiClient))
        self._users = Remembered[UserId, User](self._loader(tables.user_account, User))
        self._sign_ins = Remembered[SignInId, SignIn](self._loader(tables.sign_in, SignIn))
        trusts = self._loader(tables.trusted_issuer, TrustedIssuer)
        self._trusts = Remembered[TrustedIssuerId, TrustedIssuer](trusts)

    async def client(self, id: ClientId) -> ApiClient | None:
        return await self._clients.get(id)

    async def user(self, id: UserId) -> User | None:
        return await self._users.get(id)

    async def sign_in(self, id: SignInId) -> SignIn | None:
        return await self._sign_ins.get(id)

    async def trusted_issuer(self, id: TrustedIssuerId) -> TrustedIssuer | None:
        return await self._trusts.get(id)

    def heed(self, event: Event) -> None:
        """Forget what an event says has changed."""
        kind, _, what = event.type.partition(".")
        if kind == "api_client":
            self._clients.forget()
        if kind == "user":
            self._users.forget()
        if kind == "sign_in" and what == "ended":
            self._sign_ins.forget()
        if kind == "trusted_issuer":
            self._trusts.forget()

    def _loader(self, table: sa.Table, kind: type[Any]) -> Callable[[UUID], Any]:
        async def load(id: UUID) -> Any:
            async with self._connect() as connection:
                found = await connection.execute(sa.select(table).where(table.c.id == id))
                row = found.mappings().one_or_none()
            return None if row is None else rows.structure(row, kind)

        return load
