"""A real identity provider: npm's oidc-provider, in a Node of its own."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

from tests.npm import NODE, installed

SOURCES = Path(__file__).parent
AUDIENCE = "https://emobility.example/api"


@attrs.define
class IdentityProvider:
    """A running one. `clients` are those that it knows, each with what its access tokens claim besides;
    one that is `silent` hangs up on everybody."""

    process: subprocess.Popen[str]
    clients: dict[str, dict[str, Any]]
    keys: list[Key]
    algorithm: str = "RS256"
    lifetime_s: int = 300
    clock_off_s: int = 0
    silent: bool = False
    issuer: str = ""

    async def settle(self, **changes: Any) -> None:
        """Be otherwise from here on."""
        for name, value in changes.items():
            setattr(self, name, value)
        await asyncio.to_thread(self.tell)

    def tell(self) -> None:
        told = {
            "jwks": {"keys": [key.as_dict(private=True) for key in self.keys]},
            "clients": self.clients,
            "algorithm": self.algorithm,
            "lifetime_s": self.lifetime_s,
            "clock_off_s": self.clock_off_s,
            "silent": self.silent,
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            # Its own warnings come the same way.
            if line.startswith("issuer "):
                self.issuer = line.split()[1]
                return
        raise RuntimeError("the identity provider has gone")

    async def token(self, client: str = "ada", audience: str = AUDIENCE) -> str:
        """An access token by client credentials, for a resource server (RFC 8707)."""
        async with httpx.AsyncClient() as http:
            metadata = (await http.get(f"{self.issuer}/.well-known/openid-configuration")).json()
            form = {"grant_type": "client_credentials", "resource": audience, "scope": "api"}
            auth = (client, f"{client} secret".replace(" ", "%20"))
            answer = await http.post(metadata["token_endpoint"], data=form, auth=auth)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def signed(self, claims: Mapping[str, Any], **header: Any) -> str:
        """Any token under the provider's own key: what it would sign if it were asked for such."""
        key = self.keys[0]
        full = {"alg": self.algorithm, "typ": "at+jwt", "kid": key.kid, **header}
        return jwt.encode(full, dict(claims), key, algorithms=[self.algorithm])


def new_key(kind: type[RSAKey | ECKey] = RSAKey) -> Key:
    """A key of a provider; its name is its thumbprint."""
    size: Any = 2048 if kind is RSAKey else "P-256"
    return kind.generate_key(size, {"use": "sig"}, auto_kid=True)


@contextmanager
def identity_provider(clients: dict[str, dict[str, Any]]) -> Iterator[IdentityProvider]:
    """Run one while the block runs."""
    process = subprocess.Popen(
        [NODE, SOURCES / "server.mjs", installed(SOURCES)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        provider = IdentityProvider(process, clients, [new_key()])
        try:
            provider.tell()
            yield provider
        finally:
            process.terminate()
