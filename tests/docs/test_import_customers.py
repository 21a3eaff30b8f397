"""The pages on imports are followed word by word, each against a new server."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import httpx
import pytest

from tests.app.http.house import house, template

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
_BLOCK = re.compile(r"^```py\n(.*?)^```", re.MULTILINE | re.DOTALL)
__all__ = ["template"]


@pytest.mark.parametrize("page", ["import-customers-and-tokens.md", "move-from-steve.md"])
async def test_what_the_page_shows_is_what_happens(
    page: str, template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "\n".join(_BLOCK.findall((HOW_TO / page).read_text()))
    shutil.copy(template, tmp_path / "page.db")

    def follow(url: httpx.URL, token: str) -> None:
        with httpx.Client(base_url=url, headers={"Authorization": token}, timeout=60) as api:
            exec(compile(code, page, "exec"), {"api": api})

    async with house(f"sqlite:///{tmp_path / 'page.db'}") as served:
        await asyncio.to_thread(follow, served.http.base_url, served.http.headers["Authorization"])
    promised = re.findall(r"^print\(.*\)  # (.+)$", code, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == promised
