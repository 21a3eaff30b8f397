"""Who may call, as the in-memory store knows them."""

from __future__ import annotations

from emobility_adapters.memory.store import MemoryStore
from emobility_core.identity import ApiClient, SignIn, TrustedIssuer, User
from emobility_core.ids import ClientId, SignInId, TrustedIssuerId, UserId


class MemoryPrincipals:
    """Implements the core's `Principals`."""

    def __init__(self, store: MemoryStore) -> None:
        self._tables = store.tables

    async def client(self, id: ClientId) -> ApiClient | None:
        known: ApiClient | None = self._tables["api clients"].get(id)
        return known

    async def user(self, id: UserId) -> User | None:
        known: User | None = self._tables["users"].get(id)
        return known

    async def sign_in(self, id: SignInId) -> SignIn | None:
        known: SignIn | None = self._tables["sign ins"].get(id)
        return known

    async def trusted_issuer(self, id: TrustedIssuerId) -> TrustedIssuer | None:
        known: TrustedIssuer | None = self._tables["trusted issuers"].get(id)
        return known
