"""People sign in with a real browser: without script, under the one strict policy, back at the client."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import attrs
import pytest
from playwright.sync_api import Browser, Page, expect

from emobility_app.clients import Store
from emobility_app.store import EVERYTHING, migrated, opened, tenant_named
from emobility_app.users import create_user
from emobility_core.identity import SCOPES, ApiClient, ClientAuthentication, register_client
from emobility_core.ids import ClientId, TenantId, shown
from emobility_core.tenancy import ROOT_NAME
from tests.app.cli.child import started

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "a quiet harbour wall"
EMAIL = "ada@stadtwerk.example"
VERIFIER = "v" * 43


@attrs.frozen
class Place:
    """A server, the link of its first user, and a client of others with its redirect URI."""

    url: str
    link: str
    client: str
    back: str
    heard: list[str]

    def asked(self, **changes: str) -> str:
        digest = hashlib.sha256(VERIFIER.encode()).digest()
        fields = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": self.back,
            "scope": "sites:read",
            "state": "s-1",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{self.url}/oauth/authorize?{urlencode(fields | changes)}"


class _Client(BaseHTTPRequestHandler):
    """Where people come back to."""

    def do_GET(self) -> None:
        self.server.heard.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"back")

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


async def _furnish(database: str, back: str) -> tuple[str, str]:
    await migrated(database)
    async with opened(database) as store:
        root = await tenant_named(store, ROOT_NAME)
        _, link = await create_user(EMAIL, "Ada", "owner", tenant=root, store=store)
        return link, await _client(store, TenantId(root.id), back)


async def _client(store: Store, tenant: TenantId, back: str) -> str:
    now = store.clock.now()
    client = ApiClient(
        id=ClientId(store.ids.uuid7(now)),
        tenant=tenant,
        created_at=now,
        updated_at=now,
        name="Elsewhere",
        scopes=("sites:read",),
        authentication=ClientAuthentication.NONE,
        redirect_uris=(back,),
        secret_digest="",
    )
    async with store.transactions(EVERYTHING) as work:
        await register_client(client, by=SCOPES, work=work, at=now, ids=store.ids)
    return shown("cli", client.id)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("sign-in")
    heard: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), _Client) as server:
        server.heard = heard  # type: ignore[attr-defined]
        back = f"http://127.0.0.1:{server.server_port}/back"
        # In a thread: Playwright runs an event loop in this one.
        found: list[tuple[str, str]] = []
        database = f"sqlite:///{folder / 'house.db'}"
        thread = threading.Thread(target=lambda: found.append(asyncio.run(_furnish(database, back))))
        thread.start()
        thread.join()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        words = ["serve", "--database", database, "--http", "127.0.0.1:0", "--ocpp", "127.0.0.1:0", "--json"]
        with started(*words, folder=folder) as running:
            yield Place(running.ready["http_url"], *found[0], back, heard)
        server.shutdown()


def _page(browser: Browser, locale: str, faults: list[str]) -> Page:
    context = browser.new_context(
        locale=locale, java_script_enabled=False, viewport={"width": 320, "height": 640}
    )
    page = context.new_page()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    return page


def _shot(page: Page, name: str) -> None:
    """Kept for whoever wants to look."""
    folder = Path(__file__).parents[2] / ".nox" / "shots"
    if folder.exists():
        page.screenshot(path=folder / f"sign-in-{name}.png")


def test_a_person_sets_a_password_signs_in_allows_and_comes_back(browser: Browser, place: Place) -> None:
    faults: list[str] = []
    page = _page(browser, "en-GB", faults)
    page.goto(f"{place.url}/sign-in/password?link={place.link}")
    page.get_by_label("New password, at least 12 characters").fill(PASSWORD)
    page.get_by_label("Once more").fill(PASSWORD)
    _shot(page, "password")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading")).to_have_text("Done")

    page.goto(place.asked())
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill("something else entirely")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("E-mail or password is wrong")
    _shot(page, "wrong")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading")).to_have_text("Allow access?")
    expect(page.get_by_text("Elsewhere wants to act")).to_be_visible()
    _shot(page, "consent")
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{place.back}**")
    told = parse_qs(urlsplit(page.url).query)
    assert (told["state"], told["iss"], len(told["code"])) == (["s-1"], [place.url], 1)
    assert page.context.cookies() == []
    assert faults == []


def test_the_page_is_german_and_fits_a_small_screen(browser: Browser, place: Place) -> None:
    faults: list[str] = []
    page = _page(browser, "de-DE", faults)
    page.goto(place.asked())
    expect(page.get_by_role("heading")).to_have_text("Anmelden")
    expect(page.get_by_label("Passwort")).to_be_visible()
    _shot(page, "german")
    assert page.locator("main").bounding_box()["width"] <= 320  # type: ignore[index]
    page.goto(place.asked(redirect_uri="https://evil.example/"))
    expect(page.get_by_role("heading")).to_have_text("Hier geht es nicht weiter")
    assert page.url.startswith(place.url)
