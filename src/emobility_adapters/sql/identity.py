"""Kinds of records of users; marks of what counts once only, over one connection, within one scope."""

from __future__ import annotations

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.records import Kind, within
from emobility_core.identity import Credentials, SignIn, SpentAlready, UnknownSignIn, UnknownUser, User
from emobility_core.ids import TenantId
from emobility_core.instants import Instant
from emobility_core.work import Scope

_spent = tables.spent
USER = Kind(table=tables.user_account, record=User, unknown=UnknownUser)
CREDENTIALS = Kind(table=tables.credentials, record=Credentials, unknown=UnknownUser)
SIGN_IN = Kind(table=tables.sign_in, record=SignIn, unknown=UnknownSignIn)


@attrs.frozen
class SqlSpent:
    """Implements the core's `Spent`."""

    connection: AsyncConnection
    scope: Scope

    async def spend(self, mark: str, *, tenant: TenantId, until: Instant) -> None:
        try:
            await self.connection.execute(
                _spent.insert().values({"mark": mark, "tenant": tenant, "until": until})
            )
        except sa.exc.IntegrityError as error:
            raise SpentAlready() from error

    async def forget(self, before: Instant, *, limit: int) -> int:
        old = sa.select(_spent.c.mark).where(_spent.c.until < before, within(_spent, self.scope)).limit(limit)
        found = (await self.connection.execute(old)).scalars().all()
        if found:
            await self.connection.execute(_spent.delete().where(_spent.c.mark.in_(found)))
        return len(found)
