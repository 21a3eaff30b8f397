"""People who sign in at a house: users with passwords, browsers that follow the forms, clients of theirs."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import attrs
import httpx
import pytest

from tests.app.http.callers import Callers
from tests.app.http.house import House, Json

PASSWORD = "correct horse battery"
BACK = "https://app.example/back"


@attrs.frozen(kw_only=True)
class App:
    """A public client, first-party unless told otherwise, with a code challenge of its own."""

    id: str
    verifier: str
    secret: str | None = None

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def query(self, **changes: str | None) -> str:
        usual = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": BACK,
            "scope": "sites:read",
            "state": "s-1",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
        }
        return urlencode({name: value for name, value in (usual | changes).items() if value is not None})


@attrs.frozen
class People:
    """Makes them, and signs them in."""

    served: House
    http: httpx.AsyncClient

    async def user(
        self, email: str = "ada@stadtwerk.example", *, role: str | None = "owner", **more: Any
    ) -> Json:
        """A user with a password and a role."""
        made = await self.served.post("/v1/users", {"email": email, **more})
        if role is not None:
            await self.assign(made, role)
        link = await self.link(made)
        answer = await self.http.post(
            "/sign-in/password", data={"link": link, "password": PASSWORD, "repeat": PASSWORD}
        )
        assert answer.status_code == 200, answer.text
        return made

    async def assign(self, user: Json, role: str) -> None:
        await self.served.post("/v1/role-assignments", {"actor": f"user:{user['id']}", "role": role})

    async def link(self, user: Json) -> str:
        made = await self.served.post(f"/v1/users/{user['id']}/password-links", {})
        return str(dict(parse_qsl(urlsplit(made["url"]).query))["link"])

    async def app(self, *scopes: str, **changes: Any) -> App:
        body = {
            "name": "App",
            "scopes": scopes or ["sites:read", "tokens:read"],
            "authentication": "none",
            "redirect_uris": [BACK],
            "first_party": True,
        }
        made = await self.served.post("/v1/api-clients", body | changes)
        return App(id=made["id"], verifier=secrets.token_urlsafe(48), secret=made["secret"])

    async def submit(self, query: str, step: str, **fields: str) -> httpx.Response:
        return await self.http.post("/oauth/authorize", data={"query": query, "step": step, **fields})

    async def sign_in(
        self, app: App, email: str = "ada@stadtwerk.example", password: str = PASSWORD, **changes: str | None
    ) -> httpx.Response:
        """What the password leads to."""
        return await self.submit(app.query(**changes), "password", email=email, password=password)

    async def code(self, app: App, email: str = "ada@stadtwerk.example", /, **changes: str | None) -> str:
        fields = {"email": email, "password": PASSWORD}
        return sent_back(await self.submit(app.query(**changes), "password", **fields))["code"]

    async def redeem(self, app: App, code: str, /, **changes: str | None) -> httpx.Response:
        usual = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "client_id": app.id,
            "code_verifier": app.verifier,
        }
        form = {name: value for name, value in (usual | changes).items() if value is not None}
        return await self.http.post("/oauth/token", data=form)

    async def tokens(self, app: App, email: str = "ada@stadtwerk.example", /, **changes: str | None) -> Json:
        answer = await self.redeem(app, await self.code(app, email, **changes))
        assert answer.status_code == 200, answer.text
        given: Json = answer.json()
        return given

    async def refresh(self, app: App, token: str, **changes: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": app.id, **changes}
        return await self.http.post("/oauth/token", data=form)

    async def get(self, path: str, token: str) -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {token}"})


def sent_back(answer: httpx.Response) -> dict[str, str]:
    """What the client hears, after the browser was sent back to it."""
    assert answer.status_code == 303, answer.text
    location = urlsplit(answer.headers["location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == BACK
    return dict(parse_qsl(location.query))


def hidden(answer: httpx.Response, name: str) -> str:
    """A hidden field of a form."""
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found is not None, answer.text
    return unescape(found[1])


def message(answer: httpx.Response) -> str:
    found = re.search(r'id="message">([^<]*)<', answer.text)
    return "" if found is None else unescape(found[1])


@pytest.fixture
async def people(served: House, callers: Callers) -> People:
    """Who signs in at the house of this test."""
    return People(served, await callers.anybody())
