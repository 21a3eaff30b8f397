"""The reservations that a station holds (OCPP 1.6, 3.11)."""

from __future__ import annotations

from datetime import datetime

import attrs


@attrs.frozen
class Reservation:
    """Connector 0 stands for any one of the station's."""

    id: int
    connector: int
    id_tag: str
    parent: str | None
    expires: datetime

    def serves(self, id_tag: str, parent: str | None) -> bool:
        """Whether that tag may use it: the tag itself, or one of its group."""
        if self.id_tag.lower() == id_tag.lower():
            return True
        return None not in (self.parent, parent) and str(self.parent).lower() == str(parent).lower()


class Reservations:
    """All reservations, by number; they survive a reset."""

    def __init__(self) -> None:
        self._held: dict[int, Reservation] = {}

    def __len__(self) -> int:
        return len(self._held)

    def find(self, id: int) -> Reservation | None:
        return self._held.get(id)

    def at(self, connector: int) -> Reservation | None:
        """The one that reserves this connector."""
        return next((one for one in self._held.values() if one.connector == connector), None)

    def put(self, reservation: Reservation) -> Reservation | None:
        """Take one in, in place of that with its number, which is returned."""
        before = self._held.get(reservation.id)
        self._held[reservation.id] = reservation
        return before

    def drop(self, id: int) -> Reservation | None:
        return self._held.pop(id, None)

    def for_start(self, connector: int, id_tag: str, parent: str | None) -> Reservation | None:
        """The reservation that a start with this tag at this connector uses up."""
        chosen = (one for one in self._held.values() if one.connector in (connector, 0))
        return next((one for one in chosen if one.serves(id_tag, parent)), None)
