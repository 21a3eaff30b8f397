"""The live page in a real browser: it moves, fits a small screen, and needs no script."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator

import attrs
import pytest
import uvicorn
from litestar import Litestar
from playwright.sync_api import Browser, Page, expect

from emobility_app.http.security import guarded
from emobility_app.pages.live import LivePage
from emobility_core.testing.clock import FrozenClock
from tests.app.pages.world import EVERYTHING, NOW, Shown, ended, overview, running

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@attrs.frozen
class Site:
    """The page on a real server, and what it is told."""

    url: str
    shown: Shown
    page: LivePage

    def tell(self, energy_wh: int) -> None:
        self.shown.overview = overview(running(energy_wh), over=(ended(),))


class _Server(uvicorn.Server):
    """Lets the viewers go before it waits for open connections, as any server of ours must."""

    def __init__(self, page: LivePage) -> None:
        super().__init__(
            uvicorn.Config(
                Litestar(page.routes(), before_send=[guarded], openapi_config=None), log_level="warning"
            )
        )
        self._page = page

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._page.close()
        await super().shutdown(sockets)


@pytest.fixture
def site() -> Iterator[Site]:
    shown = Shown(overview(running(), over=(ended(),)))
    page = LivePage(shown, scope=EVERYTHING, clock=FrozenClock(NOW), every_s=0.05)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = _Server(page)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield Site(f"http://127.0.0.1:{listening.getsockname()[1]}/", shown, page)
        server.should_exit = True
        thread.join()


@pytest.fixture
def tab(browser: Browser, site: Site) -> Iterator[Page]:
    """A tab in which any complaint of the browser fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def test_a_running_session_grows_before_the_eyes(tab: Page, site: Site) -> None:
    tab.goto(site.url)
    expect(tab.get_by_role("status")).to_have_text("Live")
    row = tab.get_by_role("row").filter(has_text="CP-0")
    expect(row).to_contain_text("2.50 kWh")
    site.tell(7_770)
    expect(row).to_contain_text("7.77 kWh")
    expect(row).to_contain_text("3.03")


def test_a_hidden_page_holds_no_connection_and_comes_back(tab: Page, site: Site) -> None:
    tab.goto(site.url)
    expect(tab.get_by_role("status")).to_have_text("Live")
    _pretend(tab, "hidden")
    _until(lambda: site.page.broadcast.viewers == 0)
    site.tell(9_990)
    _pretend(tab, "visible")
    expect(tab.get_by_role("row").filter(has_text="CP-0")).to_contain_text("9.99 kWh")
    assert site.page.broadcast.viewers == 1


def test_it_is_complete_without_a_script(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url)
    expect(page.get_by_role("row").filter(has_text="CP-0")).to_contain_text("2.50 kWh")
    expect(page.get_by_role("status")).to_contain_text("As of")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_320_pixels(browser: Browser, site: Site, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(site.url)
    expect(page.get_by_role("status")).to_have_text("Live")
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_contrast(browser: Browser, site: Site, scheme: str) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(site.url)
    poor = [one for one in page.evaluate(_CONTRASTS) if one["ratio"] < 4.5]
    context.close()
    assert poor == []


def test_structure_for_those_who_hear_the_page(tab: Page, site: Site) -> None:
    tab.goto(site.url)
    assert tab.evaluate("document.documentElement.lang") == "en"
    assert tab.get_by_role("heading", level=1).count() == 1
    headings = tab.get_by_role("heading", level=2).all_inner_texts()
    assert headings == ["Stations", "Charging now", "Ended lately"]
    for table in tab.get_by_role("table").all():
        assert table.locator("caption").inner_text()
        assert table.locator("thead th:not([scope=col])").count() == 0
    assert re.search(r"live", tab.title())


def _pretend(tab: Page, state: str) -> None:
    tab.evaluate(
        """state => {
            Object.defineProperty(document, "hidden", {configurable: true, get: () => state === "hidden"});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


def _until(condition: object, *, within_s: float = 3.0) -> None:
    assert callable(condition)
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


_CONTRASTS = """() => {
  const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const part = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = node => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return parse(getComputedStyle(document.documentElement).backgroundColor);
  };
  const seen = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), node = walker.currentNode.parentElement;
    if (!text || ["SCRIPT", "NOSCRIPT"].includes(node.tagName)) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    seen.push({text, ratio: (a + 0.05) / (b + 0.05)});
  }
  return seen;
}"""
