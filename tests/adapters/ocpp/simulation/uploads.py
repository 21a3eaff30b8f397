"""A place on the network that files are fetched from and delivered to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class FilePlace:
    """Gives `content` for every GET and keeps what is delivered; `refuses` maps methods to a status."""

    def __init__(self) -> None:
        self.content = b"firmware"
        self.refuses: dict[str, int] = {}
        self.taken: list[tuple[str, str, bytes]] = []
        self.url = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        refused = self.refuses.get(handler.command)
        if refused is None and handler.command != "GET":
            self.taken.append((handler.command, handler.path, body))
        reply = self.content if handler.command == "GET" else b""
        handler.send_response(refused or 200)
        handler.send_header("Content-Length", str(len(reply)))
        handler.end_headers()
        handler.wfile.write(reply)


@asynccontextmanager
async def a_file_place() -> AsyncIterator[FilePlace]:
    place = FilePlace()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place.answer(self)

        do_PUT = do_POST = do_GET

        def log_message(self, format: str, *arguments: Any) -> None:
            """Tests are told by what is taken."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    place.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield place
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
