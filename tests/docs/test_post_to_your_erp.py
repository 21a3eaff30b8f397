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

from tests.adapters.erp.extf import read_extf
from tests.app.http.house import house, template

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
PAGES = ("post-to-your-erp.md", "export-to-datev.md")
_BLOCK = re.compile(r"^```py\n(.*?)^```", re.MULTILINE | re.DOTALL)
__all__ = ["template"]


async def test_what_the_pages_show_is_what_happens(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "\n".join("\n".join(_BLOCK.findall((HOW_TO / page).read_text())) for page in PAGES)
    shutil.copy(template, tmp_path / "page.db")
    names: dict[str, object] = {}

    def follow(url: httpx.URL, token: str) -> None:
        with httpx.Client(base_url=url, headers={"Authorization": token}, timeout=60) as api:
            names["api"] = api
            exec(compile(code, "post-to-your-erp.md", "exec"), names)

    async with house(f"sqlite:///{tmp_path / 'page.db'}") as served:
        await asyncio.to_thread(follow, served.http.base_url, served.http.headers["Authorization"])
    promised = re.findall(r"^print\(.*\)  # (.+)$", code, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == promised
    package = names["package"]
    assert isinstance(package, bytes)
    with zipfile.ZipFile(io.BytesIO(package)) as files:
        (name,) = files.namelist()
        (row,) = read_extf(files.read(name)).rows
    assert (row[1], row[11], row[39]) == ("11,90", "RE-1", "000000000030,5000")
