"""Why a file is not taken, or not given any more."""

from __future__ import annotations

import attrs

from emobility_core.errors import Conflict, Invalid, NotFound


@attrs.frozen
class UnreadableFile(Invalid):
    """From this row on a file cannot be read, so that none of it has been imported.

    Remedy: mend what `reason` says; CSV is written as RFC 4180 has it and as UTF-8, NDJSON one object a line.
    """

    code = "unreadable-file"
    row: int
    reason: str


@attrs.frozen
class EmptyFile(Invalid):
    """A file has no rows to import.

    Remedy: send a file with a header and rows, or one JSON object a line.
    """

    code = "empty-file"


@attrs.frozen
class TooManyTransfers(Conflict):
    """As many imports and exports of the tenant are under way as may be at once.

    Remedy: wait for one of them to end, or cancel one.
    """

    code = "too-many-transfers"
    limit: int


@attrs.frozen
class TransferFileGone(NotFound):
    """There is no file of this import or export: it is still being made, was removed, or was kept long
    enough.

    Remedy: wait for the operation to end; ask for a new export where the file is gone.
    """

    code = "transfer-file-gone"
    id: str
