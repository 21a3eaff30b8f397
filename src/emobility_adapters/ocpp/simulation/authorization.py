"""Whom a station lets charge without asking: its local list and its cache (OCPP 1.6, 3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import attrs

from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.times import read_time


@attrs.frozen
class TagInfo:
    """An IdTagInfo: an AuthorizationStatus, until when it holds, and the group's tag."""

    status: str
    expires: datetime | None = None
    parent: str | None = None

    @classmethod
    def of(cls, payload: Payload) -> Self:
        """Read one; raises ValueError for a date that is none."""
        expiry = payload.get("expiryDate")
        return cls(
            status=str(payload.get("status")),
            expires=None if expiry is None else read_time(str(expiry)),
            parent=payload.get("parentIdTag"),
        )

    def as_of(self, now: datetime) -> Self:
        """The same, Expired once its time is over."""
        over = self.status == "Accepted" and self.expires is not None and self.expires <= now
        return attrs.evolve(self, status="Expired") if over else self


class Authorization:
    """The local list with its version, and the cache of answers; tags compare case-insensitively.

    Both survive a reset. OCPP 1.6, 3.5.3: the list comes before the cache.
    """

    def __init__(self) -> None:
        self.version = 0
        self._listed: dict[str, TagInfo] = {}
        self._cached: dict[str, TagInfo] = {}

    def __len__(self) -> int:
        return len(self._listed)

    def find(self, id_tag: str, now: datetime, *, listed: bool, cached: bool) -> TagInfo | None:
        """What is known of a tag, in the list and in the cache as far as they are enabled."""
        tag = id_tag.lower()
        info = (self._listed.get(tag) if listed else None) or (self._cached.get(tag) if cached else None)
        return None if info is None else info.as_of(now)

    def remember(self, id_tag: str, info: TagInfo) -> None:
        """Take an answer into the cache, unless it is of a tag that the list has (OCPP 1.6, 3.5.3)."""
        if id_tag.lower() not in self._listed:
            self._cached[id_tag.lower()] = info

    def clear_cache(self) -> None:
        self._cached.clear()

    def replace(self, version: int, entries: Sequence[Payload]) -> None:
        """SendLocalList, Full. Raises ValueError for an entry that cannot be read, changing nothing."""
        self._listed = {
            str(one["idTag"]).lower(): TagInfo.of(one["idTagInfo"]) for one in entries if "idTagInfo" in one
        }
        self.version = version

    def merge(self, version: int, entries: Sequence[Payload]) -> None:
        """SendLocalList, Differential: an entry without information takes the tag out."""
        changed = dict(self._listed)
        for one in entries:
            tag = str(one["idTag"]).lower()
            changed.pop(tag, None)
            if "idTagInfo" in one:
                changed[tag] = TagInfo.of(one["idTagInfo"])
        self._listed, self.version = changed, version
