"""Imports over HTTP: a file of records taken in, worked on as an operation, reported row by row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import attrs
import orjson

from emobility_app.http.endpoint import Answer, Call, Endpoint, Parameter
from emobility_app.http.external_ids import SYSTEM, is_system
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.import_kinds import FORMATS, KINDS, STEVE, parts_of, reader_of
from emobility_app.http.import_run import ImportRun
from emobility_app.http.leaving_out import SWITCHES
from emobility_app.http.operations import followed
from emobility_app.http.schemas import TEXT, objects
from emobility_app.http.spooling import spooled
from emobility_app.http.transfers import TransferKind
from emobility_app.problems import MalformedRequest, UnsupportedMediaType
from emobility_app.transfers import RowReader
from emobility_core.errors import Denied
from emobility_core.ids import shown
from emobility_core.transfers import Counts, FileFormat, Import

_MOST_CONFIRMED = 10_000_000


@attrs.frozen(kw_only=True)
class Asked:
    """What is asked for: `kind` of record, the `system` whose ids name them, how the file is to be read."""

    kind: str
    system: str
    format: FileFormat
    dry_run: bool
    deactivate_missing: bool
    confirmed: int | None


def _asked(call: Call) -> Asked:
    kind = call.one("kind")
    if kind is None or kind not in (*KINDS, STEVE):
        raise MalformedRequest(f"kind must be one of {', '.join((*KINDS, STEVE))}")
    system = call.one("system") or (STEVE if kind == STEVE else "")
    if not is_system(system):
        raise MalformedRequest("system must name the other system as external_ids do")
    missing = call.flag("deactivate_missing")
    if missing and kind not in SWITCHES:
        raise MalformedRequest(f"deactivate_missing goes with {' and '.join(SWITCHES)} alone")
    confirmed = None
    if "confirm_deactivations" in call.query:
        confirmed = call.number("confirm_deactivations", 0, most=_MOST_CONFIRMED)
    return Asked(
        kind=kind,
        system=system,
        format=_format(call, kind),
        dry_run=call.flag("dry_run"),
        deactivate_missing=missing,
        confirmed=confirmed,
    )


def _format(call: Call, kind: str) -> FileFormat:
    given = call.headers.get("content-type", "")
    media_type, _, rest = given.lower().partition(";")
    charset = rest.partition("charset=")[2].partition(";")[0].strip().strip('"')
    form = FORMATS.get(media_type.strip())
    # A dump holds what it holds: it is read as nothing else, and nothing else is read as one.
    takes = [name for name, one in FORMATS.items() if (one is FileFormat.STEVE) is (kind == STEVE)]
    if form is None or media_type.strip() not in takes:
        raise UnsupportedMediaType(given[:100], ", ".join(takes))
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType(given[:100], f"{media_type.strip()}; charset=utf-8")
    return form


async def _begun(call: Call, idempotency: Idempotency) -> Answer:
    """Take the file in, see that it can be read, and have it worked on."""
    services, asked = call.services, _asked(call)
    for kind in parts_of(asked.kind):
        call.require(f"{kind}:write")
    with services.transfers.room(call.scope.tenant):
        return await _taken(asked, call, idempotency)


async def _taken(asked: Asked, call: Call, idempotency: Idempotency) -> Answer:
    transfers, sent_at = call.services.transfers, call.clock.now()
    source = call.services.ids.uuid7(sent_at)
    file = await spooled(source, call)
    begun: list[Import] = []
    try:
        await _look(transfers.spool.read(source), reader_of(asked.kind, asked.format))
        # The same request is one with the same file, however it was packed.
        words = orjson.dumps([*map(str, attrs.astuple(asked)), file.sha256])
        named = attrs.evolve(call, body=words)
        stated = {**attrs.asdict(asked), "size": file.size, "sha256": file.sha256}
        answer = await idempotency.run(named, lambda work: IMPORTS.begin(call, work, begun, **stated))
    except BaseException:
        await transfers.spool.drop(source)
        raise
    if not begun:
        await transfers.spool.drop(source)
        return answer
    run = ImportRun(
        record=begun[0],
        kinds=KINDS,
        reader=partial(reader_of, asked.kind, asked.format),
        source=source,
        sent_at=sent_at,
        # What it would change was to be seen beforehand, by a dry run.
        call=attrs.evolve(call, headers={"if-match": "*"}, query={}, path={}, sent=None),
    )
    transfers.submit(run.record.id, call.scope.tenant, run.run)
    return answer


async def _look(pieces: AsyncIterator[bytes], reader: RowReader) -> None:
    """See whether the beginning of a file can be read: who sends the wrong one is told at once. Raises
    `MalformedBody`, `UnreadableFile`."""
    async for piece in pieces:
        await asyncio.to_thread(reader.feed, piece)
        return


async def _report(call: Call) -> Answer:
    """It tells values of records: who may not read or write these does not see them here either."""
    found = await IMPORTS.found(call)
    for kind in parts_of(found.kind):
        try:
            call.require(f"{kind}:write")
        except Denied:
            call.require(f"{kind}:read")
    return await IMPORTS.download(found, f"{shown('imp', found.id)}.ndjson", "application/x-ndjson", call)


def _own(record: Import) -> dict[str, Any]:
    return {
        "system": record.system,
        "dry_run": record.dry_run,
        "deactivate_missing": record.deactivate_missing,
        "size": record.size,
        "sha256": record.sha256,
        "counts": attrs.asdict(record.counts),
    }


_COUNT = {"type": "integer"}
IMPORTS = TransferKind(
    name="import",
    prefix="imp",
    record=Import,
    leaves="report",
    until="report_until",
    own=_own,
    further={
        "system": TEXT,
        "dry_run": {"type": "boolean"},
        "deactivate_missing": {"type": "boolean"},
        "size": _COUNT | {"description": "Bytes of the file, unpacked."},
        "sha256": TEXT,
        "counts": objects({field.name: _COUNT for field in attrs.fields(Counts)}, title="ImportCounts"),
    },
    filters={"kind": str, "dry_run": bool},
)
_TAKEN = ("text/csv", "application/x-ndjson", "application/sql")
_FLAG = {"type": "boolean"}
_QUERY = {
    "kind": Parameter("What the rows are.", {"type": "string", "enum": [*KINDS, STEVE]}, required=True),
    "system": Parameter("The system whose ids the rows have (for `steve` that unless told).", SYSTEM.schema),
    "dry_run": Parameter("`true` reports what would change, and keeps nothing.", _FLAG),
    "deactivate_missing": Parameter(
        "`true` switches off what the system has named before and this file leaves out.", _FLAG
    ),
    "confirm_deactivations": Parameter(
        "Exactly so many are to be switched off, although that is more than a tenth.",
        {"type": "integer", "minimum": 0, "maximum": _MOST_CONFIRMED},
    ),
}


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    async def begin(call: Call) -> Answer:
        return await _begun(call, idempotency)

    return [
        *IMPORTS.endpoints(),
        followed(Endpoint(
            method="POST", path=IMPORTS.at, operation="imports_create",
            summary="Import a file of records, row by row as their system would state them",
            scope="imports:write", handle=begin, takes_files=_TAKEN,
            gives=IMPORTS.schema, status=202, query=_QUERY, headers={"Idempotency-Key": KEY},
        ), IMPORTS.get),
        Endpoint(method="GET", path=f"{IMPORTS.at}/{{id}}/report", operation="imports_report",
                 summary="Download what became of each row", scope="imports:read", handle=_report,
                 gives={"type": "string"}, names="imp", media_type="application/x-ndjson"),
    ]  # fmt: skip
