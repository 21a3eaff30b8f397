"""The reference: `openapi.json`, Swagger UI from our own files, and what each problem means."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

import orjson
from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from emobility_app.http.endpoint import Endpoint
from emobility_app.http.openapi import describe
from emobility_app.problems import leaves

_STATIC = files("emobility_app") / "static"
_FILES = {
    "swagger-ui-bundle.js": ("vendor/swagger-ui/swagger-ui-bundle.js", "text/javascript"),
    "swagger-ui.css": ("vendor/swagger-ui/swagger-ui.css", "text/css"),
    "reference.js": ("reference.js", "text/javascript"),
    "problems.css": ("problems.css", "text/css"),
}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>emobility: API reference</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<noscript>The description of the API is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/reference.js"></script>
</body>
</html>
"""


def routes(operations: Sequence[Endpoint], base: str) -> list[Any]:
    once, made = asyncio.Lock(), list[bytes]()

    def make() -> None:
        made.append(orjson.dumps(describe(operations, base)))

    @get("/openapi.json", name="openapi", media_type="application/json")
    async def openapi() -> Response[bytes]:
        # Made when it is first asked for, so that a server starts the sooner, and beside the loop.
        async with once:
            if not made:
                await asyncio.to_thread(make)
        return Response(made[0], media_type="application/json")

    @get("/docs", name="docs", media_type="text/html")
    async def docs() -> Response[str]:
        return Response(_PAGE, media_type="text/html")

    @get("/docs/{name:str}", name="docs_file")
    async def docs_file(name: FromPath[str]) -> Response[bytes]:
        if name not in _FILES:
            raise NotFoundException("There is no such file.")
        path, media_type = _FILES[name]
        content = _STATIC.joinpath(path).read_bytes()
        return Response(content, media_type=media_type, headers={"Cache-Control": "max-age=3600"})

    @get("/problems", name="problems")
    async def problems() -> Response[str]:
        rows = "".join(f'<li><a href="/problems/{leaf.code}">{leaf.code}</a></li>' for leaf in leaves())
        return _page("Problems", f"<ul>{rows}</ul>")

    @get("/problems/{code:str}", name="problem")
    async def problem(code: FromPath[str]) -> Response[str]:
        leaf = next((leaf for leaf in leaves() if leaf.code == code), None)
        if leaf is None:
            raise NotFoundException("There is no such problem.")
        cause, _, remedy = " ".join((leaf.__doc__ or "").split()).partition("Remedy: ")
        return _page(code, f"<p>{escape(cause)}</p><p><strong>Remedy:</strong> {escape(remedy)}</p>")

    return [openapi, docs, docs_file, problems, problem]


_PROBLEM_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · emobility</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/problems.css">
</head>
<body>
<nav><a href="/problems">All problems</a> · <a href="/docs">API reference</a></nav>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def _page(title: str, body: str) -> Response[str]:
    # Litestar adds the charset.
    return Response(_PROBLEM_PAGE.format(title=escape(title), body=body), media_type="text/html")
