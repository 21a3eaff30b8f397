"""The page on the client is followed word by word, against a new server."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from emobility_app.clients import create_client
from emobility_app.store import opened, tenant_named
from emobility_client import Client
from emobility_core.identity import SCOPES
from emobility_core.tenancy import ROOT_NAME
from tests.app.http.house import house, template

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "call-from-python.md"
_BLOCK = re.compile(r"^```py\n(.*?)^```", re.MULTILINE | re.DOTALL)
__all__ = ["template"]


async def test_what_the_page_shows_is_what_happens(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "\n".join(_BLOCK.findall(PAGE.read_text()))
    shutil.copy(template, tmp_path / "page.db")
    url = f"sqlite:///{tmp_path / 'page.db'}"
    async with opened(url) as store:
        root = await tenant_named(store, ROOT_NAME)
        client = await create_client("page", sorted(SCOPES), tenant=root, store=store)
    async with house(url) as served:

        def follow() -> None:
            with Client(served.server.http_url, client.id, client.secret) as api:
                exec(compile(code, str(PAGE), "exec"), {"api": api})

        await asyncio.to_thread(follow)
    promised = re.findall(r"^ *(?:print\(.*\)  )?# (.+)$", code, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == promised
