"""Files of imports and exports on their way out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from emobility_app.http.endpoint import Answer, Call
from emobility_app.wire import instant_text
from emobility_core.commands import UnknownAttachment
from emobility_core.instants import Instant
from emobility_core.transfers import TransferFileGone


def expiry(made_at: Instant, call: Call) -> str:
    """Until when the file of what was asked for then is kept."""
    return instant_text(made_at + call.services.transfers.keep)


async def download(id: UUID, name: str, media_type: str, call: Call) -> Answer:
    """Answer with a file, as a download whatever is in it; raises `TransferFileGone`."""
    pieces = aiter(call.services.transfers.files.read(id))
    try:
        first = await anext(pieces, b"")
    except UnknownAttachment as error:
        raise TransferFileGone(name.partition(".")[0]) from error
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Answer(stream=_joined(first, pieces), media_type=media_type, headers=headers)


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
