"""Strong ETags: the version of what is stored, and a digest of all that is shown beside it."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from emobility_app.http.endpoint import Answer, Call


def version_tag(version: int) -> str:
    """The part of an ETag that names the version."""
    return f"v{version}."


def tagged(call: Call, view: dict[str, Any], version: int) -> Answer:
    """Answer with one object, or with 304 where it is read by a caller who has it as it is."""
    digest = hashlib.sha256(orjson.dumps(view)).hexdigest()[:16]
    tag = f'"{version_tag(version)}{digest}"'
    known = call.headers.get("if-none-match", "")
    if call.method == "GET" and (known.strip() == "*" or tag in known):
        return Answer(status=304, headers={"ETag": tag})
    return Answer(content=view, headers={"ETag": tag})
