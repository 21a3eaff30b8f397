"""Answers that are kept for whoever asks again, where they speak of a person."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.scoping import seen_tenants
from emobility_core.ids import shown
from emobility_core.privacy import Person
from emobility_core.work import Scope

_key = tables.idempotency_key
# What a client gets that asks again for an answer about somebody who was erased.
_NO_ANSWER = '{"erased":true}'
_TENANT = re.compile(r"\bten_[0-9a-z]+")


async def answers_about(connection: AsyncConnection, person: Person) -> list[tuple[str, str]]:
    """The client and key of answers that speak of the person's own records, whoever got them."""
    told = sa.or_(*(_key.c.body.contains(one, autoescape=True) for one in person.subjects))
    rows = await connection.execute(sa.select(_key.c.client, _key.c.key).where(told))
    return [(row.client, row.key) for row in rows]


async def forget_answers(connection: AsyncConnection, person: Person) -> dict[str, int]:
    """Empty those answers, and tell how many there were, by their table."""
    answers = await answers_about(connection, person)
    for client, key in answers:
        mine = (_key.c.client == client, _key.c.key == key)
        await connection.execute(_key.update().where(*mine).values(body=_NO_ANSWER))
    return {str(_key.name): len(answers)} if answers else {}


async def answers_within(
    connection: AsyncConnection, found: list[tuple[tuple[Any, ...], dict[str, str]]], scope: Scope
) -> list[tuple[tuple[Any, ...], dict[str, str]]]:
    """Those of the answers found that speak of records of the scope's tenants alone.

    An answer knows no tenant; one that names none either is nobody's, and is left to its end.
    """
    if not found:
        return []
    seen = {shown("ten", row.id) for row in await connection.execute(seen_tenants(scope))}
    kept = []
    for key, texts in found:
        named = set(_TENANT.findall(texts.get("body", "")))
        if named and named <= seen:
            kept.append((key, texts))
    return kept
