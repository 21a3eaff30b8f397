"""Telling what is known of a person, and erasing it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import attrs

from emobility_core.audit import Mention
from emobility_core.ids import ErasureId, EventId, Ids, shown
from emobility_core.instants import Instant
from emobility_core.privacy._erasure import Erasure, kept_by_law
from emobility_core.privacy._person import Person, PersonCharging, TagOfSomebodyElse, Whose, pseudonymised
from emobility_core.privacy._ports import PrivacyWork, Sightings
from emobility_core.work import Event, Page, Record, Scope

_MOST = 10_000
_NOTHING_SEEN = Sightings()


async def person_of(whose: Whose, *, work: PrivacyWork) -> Person:
    """Gather by what a person is known; raises `UnknownCustomer`, `UnknownUser`."""
    if whose.user is not None:
        return Person(user=await work.users.get(whose.user))
    assert whose.customer is not None
    customer = await work.customers.get(whose.customer)
    theirs = Page(limit=_MOST, filters={"customer": [customer.id]}, descendants=True)
    return Person(
        customer=customer,
        contracts=tuple(await work.contracts.page(theirs)),
        tokens=tuple(await work.tokens.page(theirs)),
    )


async def preview_erasure(whose: Whose, *, work: PrivacyWork, scope: Scope, at: Instant, ids: Ids) -> Erasure:
    """Tell what an erasure would do, and do nothing; raises as `erase_person` does."""
    person = await person_of(whose, work=work)
    mentions = pseudonymised(person, at=at, ids=ids).mentions
    erasure = await _allowed(person, mentions, work=work, scope=scope, at=at, ids=ids)
    replaced = {**_own(person), **await work.personal_data.counts(person, mentions, scope)}
    entries = await work.audit_entries.about(person.subjects, mentions, scope)
    return attrs.evolve(erasure, replaced=replaced, audit_entries=len(entries))


async def erase_person(
    whose: Whose,
    *,
    work: PrivacyWork,
    scope: Scope,
    at: Instant,
    ids: Ids,
    files: int = 0,
    seen: Sightings = _NOTHING_SEEN,
) -> Erasure:
    """Replace what names a person by pseudonyms, for good; what they have charged stays.

    `scope` is the caller's, in which texts are looked for; `work` sees beyond it, where the person may have
    charged. `files` of imports and exports are removed besides. What was `seen` of the person before the unit
    was begun is not looked for again. Raises `UnknownCustomer`, `UnknownUser`, `PersonCharging`,
    `TagOfSomebodyElse`.
    """
    person = await person_of(whose, work=work)
    erased = pseudonymised(person, at=at, ids=ids)
    erasure = await _allowed(person, erased.mentions, work=work, scope=scope, at=at, ids=ids)
    elsewhere = await work.personal_data.replace(person, erased.mentions, scope, seen)
    replaced = {**_own(person), **elsewhere}
    await _store(erased.person, work=work, ids=ids)
    by = shown("ers", erasure.id)
    entries = await work.audit_entries.erase(person.subjects, erased.mentions, scope, by=by)
    erasure = attrs.evolve(erasure, replaced=replaced, audit_entries=len(entries), files=files)
    await work.erasures.add(erasure)
    return erasure


def _own(person: Person) -> dict[str, int]:
    """The records of the person themselves, by their tables."""
    own = {
        "customer": int(person.customer is not None),
        "user_account": int(person.user is not None),
        "contract": len(person.contracts),
        "token": len(person.tokens),
    }
    return {table: count for table, count in own.items() if count}


async def _allowed(
    person: Person, mentions: Sequence[Mention], *, work: PrivacyWork, scope: Scope, at: Instant, ids: Ids
) -> Erasure:
    """The erasure of the person with what is kept, if they may be erased now."""
    held = await work.personal_data.held(person, mentions, scope)
    if held.running is not None:
        raise PersonCharging(held.running)
    other = await work.personal_data.token_of_another(person, scope)
    if other is not None:
        raise TagOfSomebodyElse(other)
    return Erasure(
        id=ErasureId(ids.uuid7(at)),
        tenant=person.tenant,
        created_at=at,
        updated_at=at,
        customer=person.whose.customer,
        user=person.whose.user,
        kept=kept_by_law(sessions=held.count, newest=held.newest, books=held.books, at=at),
    )


async def _store(now: Person, *, work: PrivacyWork, ids: Ids) -> None:
    """Store the person's own records, and tell those who know them."""
    if now.user is not None:
        user = await work.users.replace(now.user)
        work.outbox.publish(_changed("user", "usr", user, "changed", ids))
        known = await work.credentials.get_for_change(user.id)
        await work.credentials.replace(known.forgotten(user.updated_at))
    if now.customer is None:
        return
    customer = await work.customers.replace(now.customer)
    contracts = [await work.contracts.replace(one) for one in now.contracts]
    tokens = [await work.tokens.replace(one) for one in now.tokens]
    work.outbox.publish(
        _changed("customer", "cus", customer, "changed", ids),
        *(_changed("contract", "ctr", one, "changed", ids) for one in contracts),
        *(_changed("token", "tok", one, "blocked", ids) for one in tokens),
    )


def _changed(name: str, prefix: str, record: Record, verb: str, ids: Ids) -> Event:
    id: UUID = record.id
    return Event(
        id=EventId(ids.uuid7(record.updated_at)),
        tenant=record.tenant,
        type=f"{name}.{verb}",
        subject=shown(prefix, id),
        at=record.updated_at,
        data={name: shown(prefix, id), "version": record.version},
    )
