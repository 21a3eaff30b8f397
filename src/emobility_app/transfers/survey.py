"""What a file names as a whole, known before the first of its rows is worked on."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable

from emobility_app.transfers.rows import Row


class Survey:
    """Counts rows and knows their names by eight bytes each: of a million rows 8 MB."""

    def __init__(self) -> None:
        self.rows = 0
        self._names = array("Q")
        self._twice: frozenset[int] = frozenset()

    def note(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.rows += 1
            if row.external_id is not None:
                self._names.append(_digest(row.kind, row.external_id))

    def settle(self) -> None:
        """All rows are noted."""
        self._names = array("Q", sorted(self._names))
        pairs = zip(self._names, self._names[1:], strict=False)
        self._twice = frozenset(one for one, next_one in pairs if one == next_one)

    def is_repeated(self, row: Row) -> bool:
        """Whether another row names the same record: which of them holds nobody can tell."""
        return row.external_id is not None and _digest(row.kind, row.external_id) in self._twice

    def names(self, kind: str, external_id: str) -> bool:
        digest = _digest(kind, external_id)
        place = bisect_left(self._names, digest)
        return place < len(self._names) and self._names[place] == digest


def _digest(kind: str, external_id: str) -> int:
    words = f"{kind}\n{external_id}".encode(errors="surrogatepass")
    return int.from_bytes(hashlib.blake2b(words, digest_size=8).digest(), "big")
