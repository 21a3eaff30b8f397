"""The page on test clocks is followed word by word, against a new server."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import httpx
import pytest

from tests.app.http.house import house, template

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "try-a-month-in-a-minute.md"
_BLOCK = re.compile(r"^```py\n(.*?)^```", re.MULTILINE | re.DOTALL)
__all__ = ["template"]


async def test_what_the_page_shows_is_what_happens(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "\n".join(_BLOCK.findall(PAGE.read_text()))
    shutil.copy(template, tmp_path / "page.db")

    def follow(url: httpx.URL, token: str) -> None:
        names: dict[str, object] = {}
        with httpx.Client(base_url=url, headers={"Authorization": token}, timeout=60) as api:
            names["api"] = api
            exec(compile(code, str(PAGE), "exec"), names)

    async with house(f"sqlite:///{tmp_path / 'page.db'}") as served:
        await asyncio.to_thread(follow, served.http.base_url, served.http.headers["Authorization"])
    promised = re.findall(r"^print\(.*\)  # (.+)$", code, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == promised
