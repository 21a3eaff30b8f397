"""After an erasure a dump of all tables names the person nowhere, and others stay, on both databases."""

from __future__ import annotations

from uuid import UUID

import attrs

from emobility_core.charging import EndedSession
from emobility_core.customers import Customer, IdTag, Token
from emobility_core.ids import GrantId, shown
from emobility_core.privacy import Whose, erase_person
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import (
    later,
    make_credentials,
    make_ended,
    make_resolution,
    make_user,
)
from emobility_core.testing.builders.basis import ids
from emobility_core.testing.clock import NOON
from emobility_core.work import Deed
from tests.adapters.sql.persons import EMAIL, NAME, TAG, Rows, Stored, named_in


async def test_no_table_names_the_person(stored: Stored) -> None:
    before = (await stored.dump()).lower()
    for text in (NAME, EMAIL, TAG, "ZQ-4711"):
        assert text.lower() in before
    erasure = await stored.erased()
    after = (await stored.dump()).lower()
    for text in (NAME, EMAIL, TAG, "ZQ-4711"):
        assert text.lower() not in after
    assert erasure.replaced.items() >= {
        ("customer", 1), ("contract", 1), ("token", 1), ("charging_session", 1), ("resolution", 1),
        ("command", 1), ("event", 1), ("idempotency_key", 1),
    }  # fmt: skip
    assert [one.count for one in erasure.kept] == [1]


async def test_a_preview_counts_what_the_erasure_then_does_and_writes_nothing(stored: Stored) -> None:
    before = await stored.dump()
    preview, data = await stored.preview(), await stored.told()
    assert await stored.dump() == before
    assert data.keys() >= {"customer", "contract", "token", "charging_session", "resolution", "event"}
    assert "charging_session_under_grant" not in data
    done = await stored.erased()
    assert (preview.replaced, preview.audit_entries, preview.kept) == (
        done.replaced,
        done.audit_entries,
        done.kept,
    )


async def test_whoever_is_called_the_same_in_a_sister_company_is_neither_told_nor_changed(
    stored: Stored,
) -> None:
    alone, preview = await stored.told(), await stored.preview()
    customer, token = await named_in(stored.sister, stored.transactions, told=stored.sister)
    await let_in(stored, customer, token)
    before = await stored.rows_of(stored.sister)
    assert len([line for line in before if TAG.lower() in line.lower()]) >= 6
    # What names nothing but the tag may be about the card of the other company that was let in.
    assert await stored.told() == without_what_names_the_tag_alone(alone)
    assert (await stored.preview()).replaced == preview.replaced
    done = await stored.erased()
    assert (done.replaced, done.audit_entries) == (preview.replaced, preview.audit_entries)
    assert await stored.rows_of(stored.sister) == before


async def test_of_sessions_at_the_stations_of_others_the_facts_are_told_and_the_tag_is_replaced(
    stored: Stored,
) -> None:
    session = await under_grant(stored)
    told = await stored.told()
    (row,) = told["charging_session_under_grant"]
    assert row["id"] == str(session.id)
    assert (row["id_tag"], row["meter_stop"]) == (TAG, 13_345_000)
    assert row.keys() == {
        "id", "tenant", "station", "connector", "state", "id_tag", "token", "customer", "contract", "grant",
        "started_at", "ended_at", "meter_start", "meter_stop", "stop_reason",
    }  # fmt: skip
    assert all(row["id"] != str(session.id) for row in told["charging_session"])
    assert "noted by the host" not in str(told)
    before = await stored.rows_of(stored.host)
    done = await stored.erased()
    assert (done.replaced["charging_session"], [one.count for one in done.kept]) == (2, [2])
    changed = set(await stored.rows_of(stored.host)) ^ set(before)
    assert {line.partition(":")[0] for line in changed} == {"charging_session"}
    async with stored.transactions.reading(scope_of(stored.host, "client:cli_1")) as work:
        after = await work.sessions.get(session.id)
    async with stored.transactions.reading(stored.scope) as work:
        token = await work.tokens.get(stored.token.id)
    assert attrs.evolve(after, id_tag=session.id_tag) == session
    assert after.id_tag == token.id_tag != session.id_tag


def without_what_names_the_tag_alone(told: Rows) -> Rows:
    (command,) = told["command"]
    of_it = shown("cmd", UUID(str(command["id"])))
    details = [one for one in told["audit_detail"] if one["subject"] != of_it]
    assert len(details) == len(told["audit_detail"]) - 1
    kept = {name: rows for name, rows in told.items() if name not in ("command", "idempotency_key")}
    return kept | {"audit_detail": details}


async def let_in(stored: Stored, customer: Customer, token: Token) -> None:
    """A card of another company charges at a station of the site, under a grant."""
    session = make_ended(
        tenant=stored.site.id,
        id_tag=token.id_tag,
        token=token.id,
        token_tenant=token.tenant,
        customer=customer.id,
        grant=GrantId(ids.uuid7(NOON)),
    )
    # As the hot path stores it, of which nothing stands in the audit log.
    async with attrs.evolve(stored.transactions, auditor=None)(scope_of(stored.site, "client:cli_1")) as work:
        await work.sessions.add(session)


async def under_grant(stored: Stored) -> EndedSession:
    """The person has charged at a host's station, who has written the tag down elsewhere too."""
    session = make_ended(
        tenant=stored.host.id,
        id_tag=IdTag(TAG),
        token=stored.token.id,
        token_tenant=stored.home.id,
        customer=stored.customer.id,
        grant=GrantId(ids.uuid7(NOON)),
    )
    note = make_resolution(
        tenant=stored.host.id, session=session.id, reason=f"noted by the host of {TAG}, {NAME}"
    )
    async with stored.transactions(scope_of(stored.host, "client:cli_1", Deed(operation="test"))) as work:
        await work.sessions.add(session)
        await work.resolutions.add(note)
    return session


async def test_a_user_is_forgotten_with_all_that_lets_them_in(stored: Stored) -> None:
    user = make_user(tenant=stored.home.id, email=EMAIL, name=NAME)
    secret = make_credentials(id=user.id, tenant=stored.home.id, password_hash="argon2-of-hers")
    async with stored.transactions(stored.scope) as work:
        await work.users.add(user)
        await work.credentials.add(secret)
        await work.resolutions.add(make_resolution(tenant=stored.site.id, reason=f"{EMAIL} said so"))
    async with stored.transactions(stored.everywhere) as work:
        erasure = await erase_person(Whose(user=user.id), work=work, scope=stored.scope, at=later(), ids=ids)
    assert (erasure.user, erasure.customer) == (user.id, None)
    assert erasure.replaced["user_account"] == 1
    async with stored.transactions.reading(stored.scope) as work:
        gone = await work.users.get(user.id)
        known = await work.credentials.get(user.id)
        # Whoever is a customer as well is erased as such, and for the law apart.
        assert (await work.customers.get(stored.customer.id)).email == EMAIL
    assert (gone.enabled, gone.email.endswith("@erased.invalid")) == (False, True)
    assert known.password_hash is None
    dump = await stored.dump()
    assert "argon2-of-hers" not in dump
    assert f"{EMAIL} said so" not in dump
