"""Files that pages need, served under the hash of their content so that browsers may keep them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.resources import files

import attrs
from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

_KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@attrs.frozen
class Asset:
    """A file's content and type."""

    content: bytes
    kind: str


class Assets:
    """All files in the folder `static` of a package, below `under`."""

    def __init__(self, package: str, under: str) -> None:
        self._under = under
        self._names: dict[str, str] = {}
        self._assets: dict[str, Asset] = {}
        for file in files(package).joinpath("static").iterdir():
            stem, _, ending = file.name.rpartition(".")
            if ending in _KINDS:
                content = file.read_bytes()
                hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:16]}.{ending}"
                self._names[file.name] = hashed
                self._assets[hashed] = Asset(content, _KINDS[ending])

    def url(self, name: str) -> str:
        """Where the page finds a file."""
        return f"{self._under}/{self._names[name]}"

    def route(self) -> HTTPRouteHandler:
        assets: Mapping[str, Asset] = self._assets

        @get(f"{self._under}/{{name:str}}", include_in_schema=False, sync_to_thread=False)
        def asset(name: FromPath[str]) -> Response[bytes]:
            found = assets.get(name)
            if found is None:
                raise NotFoundException()
            headers = {"Cache-Control": "public, max-age=31536000, immutable"}
            return Response(found.content, media_type=found.kind, headers=headers)

        return asset
