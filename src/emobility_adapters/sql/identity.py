"""Kinds of records of users, failures to sign in, marks of what counts once only, over one connection,
within one scope."""

from __future__ import annotations

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.network import insert_into
from emobility_adapters.sql.records import Kind, SqlRecords
from emobility_adapters.sql.scoping import within
from emobility_core.identity import (
    Credentials,
    Failures,
    SignIn,
    SpentAlready,
    TrustedIssuer,
    UnknownSignIn,
    UnknownUser,
    User,
)
from emobility_core.ids import TenantId
from emobility_core.instants import Instant
from emobility_core.work import Scope

_spent, _failure = tables.spent, tables.sign_in_failure
USER = Kind(table=tables.user_account, record=User, unknown=UnknownUser)
CREDENTIALS = Kind(table=tables.credentials, record=Credentials, unknown=UnknownUser)
SIGN_IN = Kind(table=tables.sign_in, record=SignIn, unknown=UnknownSignIn)


# Whoever writes a trust takes this lock: no two become one between a look at all of them and the writing.
_TRUSTS = 0x656D6F62_74727573


class SqlTrustedIssuers(SqlRecords[TrustedIssuer]):
    """Implements the core's `TrustedIssuers`."""

    async def hold(self) -> None:
        # On SQLite a unit that may write is alone from its beginning.
        if self.connection.dialect.name != "sqlite":
            await self.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TRUSTS)))


class SqlSignIns(SqlRecords[SignIn]):
    """Implements the core's `SignIns`."""

    async def forget(self, before: Instant, *, limit: int) -> int:
        table = self.kind.table
        old = sa.select(table.c.id).where(table.c.kept_until < before, within(table, self.scope)).limit(limit)
        found = (await self.connection.execute(old)).scalars().all()
        if found:
            await self.connection.execute(table.delete().where(table.c.id.in_(found)))
        return len(found)


@attrs.frozen
class SqlSignInFailures:
    """Implements the core's `SignInFailures`."""

    connection: AsyncConnection
    scope: Scope

    async def hold(self, mark: str, *, tenant: TenantId, at: Instant) -> Failures:
        new = rows.unstructure(Failures(mark=mark, tenant=tenant, failed_at=at))
        insert = insert_into(self.connection, _failure).values(new)
        # In one statement: between two the row could be dropped. To write what is there holds it.
        held = insert.on_conflict_do_update(
            index_elements=["tenant", "mark"], set_={"count": _failure.c.count}
        ).returning(_failure)
        return rows.structure((await self.connection.execute(held)).mappings().one(), Failures)

    async def put(self, failures: Failures) -> None:
        changed = _failure.update().where(*_named(failures.tenant, failures.mark))
        await self.connection.execute(changed, rows.unstructure(failures))

    async def drop(self, failures: Failures) -> None:
        await self.connection.execute(_failure.delete().where(*_named(failures.tenant, failures.mark)))

    async def forget(self, before: Instant, *, limit: int) -> int:
        old = sa.select(_failure.c.tenant, _failure.c.mark).where(_failure.c.failed_at < before)
        found = (await self.connection.execute(old.where(within(_failure, self.scope)).limit(limit))).all()
        for row in found:
            await self.connection.execute(_failure.delete().where(*_named(row.tenant, row.mark)))
        return len(found)


def _named(tenant: TenantId, mark: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return _failure.c.tenant == tenant, _failure.c.mark == mark


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
