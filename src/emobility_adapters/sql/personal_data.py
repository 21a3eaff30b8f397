"""What is stored about a person, over all tables of one connection: found, replaced, and told.

Tables are walked rather than listed: one that is added later is searched too, unless it is named here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._types import JsonText, PlainText
from emobility_core.audit import Mention, is_named, replaced
from emobility_core.ids import SessionId, TokenId, shown
from emobility_core.instants import Instant
from emobility_core.privacy import Held, Person

# The person's own records and the log have ways of their own.
_OWN = frozenset({"customer", "contract", "token", "external_id", "audit_detail"})
# Never changed: the audit log holds no names, and the law wants the books as they were.
_BOOKS = frozenset({"posting", "posting_batch", "posting_export", "posting_file"})
_NEVER = frozenset({"audit_entry", "audit_link", "audit_waiting", "server_key"}) | _BOOKS
# What is about places, prices and rights: whoever has the same name there is somebody else.
_OF_OTHERS = frozenset({
    "access_grant", "account_rule", "api_client", "certificate_authority", "configuration_template",
    "installed_certificate", "ledger", "role", "role_assignment", "site", "station", "station_certificate",
    "station_group", "tariff", "tariff_assignment", "tariff_version", "tenant", "tenant_setting",
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
    "token_tenant": "ten", "user_group": "ugr", "report": "dbt", "resolution": "rsl",
}  # fmt: skip

_REFERRING = frozenset({*_PREFIXES, "record"})
# What a client gets that asks again for an answer about somebody who was erased.
_NO_ANSWER = '{"erased":true}'


@attrs.frozen
class SqlPersonalData:
    """Implements the core's `PersonalData`."""

    connection: AsyncConnection

    async def held(self, person: Person, mentions: Sequence[Mention]) -> Held:
        session = tables.charging_session.c
        mine = sa.or_(session.customer == person.customer.id, session.token.in_(_ids(person.tokens)))
        query = sa.select(session.id, session.state, session.ended_at).where(mine)
        found = (await self.connection.execute(query)).all()
        ended = [Instant(row.ended_at) for row in found if row.ended_at is not None]
        running = [SessionId(row.id) for row in found if row.state == "active"]
        books = 0
        for table in (tables.metadata.tables[name] for name in sorted(_BOOKS)):
            books += len(await self._rows(table, mentions))
        return Held(
            count=len(found),
            newest=max(ended, default=None),
            running=running[0] if running else None,
            books=books,
        )

    async def token_of_another(self, person: Person) -> TokenId | None:
        token = tables.token
        theirs = (
            token.c.folded.in_([one.id_tag.folded for one in person.tokens]),
            token.c.id.not_in(_ids(person.tokens)),
        )
        found = (await self.connection.execute(sa.select(token.c.id).where(*theirs).limit(1))).scalar()
        return None if found is None else TokenId(found)

    async def counts(self, person: Person, mentions: Sequence[Mention]) -> Mapping[str, int]:
        found = {str(table.name): len(await self._rows(table, mentions)) for table in _SEARCHED}
        if answers := await self._answers(person):
            found["idempotency_key"] = len(answers)
        return {name: count for name, count in found.items() if count}

    async def replace(self, person: Person, mentions: Sequence[Mention]) -> Mapping[str, int]:
        changed: dict[str, int] = {}
        for table in _SEARCHED:
            found = await self._rows(table, mentions)
            for key, texts in found:
                values = {name: replaced(text, mentions) for name, text in texts.items()}
                await self.connection.execute(_plain(table).update().where(*_is(table, key)).values(values))
            if found:
                changed[str(table.name)] = len(found)
        return changed | await self._forget_answers(person)

    async def _forget_answers(self, person: Person) -> dict[str, int]:
        kept, answers = tables.idempotency_key, await self._answers(person)
        for client, key in answers:
            mine = (kept.c.client == client, kept.c.key == key)
            await self.connection.execute(kept.update().where(*mine).values(body=_NO_ANSWER))
        return {"idempotency_key": len(answers)} if answers else {}

    async def about(self, person: Person) -> Mapping[str, list[Mapping[str, object]]]:
        mentions = [Mention(text=text, instead="", anywhere=anywhere) for text, anywhere in person.texts()]
        known, found = list(person.ids), dict[str, list[Mapping[str, object]]]()
        session = tables.charging_session.c
        mine = sa.select(session.id).where(session.customer == person.customer.id)
        known += (await self.connection.execute(mine)).scalars().all()
        for table in (*_SEARCHED, *(tables.metadata.tables[name] for name in sorted(_OWN | _BOOKS))):
            rows = await self._referring(table, known, mentions, person.subjects)
            if rows:
                found[str(table.name)] = rows
        return found

    async def _answers(self, person: Person) -> list[tuple[str, str]]:
        """Answers that are kept for whoever asks again, and speak of the person's own records."""
        key = tables.idempotency_key
        told = sa.or_(*(key.c.body.contains(one, autoescape=True) for one in person.subjects))
        rows = await self.connection.execute(sa.select(key.c.client, key.c.key).where(told))
        return [(row.client, row.key) for row in rows]

    async def _rows(
        self, table: sa.Table, mentions: Sequence[Mention]
    ) -> list[tuple[tuple[Any, ...], dict[str, str]]]:
        """The keys of rows that name the person, each with the texts that do."""
        texts = {column.name: sa.type_coerce(column, sa.Text).label(column.name) for column in _texts(table)}
        if not texts:
            return []
        keys = list(table.primary_key)
        query = sa.select(*keys, *texts.values()).where(sa.or_(*_likely(table, mentions)))
        found = []
        for row in await self.connection.execute(query):
            told = dict(zip(texts, row[len(keys) :], strict=True))
            named = {name: text for name, text in told.items() if text and is_named(text, mentions)}
            if named:
                found.append((tuple(row[: len(keys)]), named))
        return found

    async def _referring(
        self, table: sa.Table, known: Sequence[UUID], mentions: Sequence[Mention], subjects: Sequence[str]
    ) -> list[Mapping[str, object]]:
        refers = [
            column.in_(known)
            for column in table.c
            if isinstance(column.type, sa.Uuid) and (column.name in _REFERRING or column.primary_key)
        ]
        if "subject" in table.c:
            refers.append(table.c.subject.in_(subjects))
        named = [sa.tuple_(*table.primary_key).in_([key for key, _ in await self._rows(table, mentions)])]
        query = sa.select(table).where(sa.or_(*refers, *named)).order_by(*table.primary_key)
        rows = (await self.connection.execute(query)).mappings()
        return [{str(name): _told(table, name, value) for name, value in row.items()} for row in rows]


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
