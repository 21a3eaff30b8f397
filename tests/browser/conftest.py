"""A real browser. Without one the tests are skipped, except where CI must not lose them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = Path(os.environ.get("EMOBILITY_CHROMIUM", "/usr/bin/chromium"))
_ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


# Not for the session: Playwright runs an event loop in this thread, in which no other test could run one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("CI_REQUIRE_VECTORS") == "1":
            pytest.fail(f"no Chromium at {CHROMIUM}, and CI_REQUIRE_VECTORS=1")
        pytest.skip(f"no Chromium at {CHROMIUM}: install it, or name it in EMOBILITY_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_ARGUMENTS))
        yield browser
        browser.close()
