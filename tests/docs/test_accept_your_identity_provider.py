"""The page on identity providers is followed word by word, against a new server and a real provider; what
it shows for others are rules that the server takes."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from pathlib import Path

import httpx
import pytest

from tests.app.http.house import House, house, template
from tests.identity_provider.provider import IdentityProvider, identity_provider

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "accept-your-identity-provider.md"
_BLOCK = re.compile(r"^```py\n(.*?)^```", re.MULTILINE | re.DOTALL)
_RULES = re.compile(r"^```json\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE = "\n".join(_BLOCK.findall(PAGE.read_text()))
__all__ = ["template"]


def _follow(served: House, provider: IdentityProvider) -> None:
    token = served.http.headers["Authorization"]
    with httpx.Client(base_url=served.http.base_url, headers={"Authorization": token}, timeout=60) as api:
        names: dict[str, object] = {
            "api": api,
            "issuer": provider.issuer,
            "access_token": lambda client: asyncio.run(provider.token(client)),
        }
        exec(compile(CODE, str(PAGE), "exec"), names)


async def test_what_the_page_shows_is_what_happens(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(template, tmp_path / "page.db")
    with identity_provider({"ada": {"groups": ["charging-viewers"]}}) as provider:
        async with house(f"sqlite:///{tmp_path / 'page.db'}") as served:
            await asyncio.to_thread(_follow, served, provider)
            for rules in map(json.loads, _RULES.findall(PAGE.read_text())):
                assert (await served.post("/v1/trusted-issuers", rules))["name"] == rules["name"]
    assert capsys.readouterr().out.splitlines() == re.findall(r"^print\(.*\)  # (.+)$", CODE, re.MULTILINE)
