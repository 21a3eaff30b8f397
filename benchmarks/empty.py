"""The yardstick of the API: a Litestar application with one empty handler, served as the product is."""

from __future__ import annotations

import sys

import uvicorn
from litestar import Litestar, get


@get("/empty")
async def _empty() -> dict[str, str]:
    return {}


if __name__ == "__main__":
    application = Litestar([_empty], openapi_config=None, logging_config=None)
    uvicorn.run(
        application,
        host=sys.argv[1],
        port=int(sys.argv[2]),
        loop="uvloop",
        access_log=False,
        log_level="error",
    )
