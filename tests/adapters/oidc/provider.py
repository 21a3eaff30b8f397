"""An identity provider's documents on a real socket: metadata and a key set, as told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
from joserfc.jwk import ECKey, RSAKey

from tests.adapters.webhooks.receiver import Message, Receiver, answer, receiving

Jwk = dict[str, Any]


def ec_key(kid: str) -> Jwk:
    return {**ECKey.generate_key("P-256").as_dict(private=False), "kid": kid, "use": "sig", "alg": "ES256"}


def rsa_key(kid: str) -> Jwk:
    return {**RSAKey.generate_key(2048).as_dict(private=False), "kid": kid}


@attrs.define
class Provider:
    """`keys` are published; `told` answers instead of the documents, by path, None that it never does."""

    receiver: Receiver
    keys: list[Jwk] = attrs.field(factory=list)
    metadata: dict[str, Any] = attrs.field(factory=dict)
    told: dict[str, Callable[[], bytes | None]] = attrs.field(factory=dict)

    @property
    def issuer(self) -> str:
        return self.receiver.url.removesuffix("/hook")

    @property
    def asked(self) -> int:
        """How often somebody asked for the key set."""
        return sum(message.path == "/jwks" for message in self.receiver.messages)

    def down(self) -> None:
        """From now on it answers that it is not well."""
        self.told |= {path: lambda: answer(503) for path in (DISCOVERY, "/jwks")}

    def answers(self, message: Message) -> bytes | None:
        if message.path in self.told:
            return self.told[message.path]()
        documents = {
            DISCOVERY: {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", **self.metadata},
            "/jwks": {"keys": self.keys},
        }
        return answer(200, body=json.dumps(documents[message.path]).encode())


DISCOVERY = "/.well-known/openid-configuration"


@asynccontextmanager
async def providing(*keys: Jwk) -> AsyncIterator[Provider]:
    """A provider on a free port of this machine."""
    async with receiving() as receiver:
        provider = Provider(receiver, keys=list(keys))
        receiver.answers = provider.answers
        yield provider
