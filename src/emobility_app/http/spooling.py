"""A file in the body of a request, on its way to the disk: unpacked, counted, never as a whole in memory."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from uuid import UUID

from emobility_app.http.endpoint import Call
from emobility_app.problems import BodyTooLarge, BodyTooSlow, CompressionRefused, UnsupportedMediaType
from emobility_core.commands import StoredFile

_PIECE = 256 * 1024
# Records shrink to a twentieth; what shrinks to a two-hundredth says next to nothing.
_MOST_RATIO = 200
_SMALL = 1024 * 1024


async def spooled(id: UUID, call: Call) -> StoredFile:
    """Keep the body in the spool; raises `BodyTooLarge`, `BodyTooSlow`, `CompressionRefused`,
    `UnsupportedMediaType`."""
    assert call.sent is not None
    transfers, encoding = call.services.transfers, call.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip"):
        raise UnsupportedMediaType(encoding[:100], "identity, gzip")
    pieces = call.sent if encoding == "identity" else _unpacked(call.sent)
    within_s = transfers.within.total_seconds()
    try:
        async with asyncio.timeout(within_s):
            return await transfers.spool.put(id, _counted(pieces, transfers.longest), most=transfers.longest)
    except TimeoutError as error:
        raise BodyTooSlow(int(within_s)) from error


async def _counted(pieces: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > most:
            raise BodyTooLarge(most)
        yield piece


async def _unpacked(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    inflating, taken, given = zlib.decompressobj(wbits=31), 0, 0
    async for sent in pieces:
        taken += len(sent)
        packed = sent
        while packed:
            try:
                piece = inflating.decompress(packed, _PIECE)
            except zlib.error as error:
                raise CompressionRefused("it is no gzip") from error
            given += len(piece)
            if given > _SMALL and given > taken * _MOST_RATIO:
                raise CompressionRefused(f"it unpacks to more than {_MOST_RATIO} times its size")
            if piece:
                yield piece
            if inflating.eof and inflating.unused_data:
                raise CompressionRefused("something stands behind its end")
            packed = inflating.unconsumed_tail
    if not inflating.eof:
        raise CompressionRefused("it breaks off")
