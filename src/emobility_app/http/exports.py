"""Exports over HTTP: records written to a file as an operation, and the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.export_run import ExportRun
from emobility_app.http.export_sources import SOURCES
from emobility_app.http.external_ids import SYSTEM, is_system
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import value_of
from emobility_app.http.operations import followed
from emobility_app.http.schemas import INSTANT, TEXT, optional
from emobility_app.http.transfers import TransferKind
from emobility_app.problems import MalformedRequest
from emobility_app.wire import Flaw, MalformedBody, instant_text, read, step, unknown_fields
from emobility_core.ids import shown
from emobility_core.instants import Instant
from emobility_core.transfers import Export, FileFormat
from emobility_core.work import Page

_FORMATS = {FileFormat.CSV: "text/csv", FileFormat.NDJSON: "application/x-ndjson"}


@attrs.frozen(kw_only=True)
class Wanted:
    """What is to be exported, as the list of the kind would be asked for it."""

    kind: str
    format: FileFormat = FileFormat.CSV
    system: str | None = None
    filters: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    updated_after: Instant | None = None
    include_descendants: bool = False
    byte_order_mark: bool = False

    @property
    def asked(self) -> dict[str, str]:
        """What was asked for, in words."""
        said = {name: "|".join(values) for name, values in self.filters.items()}
        if self.updated_after is not None:
            said["updated_after"] = instant_text(self.updated_after)
        if self.include_descendants:
            said["include_descendants"] = "true"
        return said if self.system is None else said | {"system": self.system}


def _wanted(call: Call) -> tuple[Wanted, Page]:
    wanted = read(call.json(), Wanted)
    if wanted.kind not in SOURCES:
        raise MalformedBody((Flaw("/kind", "unknown-value", f"must be one of {', '.join(SOURCES)}"),))
    if wanted.format not in _FORMATS:
        raise MalformedBody((Flaw("/format", "unknown-value", "must be csv or ndjson"),))
    if wanted.system is not None and not is_system(wanted.system):
        raise MalformedBody((Flaw("/system", "malformed-external-id", "must name another system"),))
    return wanted, Page(
        filters=_filters(wanted),
        updated_after=wanted.updated_after,
        descendants=wanted.include_descendants,
    )


def _filters(wanted: Wanted) -> dict[str, list[Any]]:
    known, found, flaws = SOURCES[wanted.kind].filters, {}, []
    for name, values in wanted.filters.items():
        place = f"/filters{step(name)}"
        if name not in known:
            flaws += unknown_fields([name], known, "/filters")
            continue
        try:
            found[name] = [value_of(value, known[name], name) for value in values]
        except MalformedRequest as error:
            flaws.append(Flaw(place, "invalid-value", error.reason))
    if flaws:
        raise MalformedBody(tuple(flaws))
    return found


async def _begun(call: Call, idempotency: Idempotency) -> Answer:
    wanted, page = _wanted(call)
    source, transfers = SOURCES[wanted.kind], call.services.transfers
    call.require(f"{source.scope}:read")
    begun: list[Export] = []
    asked = {"kind": wanted.kind, "format": wanted.format, "asked": wanted.asked}
    with transfers.room(call.scope.tenant):
        answer = await idempotency.run(call, lambda work: EXPORTS.begin(call, work, begun, **asked))
        for record in begun:
            run = ExportRun(
                record=record,
                source=source,
                page=page,
                system=wanted.system,
                mark=wanted.byte_order_mark,
                call=attrs.evolve(call, headers={}, query={}, path={}, body=b""),
            )
            transfers.submit(record.id, call.scope.tenant, run.run)
    return answer


async def _file(call: Call) -> Answer:
    """The right to read what is in it is needed as it is for the list."""
    found = await EXPORTS.found(call)
    call.require(f"{SOURCES[found.kind].scope}:read")
    name = f"{found.kind}-{shown('exp', found.id)}.{found.format.value}"
    return await EXPORTS.download(found, name, _FORMATS[found.format], call)


def _own(record: Export) -> dict[str, Any]:
    return {
        "asked": dict(record.asked),
        "rows": record.rows,
        "size": record.size,
        "sha256": record.sha256,
    }


_COUNT = {"type": "integer"}
EXPORTS = TransferKind(
    name="export",
    prefix="exp",
    record=Export,
    leaves="file",
    until="expires_at",
    own=_own,
    further={
        "asked": {"type": "object", "additionalProperties": TEXT},
        "rows": _COUNT,
        "size": _COUNT,
        "sha256": optional(TEXT),
    },
    filters={"kind": str},
)
_WANTED = {
    "title": "ExportInput",
    "type": "object",
    "properties": {
        "kind": {"type": "string", "enum": list(SOURCES)},
        "format": {"type": "string", "enum": [one.value for one in _FORMATS]},
        "system": optional({**SYSTEM.schema, "description": "Whose ids stand beside the records."}),
        "filters": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": TEXT},
            "description": "As the list of the kind takes them, each with the values that it allows.",
        },
        "updated_after": optional(INSTANT),
        "include_descendants": {"type": "boolean"},
        "byte_order_mark": {
            "type": "boolean",
            "description": "Before a table, for spreadsheets.",
        },
    },
    "required": ["kind"],
    "additionalProperties": False,
    "examples": [{"kind": "customers", "format": "csv", "system": "sap"}],
}


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    async def begin(call: Call) -> Answer:
        return await _begun(call, idempotency)

    return [
        *EXPORTS.endpoints(),
        followed(Endpoint(
            method="POST", path=EXPORTS.at, operation="exports_create",
            summary="Export records of one kind to a file", scope="exports:write", handle=begin,
            takes=_WANTED, gives=EXPORTS.schema, status=202, headers={"Idempotency-Key": KEY},
        ), EXPORTS.get),
        Endpoint(method="GET", path=f"{EXPORTS.at}/{{id}}/file", operation="exports_file",
                 summary="Download the file of an export", scope="exports:read", handle=_file,
                 gives={"type": "string"}, names="exp", media_type="text/csv",
                 files=("application/x-ndjson",)),
    ]  # fmt: skip
