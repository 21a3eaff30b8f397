"""The pages on posting to an ERP system and to DATEV are followed word by word, against a new server."""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import zipfile
from pathlib import Path

import httpx
import pytest

from emobility_app.clients import create_client
from emobility_app.store import opened, tenant_named
from emobility_core.tenancy import ROOT_NAME
from tests.adapters.erp.extf import read_extf
from tests.app.http.house import house, template

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
PAGES = ("post-to-your-erp.md", "export-to-datev.md")
_BLOCK = re.compile(r"^```py\n(.*?)^```", re.MULTILINE | re.DOTALL)
__all__ = ["template"]


def scopes_of_the_page() -> list[str]:
    """What the sentence on the scopes names; whoever has no more than that must be able to follow."""
    (sentence,) = re.findall(r"with the scopes\s(.*?)\.\s", (HOW_TO / PAGES[0]).read_text(), re.DOTALL)
    return re.findall(r"`([a-z-]+:[a-z]+)`", sentence)


async def test_what_the_pages_show_is_what_happens(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "\n".join("\n".join(_BLOCK.findall((HOW_TO / page).read_text())) for page in PAGES)
    shutil.copy(template, tmp_path / "page.db")
    url = f"sqlite:///{tmp_path / 'page.db'}"
    async with opened(url) as store:
        root = await tenant_named(store, ROOT_NAME)
        client = await create_client("page", scopes_of_the_page(), tenant=root, store=store)
    names: dict[str, object] = {}

    def follow(url: str) -> None:
        with httpx.Client(base_url=url, timeout=60) as api:
            grant = {"grant_type": "client_credentials"}
            given = api.post("/oauth/token", data=grant, auth=(client.id, client.secret)).raise_for_status()
            api.headers["Authorization"] = f"Bearer {given.json()['access_token']}"
            names["api"] = api
            exec(compile(code, "post-to-your-erp.md", "exec"), names)

    async with house(url) as served:
        await asyncio.to_thread(follow, served.server.http_url)
    promised = re.findall(r"^print\(.*\)  # (.+)$", code, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == promised
    package = names["package"]
    assert isinstance(package, bytes)
    with zipfile.ZipFile(io.BytesIO(package)) as files:
        (name,) = files.namelist()
        (row,) = read_extf(files.read(name)).rows
    assert (row[1], row[11], row[39]) == ("11,90", "RE-1", "000000000030,5000")
