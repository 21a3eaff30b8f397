"""Strong ETags: the version of what is stored, and a digest of all that is shown beside it."""

from __future__ import annotations

import hashlib
from typing import Any

import attrs
import orjson

from emobility_app.http.endpoint import Answer, Call


def version_tag(version: int) -> str:
    """The part of an ETag that names the version."""
    return f"v{version}."


def tagged(call: Call, view: dict[str, Any], version: int) -> Answer:
    """Answer with one object, or with 304 where it is read by a caller who has it as it is."""
    return _tagged(call, Answer(content=view), version_tag(version))


def retagged(call: Call, answer: Answer) -> Answer:
    """Answer with an object to which something was added."""
    version, _, _ = answer.headers["ETag"].strip('"').partition(".")
    return _tagged(call, answer, f"{version}.")


def _tagged(call: Call, answer: Answer, version: str) -> Answer:
    tag = f'"{version}{hashlib.sha256(orjson.dumps(answer.content)).hexdigest()[:16]}"'
    known = call.headers.get("if-none-match", "")
    if call.method == "GET" and (known.strip() == "*" or tag in known):
        return Answer(status=304, headers={"ETag": tag})
    return attrs.evolve(answer, headers={**answer.headers, "ETag": tag})
