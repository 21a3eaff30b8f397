"""What counts once counts once, also for two who show it at the same time: on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from emobility_adapters.passwords import ArgonPasswords
from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.work import SqlTransactions
from emobility_adapters.webhooks import SealedSecrets
from emobility_app.digests import keyed_digest
from emobility_core.identity import (
    STEP_S,
    CredentialOver,
    CredentialReused,
    Credentials,
    IdentityTools,
    PasswordLinkRefused,
    User,
    begin_sign_in,
    check_password,
    check_second_factor,
    code_of,
    confirm_second_factor,
    redeem_code,
    refresh_sign_in,
    set_password,
)
from emobility_core.ids import SignInId
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import later, make_client, make_credentials, make_tenant, make_user
from emobility_core.testing.clock import FrozenClock, SeededIds

AT_ONCE = 4
PASSWORD = "a quiet harbour wall"
SECRET = b"12345678901234567890"


@attrs.frozen
class World:
    """A user with a link for a password, and a second factor that waits to be confirmed."""

    tools: IdentityTools
    user: User

    async def sign_in(self) -> SignInId:
        """A sign-in whose code is `code`."""
        id = SignInId(self.tools.ids.uuid7(self.tools.clock.now()))
        await begin_sign_in(
            id,
            self.user,
            make_client(tenant=self.user.tenant),
            scopes=("sites:read",),
            redirect_uri="https://app.example/back",
            code_challenge="c",
            code_digest="code",
            proven_at=self.tools.clock.now(),
            tools=self.tools,
        )
        return id

    async def is_live(self, id: SignInId) -> bool:
        async with self.tools.reading(self.tools.everything) as work:
            return (await work.sign_ins.get(id)).ended_at is None

    async def set_password(self) -> User:
        return await set_password(self.user.id, "link", PASSWORD, common=frozenset(), tools=self.tools)


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    database, tenant, clock = open_database(database_url), make_tenant(), FrozenClock()
    transactions: Any = SqlTransactions(database)
    sealing = SealedSecrets(b"s" * 32)
    tools = IdentityTools(
        transactions=transactions,
        reading=transactions.reading,
        everything=scope_of(tenant, "tests"),
        passwords=ArgonPasswords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
        sealing=sealing,
        digest=keyed_digest("00" * 32),
        clock=clock,
        ids=SeededIds(),
    )
    user = make_user(tenant=tenant.id)
    known: Credentials = make_credentials(id=user.id, tenant=tenant.id, totp_secret=sealing.seal(SECRET))
    until = later(days=3)
    async with transactions(tools.everything) as work:
        await work.tenants.add(tenant)
        await work.users.add(user)
        await work.credentials.add(attrs.evolve(known, link_digest="link", link_until=until))
    yield World(tools, user)
    await database.dispose()


async def _won(attempts: list[Awaitable[Any]], lost: type[Exception]) -> int:
    """How many got through; the others were refused by this name."""
    answers = await asyncio.gather(*attempts, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert [type(one) for one in refused] == [lost] * len(refused)
    return len(answers) - len(refused)


async def test_a_code_that_is_shown_twice_at_once_is_redeemed_once_and_ends_the_sign_in(world: World) -> None:
    id = await world.sign_in()
    tries = [redeem_code(id, "code", f"refresh {one}", tools=world.tools) for one in range(AT_ONCE)]
    assert await _won(list(tries), CredentialReused) == 1
    assert not await world.is_live(id)


async def test_a_refresh_token_that_is_shown_twice_at_once_turns_over_once_and_ends_the_sign_in(
    world: World,
) -> None:
    id = await world.sign_in()
    await redeem_code(id, "code", "first", tools=world.tools)
    tries = [refresh_sign_in(id, "first", f"next {one}", tools=world.tools) for one in range(AT_ONCE)]
    assert await _won(list(tries), CredentialReused) == 1
    assert not await world.is_live(id)


async def test_a_link_that_is_used_twice_at_once_sets_one_password(world: World) -> None:
    assert await _won([world.set_password() for _ in range(AT_ONCE)], PasswordLinkRefused) == 1


async def test_a_code_of_the_app_that_is_shown_twice_at_once_counts_once(world: World) -> None:
    step = int(world.tools.clock.now().timestamp()) // STEP_S
    code, proven = code_of(SECRET, step - 1), world.tools.clock.now()
    await confirm_second_factor(world.user.id, code, ["r"], proven_at=proven, tools=world.tools)
    for code in (code_of(SECRET, step), "r"):
        tries = [check_second_factor(world.user.id, code, tools=world.tools) for _ in range(AT_ONCE)]
        assert sorted(await asyncio.gather(*tries)) == [False] * (AT_ONCE - 1) + [True]


async def test_no_sign_in_of_before_is_left_beside_a_new_password(world: World) -> None:
    before = world.tools.clock.now()
    begun = await world.sign_in()
    clock = world.tools.clock
    assert isinstance(clock, FrozenClock)
    clock.advance(timedelta(seconds=1))
    late = World(attrs.evolve(world.tools, clock=FrozenClock(before)), world.user)
    answers = await asyncio.gather(world.set_password(), late.sign_in(), return_exceptions=True)
    assert not await world.is_live(begun)
    # Whichever came first: it was ended, or refused.
    if isinstance(answers[1], BaseException):
        assert isinstance(answers[1], CredentialOver)
    else:
        assert not await world.is_live(answers[1])
    with pytest.raises(CredentialOver):
        await late.sign_in()


async def test_failures_at_the_same_time_lock_however_many_they_are(world: World) -> None:
    await world.set_password()
    user = world.user
    wrong = [
        check_password(user.email, "wrong", tenant=user.tenant, tools=world.tools) for _ in range(2 * AT_ONCE)
    ]
    assert set(await asyncio.gather(*wrong)) == {None}
    assert await check_password(user.email, PASSWORD, tenant=user.tenant, tools=world.tools) is None


async def test_as_much_is_asked_and_written_for_whoever_is_not_known(world: World) -> None:
    await world.set_password()
    transactions = world.tools.transactions
    assert isinstance(transactions, SqlTransactions)
    stated: list[str] = []
    engines = [one.sync_engine for one in (transactions.database.reader, transactions.database.writer)]
    for engine in set(engines):
        sa.event.listen(engine, "before_cursor_execute", lambda *one: stated.append(one[2]))

    async def tried(email: str) -> list[str]:
        stated.clear()
        tenant = world.user.tenant
        assert await check_password(email, "wrong", tenant=tenant, tools=world.tools) is None
        return list(stated)

    for _ in range(7):
        known, unknown = await tried(world.user.email), await tried("nobody@stadtwerk.example")
        assert known == unknown
        assert any(one.startswith("INSERT INTO sign_in_failure") for one in known)
