"""A file on its way, a piece at a time, from its beginning whenever it is sent again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs

_PIECE = 256 * 1024


@attrs.frozen
class Pieces:
    """The bytes of a file."""

    path: Path

    def __iter__(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
