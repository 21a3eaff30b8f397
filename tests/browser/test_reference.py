"""The reference at /docs in a real browser: it draws itself from our own files, under the strict policy."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest
import uvicorn
from litestar import Litestar
from playwright.sync_api import Browser, expect

from emobility_app.http import reference
from emobility_app.http.app import api
from emobility_app.http.event_schemas import EVENT_DATA
from emobility_app.http.security import guarded

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def site() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = Litestar(reference.routes(api(), url), before_send=[guarded], openapi_config=None)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield url
        server.should_exit = True
        thread.join()


def test_it_shows_every_operation_and_asks_nobody_else(browser: Browser, site: str) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/docs")
    expect(page.locator(".opblock")).to_have_count(len(EVENT_DATA))
    groups = Counter(one.path.split("/")[2] for one in api())
    expect(page.locator(".opblock-tag")).to_have_count(len(groups))
    for name, count in groups.items():
        group = page.locator(".opblock-tag-section", has=page.locator(f"#operations-tag-{name}"))
        group.locator(".opblock-tag").click()
        expect(group.locator(".opblock")).to_have_count(count)
        if name != "sessions":
            group.locator(".opblock-tag").click()
    page.get_by_text("/v1/sessions/{id}", exact=True).click()
    expect(page.get_by_text("Read a session").first).to_be_visible()
    expect(page.get_by_text("energy_kwh").first).to_be_visible()
    page.close()
    assert [url for url in asked if not url.startswith((f"{site}/", "data:"))] == []
    assert complaints == []
