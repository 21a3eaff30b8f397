"""The tokens of other companies that grants let charge, over the in-memory store."""

from __future__ import annotations

from emobility_adapters.memory.access import GRANTS
from emobility_adapters.memory.directories import MemoryTariffs
from emobility_adapters.memory.store import MemoryStore
from emobility_core.access import Grant, GrantRight
from emobility_core.charging import Presented
from emobility_core.customers import IdTag, Token
from emobility_core.ids import StationId
from emobility_core.instants import Clocks, Instant
from emobility_core.network import Station


class MemoryGrantedTokens:
    """Implements the core's `GrantedTokens`; without `clocks` everybody lives by the same one."""

    def __init__(self, store: MemoryStore, clocks: Clocks | None = None) -> None:
        self._tables = store.tables
        self._clocks = clocks
        self._tariffs = MemoryTariffs(store)

    async def find(self, id_tag: IdTag, *, station: StationId, at: Instant) -> Presented:
        known: Station | None = self._tables["stations"].get(station)
        if known is None:
            return Presented()
        tokens: list[Token] = [one for one in self._tables["tokens"].values() if one.id_tag == id_tag]
        for grant in self._using(known, at):
            for token in sorted(tokens, key=lambda one: one.id):
                path = self._tables.open_path_of(token.tenant)
                if path is None or not grant.is_received_by(path):
                    continue
                if grant.admits(self._tariffs.user_groups(token, at)):
                    return Presented(token=token, grant=grant.id, until=grant.validity.until)
        return Presented()

    def _using(self, station: Station, at: Instant) -> list[Grant]:
        here = self._tables.open_path_of(station.tenant) or ""
        grants: list[Grant] = sorted(self._tables[GRANTS].values(), key=lambda one: one.id)
        return [
            one
            for one in grants
            if GrantRight.USE in one.rights
            and one.is_open(self._judged_at(one, here, at))
            and f"/{one.tenant.hex}/" in here
            and one.covers(station.id, station.site, station.station_groups)
        ]

    def _judged_at(self, grant: Grant, here: str, at: Instant) -> Instant:
        giving = self._tables.path_of(grant.tenant) or ""
        if self._clocks is None or self._clocks.together(here, giving):
            return at
        return self._clocks.of(giving).now()
