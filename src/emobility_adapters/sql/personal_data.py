"""What is stored about a person, over all tables of one connection: found, replaced, and told.

Tables are walked rather than listed: one that is added later is searched too, unless it is named here. A text
is looked for within the caller's scope alone, since in another company it may be somebody else's; beyond it
only what carries the ids of the person's own records is theirs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._types import JsonText, PlainText
from emobility_adapters.sql.personal_answers import answers_about, answers_within, forget_answers
from emobility_adapters.sql.personal_sightings import (
    keys_since,
    looked_for,
    newest_rows,
    still_right,
    tenants_of,
)
from emobility_adapters.sql.scoping import seen_tenants, within
from emobility_core.audit import Mention, is_named, replaced
from emobility_core.ids import SessionId, TokenId, shown
from emobility_core.instants import Instant
from emobility_core.privacy import Held, Person, Sighting, Sightings
from emobility_core.work import Scope

# The person's own records and the log have ways of their own.
_OWN = frozenset({"customer", "user_account", "contract", "token", "external_id", "audit_detail", "sign_in"})
# Never changed: the audit log holds no names, and the law wants the books as they were.
_BOOKS = frozenset({"posting", "posting_batch", "posting_export", "posting_file", "posting_seal"})
_NEVER = (
    frozenset({"credentials", "audit_entry", "audit_link", "audit_head", "audit_waiting", "server_key"})
    | _BOOKS
)
# What is about places, prices and rights: whoever has the same name there is somebody else.
_OF_OTHERS = frozenset({
    "access_grant", "account_rule", "api_client", "certificate_authority", "configuration_template",
    "installed_certificate", "ledger", "role", "role_assignment", "site", "station", "station_certificate",
    "station_group", "tariff", "tariff_version", "tenant", "tenant_setting",
    "trusted_issuer", "user_group", "webhook_endpoint", "erasure",
})  # fmt: skip
_SEARCHED = [
    table
    for table in tables.metadata.sorted_tables
    if table.name not in _OWN | _NEVER | _OF_OTHERS and any(True for _ in table.primary_key)
]
# The prefix of the id in a column of this name, for whoever reads an export.
_PREFIXES = {
    "tenant": "ten", "customer": "cus", "contract": "ctr", "token": "tok", "session": "ses", "station": "sta",
    "command": "cmd", "operation": "op", "event": "evt", "entry": "aud", "endpoint": "whe", "tariff": "tav",
    "token_tenant": "ten", "user": "usr", "user_group": "ugr", "report": "dbt", "resolution": "rsl",
}  # fmt: skip

_REFERRING = frozenset({*_PREFIXES, "record"})
# By what a row says whose it is.
_OWNING = ("customer", "contract", "token")
# What is told of a session at another company's station: what was charged, not what its owner notes of it.
_FACTS = (
    "id", "tenant", "station", "connector", "state", "id_tag", "token", "customer", "contract", "grant",
    "started_at", "ended_at", "meter_start", "meter_stop", "stop_reason",
)  # fmt: skip
# By what a sign-in goes on: no datum of the person, and of use to a thief.
_SECRETS = frozenset({"code_challenge", "code_digest", "refresh_digest"})
_AT_ONCE = 500
_NOTHING_SEEN = Sightings()
_Found = list[tuple[tuple[Any, ...], dict[str, str]]]


@attrs.frozen
class SqlPersonalData:
    """Implements the core's `PersonalData`."""

    connection: AsyncConnection

    async def held(self, person: Person, mentions: Sequence[Mention], scope: Scope) -> Held:
        session = tables.charging_session.c
        query = sa.select(session.id, session.state, session.ended_at).where(_owned(person))
        found = (await self.connection.execute(query)).all()
        ended = [Instant(row.ended_at) for row in found if row.ended_at is not None]
        running = [SessionId(row.id) for row in found if row.state == "active"]
        books = 0
        for table in (tables.metadata.tables[name] for name in sorted(_BOOKS)):
            books += len(await self._rows(table, mentions, _inside(table, scope)))
        return Held(
            count=len(found),
            newest=max(ended, default=None),
            running=running[0] if running else None,
            books=books,
        )

    async def token_of_another(self, person: Person, scope: Scope) -> TokenId | None:
        token = tables.token
        theirs = (
            token.c.folded.in_([one.id_tag.folded for one in person.tokens]),
            token.c.id.not_in(_ids(person.tokens)),
            within(token, scope),
        )
        found = (await self.connection.execute(sa.select(token.c.id).where(*theirs).limit(1))).scalar()
        return None if found is None else TokenId(found)

    async def counts(self, person: Person, mentions: Sequence[Mention], scope: Scope) -> Mapping[str, int]:
        found = {str(table.name): len(rows) async for table, rows in self._naming(person, mentions, scope)}
        if answers := await answers_about(self.connection, person):
            found["idempotency_key"] = len(answers)
        return {name: count for name, count in found.items() if count}

    async def look(self, person: Person, scope: Scope) -> Sightings:
        # First, so that it is known whose rows are looked through.
        tenants, found = await tenants_of(self.connection, scope), {}
        async for table, up_to_newest, newest in newest_rows(self.connection):
            looked_at = sa.and_(_inside(table, scope), up_to_newest)
            keys = [key for (key,), _ in await self._rows(table, person.mentions, looked_at)]
            found[str(table.name)] = attrs.evolve(newest, keys=tuple(keys))
        return Sightings(texts=looked_for(person.mentions), tenants=tenants, of=found)

    async def replace(
        self, person: Person, mentions: Sequence[Mention], scope: Scope, seen: Sightings
    ) -> Mapping[str, int]:
        changed: dict[str, int] = {}
        async for table, found in self._naming(person, mentions, scope, seen):
            for key, texts in found:
                values = {name: replaced(text, mentions) for name, text in texts.items()}
                await self.connection.execute(_plain(table).update().where(*_is(table, key)).values(values))
            if found:
                changed[str(table.name)] = len(found)
        return changed | await forget_answers(self.connection, person)

    async def about(self, person: Person, scope: Scope) -> Mapping[str, list[Mapping[str, object]]]:
        mentions = await self._unshared(person.mentions, scope)
        known, found = list(person.ids), dict[str, list[Mapping[str, object]]]()
        session = tables.charging_session
        sessions = (
            (await self.connection.execute(sa.select(session.c.id).where(_owned(person)))).scalars().all()
        )
        known += sessions
        subjects = [*person.subjects, *(shown("ses", one) for one in sessions)]
        for table in (*_SEARCHED, *(tables.metadata.tables[name] for name in sorted(_OWN | _BOOKS))):
            rows = await self._referring(table, known, mentions, subjects, scope)
            if rows:
                found[str(table.name)] = rows
        elsewhere = sa.select(*(session.c[name] for name in _FACTS)).order_by(session.c.id)
        granted = await self._shown(session, elsewhere.where(_owned(person), ~within(session, scope)))
        return found | ({"charging_session_under_grant": granted} if granted else {})

    async def _unshared(self, mentions: Sequence[Mention], scope: Scope) -> list[Mention]:
        """The texts without a tag that another company's card has, too, and has charged here with: what holds
        it may be about that one."""
        session = tables.charging_session
        folded = sa.func.lower(session.c.id_tag)
        theirs = sa.select(folded).where(
            folded.in_([one.text.lower() for one in mentions]),
            within(session, scope),
            session.c.grant.is_not(None),
            session.c.token_tenant.not_in(seen_tenants(scope)),
        )
        shared = set((await self.connection.execute(theirs)).scalars())
        return [one for one in mentions if one.text.lower() not in shared]

    async def _naming(
        self, person: Person, mentions: Sequence[Mention], scope: Scope, seen: Sightings = _NOTHING_SEEN
    ) -> AsyncIterator[tuple[sa.Table, _Found]]:
        """The rows that name the person: within the scope by any text, beyond it where they are theirs."""
        held = await still_right(self.connection, seen, mentions, scope)
        for table in _SEARCHED:
            reached = sa.or_(_inside(table, scope), *_carrying(table, person))
            if table.name in held:
                found = await self._rows_seen(table, mentions, reached, held[table.name])
            else:
                found = await self._rows(table, mentions, reached)
            if table.name == tables.idempotency_key.name:
                found = await answers_within(self.connection, found, scope)
            yield table, found

    async def _rows_seen(
        self,
        table: sa.Table,
        mentions: Sequence[Mention],
        reached: sa.ColumnElement[bool],
        sighting: Sighting,
    ) -> _Found:
        """The same, of what was seen before and what came since, as it stands now."""
        keys = [*sighting.keys, *await keys_since(self.connection, table.name, sighting)]
        (key,) = table.primary_key
        found: _Found = []
        for first in range(0, len(keys), _AT_ONCE):
            among = key.in_(keys[first : first + _AT_ONCE])
            found += await self._rows(table, mentions, sa.and_(reached, among))
        return found

    async def _rows(
        self, table: sa.Table, mentions: Sequence[Mention], reached: sa.ColumnElement[bool]
    ) -> _Found:
        """The keys of rows that name the person, of those that are reached, each with the texts that do."""
        texts = {column.name: sa.type_coerce(column, sa.Text).label(column.name) for column in _texts(table)}
        if not texts:
            return []
        keys = list(table.primary_key)
        query = sa.select(*keys, *texts.values()).where(reached, sa.or_(*_likely(table, mentions)))
        found = []
        for row in await self.connection.execute(query):
            told = dict(zip(texts, row[len(keys) :], strict=True))
            named = {name: text for name, text in told.items() if text and is_named(text, mentions)}
            if named:
                found.append((tuple(row[: len(keys)]), named))
        return found

    async def _referring(
        self,
        table: sa.Table,
        known: Sequence[UUID],
        mentions: Sequence[Mention],
        subjects: Sequence[str],
        scope: Scope,
    ) -> list[Mapping[str, object]]:
        refers = [
            column.in_(known)
            for column in table.c
            if isinstance(column.type, sa.Uuid) and (column.name in _REFERRING or column.primary_key)
        ]
        if "subject" in table.c:
            refers.append(table.c.subject.in_(subjects))
        inside = _inside(table, scope)
        found = await self._rows(table, mentions, inside)
        if table.name == tables.idempotency_key.name:
            found = await answers_within(self.connection, found, scope)
        named = sa.tuple_(*table.primary_key).in_([key for key, _ in found])
        query = sa.select(table).where(inside, sa.or_(*refers, named)).order_by(*table.primary_key)
        return await self._shown(table, query)

    async def _shown(self, table: sa.Table, query: sa.Select[Any]) -> list[Mapping[str, object]]:
        rows = (await self.connection.execute(query)).mappings()
        return [
            {str(name): _told(table, name, value) for name, value in row.items() if name not in _SECRETS}
            for row in rows
        ]


def _inside(table: sa.Table, scope: Scope) -> sa.ColumnElement[bool]:
    """Which rows are of the scope's tenants; none of a table that knows no tenant."""
    if table.name == tables.charging_session.name:
        # Whose card of another company a grant let in is not told to the station's side.
        known = sa.or_(table.c.grant.is_(None), table.c.token_tenant.in_(seen_tenants(scope)))
        return sa.and_(within(table, scope), known)
    if "tenant" in table.c:
        return within(table, scope)
    if table.name == tables.delivery.name:
        event = tables.event
        return sa.exists().where(event.c.id == table.c.event, within(event, scope))
    # Whose an answer is, it says itself: see `answers_within`.
    return sa.true() if table.name == tables.idempotency_key.name else sa.false()


def _carrying(table: sa.Table, person: Person) -> Iterator[sa.ColumnElement[bool]]:
    for name in _OWNING:
        if name in table.c:
            yield table.c[name].in_(person.ids)


def _owned(person: Person) -> sa.ColumnElement[bool]:
    """The person's own sessions, at whosever station."""
    session = tables.charging_session.c
    if person.customer is None:
        return sa.false()
    return sa.or_(session.customer == person.customer.id, session.token.in_(_ids(person.tokens)))


def _ids(records: Sequence[Any]) -> list[UUID]:
    return [one.id for one in records]


def _texts(table: sa.Table) -> Iterator[sa.Column[Any]]:
    """The columns that may name somebody."""
    for column in table.c:
        written = column.computed is None and not column.primary_key
        if written and isinstance(column.type, PlainText | JsonText):
            yield column


def _likely(table: sa.Table, mentions: Sequence[Mention]) -> Iterator[sa.ColumnElement[bool]]:
    """What the database can tell: that a text stands somewhere, whatever is beside it."""
    for column in _texts(table):
        for form in (form for one in mentions for form in one.forms):
            yield sa.type_coerce(column, sa.Text).icontains(form, autoescape=True)


def _plain(table: sa.Table) -> sa.TableClause:
    """The table without what its types do: texts are changed as they stand."""
    return sa.table(table.name, *(sa.column(column.name, sa.Text) for column in _texts(table)))


def _is(table: sa.Table, key: tuple[Any, ...]) -> Iterator[sa.ColumnElement[bool]]:
    for column, value in zip(table.primary_key, key, strict=True):
        yield sa.column(column.name, column.type) == value


def _told(table: sa.Table, name: str, value: Any) -> object:
    if isinstance(value, UUID):
        return shown(_PREFIXES[name], value) if name in _PREFIXES else str(value)
    return value.isoformat() if isinstance(value, datetime) else value
