"""HTTP in the server's own loop: uvicorn without its signals and its own ideas of logging."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from emobility_app.settings import Address, Tls

_CLOSE_WITHIN_S = 3


class _Quiet(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the command line's."""
        yield


def listening(address: Address) -> socket.socket:
    """Bind a socket; raise `OSError` if the address is in use."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # Named, else asyncio leaves Nagle's algorithm on and answers wait for acknowledgements (40 ms).
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((address.host, address.port))
        # Else a second server might bind it as well; who connects meanwhile waits.
        bound.listen()
    except OSError as error:
        bound.close()
        raise OSError(error.errno, f"{address}: {error.strerror}") from error
    return bound


def port_of(bound: socket.socket) -> int:
    port: int = bound.getsockname()[1]
    return port


@asynccontextmanager
async def serving(app: Any, bound: socket.socket, tls: Tls | None) -> AsyncIterator[None]:
    """Serve HTTP while the block runs, from when it is entered."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        # Whoever writes these headers is looked at where they count.
        proxy_headers=False,
        lifespan="on",
        timeout_graceful_shutdown=_CLOSE_WITHIN_S,
        ssl_certfile=None if tls is None else str(tls.certificate),
        ssl_keyfile=None if tls is None else str(tls.key),
    )
    server = _Quiet(config)
    task = asyncio.create_task(server.serve(sockets=[bound]), name="http")
    ready = asyncio.create_task(server.ready.wait())
    await asyncio.wait((task, ready), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    try:
        yield
    finally:
        server.should_exit = True
        await task
