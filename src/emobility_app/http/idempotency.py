"""Idempotency-Key: the same request twice takes effect once and gets the same answer."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import orjson

from emobility_app.http.endpoint import Answer, Call, Parameter
from emobility_app.problems import (
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    MalformedRequest,
    RequestInFlight,
)
from emobility_core.work import AlreadyTaken, StoredAnswer

LONGEST_KEY = 200
KEY = Parameter(
    "A new random value; the same again on a retry.",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
)
Effect = Callable[[Any], Awaitable[Answer]]


class Idempotency:
    """Runs effects. The answer is stored in the very unit of its effect; what fails is not stored."""

    def __init__(self) -> None:
        self._in_flight: set[tuple[str, str]] = set()

    async def run(self, call: Call, effect: Effect, *, required: bool = False) -> Answer:
        """Run `effect` in a unit of work, or answer as before."""
        key = call.headers.get("idempotency-key")
        if key is None:
            if required:
                raise IdempotencyKeyRequired()
            async with call.services.transactions(call.scope) as work:
                return await effect(work)
        if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
            raise MalformedRequest(f"Idempotency-Key must have 1 to {LONGEST_KEY} printable characters")
        return await self._once(call, effect, key)

    async def _once(self, call: Call, effect: Effect, key: str) -> Answer:
        place = (" ".join((call.caller.party, call.operation, *call.path.values())), key)
        if place in self._in_flight:
            raise RequestInFlight()
        self._in_flight.add(place)
        try:
            return await self._effect(call, effect, *place)
        finally:
            self._in_flight.discard(place)

    async def _effect(self, call: Call, effect: Effect, client: str, key: str) -> Answer:
        digest = hashlib.sha256(_place(call).encode() + call.body).hexdigest()
        try:
            async with call.services.transactions(call.scope) as work:
                stored = await work.idempotency_keys.find(client, key)
                if stored is not None:
                    return _again(stored, digest)
                answer = await effect(work)
                await work.idempotency_keys.add(
                    StoredAnswer(
                        client=client,
                        key=key,
                        digest=digest,
                        status=answer.status,
                        body=orjson.dumps(answer.content).decode(),
                        headers=dict(answer.headers),
                        created_at=call.services.clock.now(),
                    )
                )
        except AlreadyTaken as error:
            if error.field == "idempotency_key":  # another process was quicker
                raise RequestInFlight() from error
            raise
        return answer


def _place(call: Call) -> str:
    """Where the request acts: the same one for another tenant, or under another grant, is another one."""
    grant = call.scope.grant
    return f"{call.scope.path}\n" if grant is None else f"{call.scope.path} {grant.hex}\n"


def _again(stored: StoredAnswer, digest: str) -> Answer:
    if stored.digest != digest:
        raise IdempotencyKeyReused()
    answer = Answer(content=orjson.loads(stored.body), status=stored.status, headers=stored.headers)
    return attrs.evolve(answer, headers={**stored.headers, "Idempotency-Replayed": "true"})
