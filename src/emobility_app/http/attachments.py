"""Files that stations have delivered, over HTTP."""

from __future__ import annotations

from typing import Any

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.schemas import list_schema, objects, schema_of
from emobility_app.http.tags import tagged
from emobility_app.wire import wire
from emobility_core.commands import Attachment, remove_attachment
from emobility_core.ids import AttachmentId, CommandId, StationId, parse_id

FILTERS: dict[str, Any] = {"station": StationId, "command": CommandId}


async def _list(call: Call) -> Answer:
    page = page_of(call, FILTERS)
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.attachments, wire.unstructure)


async def _found(call: Call) -> Attachment:
    async with call.services.reading(call.scope) as work:
        found: Attachment = await work.attachments.get(AttachmentId(parse_id("att", call.path["id"])))
    return found


async def _get(call: Call) -> Answer:
    found = await _found(call)
    return tagged(call, wire.unstructure(found), found.version)


async def _content(call: Call) -> Answer:
    """As a download, whatever the station says that it is: nothing of it runs in a browser."""
    found = await _found(call)
    headers = {"Content-Disposition": f'attachment; filename="{found.name}"'}
    stream = call.services.files.read(found.id)
    return Answer(stream=stream, media_type="application/octet-stream", headers=headers)


async def _remove(call: Call) -> Answer:
    services = call.services
    removed = await remove_attachment(
        AttachmentId(parse_id("att", call.path["id"])),
        files=services.files,
        scope=call.scope,
        transactions=services.transactions,
        clock=call.clock,
        ids=services.ids,
    )
    return Answer(content=wire.unstructure(removed))


_ATTACHMENT = objects(schema_of(Attachment)["properties"], title="Attachment")
ENDPOINTS = [
    Endpoint(method="GET", path="/v1/attachments", operation="attachments_list", summary="List attachments",
             scope="attachments:read", handle=_list, gives=list_schema(_ATTACHMENT),
             query=parameters(FILTERS)),
    Endpoint(method="GET", path="/v1/attachments/{id}", operation="attachments_get",
             summary="Read an attachment", scope="attachments:read", handle=_get, gives=_ATTACHMENT,
             names="att"),
    Endpoint(method="DELETE", path="/v1/attachments/{id}", operation="attachments_remove",
             summary="Remove an attachment for good", scope="attachments:write", handle=_remove,
             gives=_ATTACHMENT, names="att"),
    Endpoint(method="GET", path="/v1/attachments/{id}/content", operation="attachments_content",
             summary="Download an attachment", scope="attachments:read", handle=_content,
             gives={"type": "string", "format": "binary"}, names="att",
             media_type="application/octet-stream"),
]  # fmt: skip
