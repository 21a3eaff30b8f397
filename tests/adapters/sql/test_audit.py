"""The database refuses to change the audit log, and what its owner does all the same is found out."""

from __future__ import annotations

from collections.abc import AsyncIterator

import attrs
import pytest
import sqlalchemy as sa

from emobility_adapters.sql.engine import Database, open_database, owner_engine
from emobility_adapters.sql.feed import SqlFeed
from emobility_adapters.sql.work import SqlTransactions
from emobility_app.chains import check_chain
from emobility_core.audit import ChainBreak, ChainFault
from emobility_core.errors import Unavailable
from emobility_core.ids import shown
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing.builders import make_auditor, make_site, make_tenant
from emobility_core.work import Deed, Scope

DEED = Deed(operation="sites_create")
LENGTH = 5


@attrs.frozen
class Logged:
    url: str
    database: Database
    tenant: Tenant

    def scope(self) -> Scope:
        return scope_of(self.tenant, "client:cli_1", DEED)

    async def broken(self) -> ChainBreak | None:
        """What is wrong with the tenant's chain."""
        whole = SqlTransactions(self.database)
        feed = SqlFeed(self.database, self.scope())
        return (await check_chain(self.scope(), reading=whole.reading, feed=feed)).broken

    async def tamper(self, *statements: str) -> None:
        """What whoever owns the database can do."""
        engine = owner_engine(self.url)
        async with engine.begin() as connection:
            if self.database.is_sqlite:
                names = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                for name in (await connection.execute(names)).scalars().all():
                    await connection.execute(sa.text(f"DROP TRIGGER {name}"))
            for statement in statements:
                await connection.execute(sa.text(statement))
        await engine.dispose()

    def place(self, seq: int) -> str:
        return f"(SELECT entry FROM audit_link WHERE seq = {seq})"


@pytest.fixture
async def logged(database_url: str) -> AsyncIterator[Logged]:
    """A tenant with a chain of five entries."""
    database, tenant = open_database(database_url), make_tenant()
    made = Logged(database_url, database, tenant)
    transactions = SqlTransactions(database, auditor=make_auditor())
    async with SqlTransactions(database)(made.scope()) as work:
        await work.tenants.add(tenant)
    for _ in range(LENGTH):
        async with transactions(made.scope()) as work:
            await work.sites.add(make_site(tenant=tenant.id))
    async with transactions(made.scope()) as work:
        await work.audit_entries.seal(limit=99)
    yield made
    await database.dispose()


async def test_an_untouched_log_holds(logged: Logged) -> None:
    assert await logged.broken() is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET content = '{}'",
        "DELETE FROM audit_entry",
        "UPDATE audit_link SET hash = ''",
        "DELETE FROM audit_link",
        "UPDATE audit_head SET seq = 1",
        "DELETE FROM audit_head",
        "UPDATE audit_detail SET subject = ''",
        "DELETE FROM audit_detail",
    ],
)
async def test_the_server_itself_cannot_change_the_log(logged: Logged, statement: str) -> None:
    with pytest.raises(
        (Unavailable, sa.exc.IntegrityError), match=r"append-only|permission denied|only goes on"
    ):
        async with logged.database.writing(logged.scope()) as connection:
            await connection.execute(sa.text(statement))
    assert await logged.broken() is None


CASES = {
    "changed": (["UPDATE audit_entry SET content = replace(content, 'cli_1', 'cli_2') WHERE id = {3}"],
                3, ChainFault.CHANGED),
    "relabelled": (["UPDATE audit_entry SET operation = 'x' WHERE id = {3}"], 3, ChainFault.CHANGED),
    "removed": (["DELETE FROM audit_entry WHERE id = {3}"], 3, ChainFault.MISSING),
    "removed with its place": (
        ["DELETE FROM audit_entry WHERE id = {3}", "DELETE FROM audit_link WHERE seq = 3"],
        3, ChainFault.GAP),
    "moved up": (
        ["DELETE FROM audit_entry WHERE id = {3}", "DELETE FROM audit_link WHERE seq = 3",
         "UPDATE audit_link SET seq = 3 WHERE seq = 4", "UPDATE audit_link SET seq = 4 WHERE seq = 5"],
        3, ChainFault.REORDERED),
    "exchanged": (
        ["UPDATE audit_link SET seq = 99 WHERE seq = 3", "UPDATE audit_link SET seq = 3 WHERE seq = 4",
         "UPDATE audit_link SET seq = 4 WHERE seq = 99"],
        3, ChainFault.REORDERED),
    "another value": (
        ["""UPDATE audit_detail SET after = '{{"name":"x"}}' WHERE entry = {3}"""],
        3, ChainFault.DETAIL_CHANGED),
    "a value removed": (["DELETE FROM audit_detail WHERE entry = {3}"], 3, ChainFault.DETAIL_MISSING),
    "erased by nobody": (
        ["UPDATE audit_detail SET after = NULL, salt = NULL, erased_by = 'x' WHERE entry = {3}"],
        3, ChainFault.DETAIL_MISSING),
    "put beside the chain": (
        ["DELETE FROM audit_link WHERE seq = 5", "DELETE FROM audit_head",
         "INSERT INTO audit_head SELECT tenant, seq, hash FROM audit_link WHERE seq = 4"],
        LENGTH, ChainFault.UNPLACED),
    "cut off": (
        ["DELETE FROM audit_entry WHERE id IN ({4}, {5})", "DELETE FROM audit_link WHERE seq > 3"],
        4, ChainFault.TRUNCATED),
    "its last place reworded": (
        ["DELETE FROM audit_head",
         "INSERT INTO audit_head SELECT tenant, seq, 'x' FROM audit_link WHERE seq = 5"],
        LENGTH, ChainFault.CHANGED),
    "its end unknown": (["DELETE FROM audit_head"], LENGTH, ChainFault.HEADLESS),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
async def test_what_an_owner_of_the_database_does_is_named_at_its_place(logged: Logged, case: str) -> None:
    statements, seq, fault = CASES[case]
    places = [logged.place(seq) for seq in range(LENGTH + 1)]
    await logged.tamper(*(statement.format(*places) for statement in statements))
    broken = await logged.broken()
    assert broken is not None
    assert (broken.seq, broken.fault) == (seq, fault)


async def test_the_entry_at_the_broken_place_is_named(logged: Logged) -> None:
    async with SqlTransactions(logged.database).reading(logged.scope()) as work:
        chain = await work.audit_entries.chain(logged.tenant.id, after=0, limit=9)
    await logged.tamper(f"DELETE FROM audit_entry WHERE id = {logged.place(4)}")
    assert await logged.broken() == ChainBreak(4, ChainFault.MISSING, shown("aud", chain[3][0].entry))


async def test_what_was_cut_off_the_end_stays_missing_when_the_chain_goes_on(logged: Logged) -> None:
    await logged.tamper(
        f"DELETE FROM audit_entry WHERE id IN ({logged.place(4)}, {logged.place(5)})",
        "DELETE FROM audit_link WHERE seq > 3",
    )
    async with SqlTransactions(logged.database, auditor=make_auditor())(logged.scope()) as work:
        await work.sites.add(make_site(tenant=logged.tenant.id))
    async with SqlTransactions(logged.database)(logged.scope()) as work:
        (link,) = await work.audit_entries.seal(limit=99)
    assert link.seq == LENGTH + 1
    assert await logged.broken() == ChainBreak(4, ChainFault.GAP)
