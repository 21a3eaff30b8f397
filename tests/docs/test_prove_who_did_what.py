"""The lines that check an exported chain find what was done to it, against a real server's chain."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobility_app.auditing import seal_waiting
from emobility_app.compose import EVERYTHING
from tests.app.http.house import house, template

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "prove-who-did-what.md"
__all__ = ["template"]


@pytest.fixture
def first_broken() -> Callable[[list[str]], int | None]:
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len([line for line in code.splitlines() if line]) <= 21
    names: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), names)
    found: Callable[[list[str]], int | None] = names["first_broken"]
    return found


async def test_an_exported_chain_is_checked_offline(
    template: Path, tmp_path: Path, first_broken: Callable[[list[str]], int | None]
) -> None:
    shutil.copy(template, tmp_path / "page.db")
    async with house(f"sqlite:///{tmp_path / 'page.db'}") as served:
        for name in ("Süd", "Nord \u2028", 'a "b" \\ \x01'):
            await served.post("/v1/sites", {"name": name})
        transactions = served.server.transactions
        await seal_waiting(transactions, transactions.reading, EVERYTHING)
        lines = (await served.http.get("/v1/audit-chain")).text.split("\n")[:-1]
    assert len(lines) == 4
    assert first_broken(lines) is None
    assert first_broken(lines[:1] + lines[2:]) == 2
    assert first_broken([lines[0], lines[2], lines[1], lines[3]]) == 2
    for place, name in ((2, "Nord"), (3, "sites_create")):
        tampered = [*lines[:place], lines[place].replace(name, "x"), *lines[place + 1 :]]
        assert first_broken(tampered) == place + 1
    told = json.loads(lines[1])
    told["details"] = []
    with pytest.raises(ValueError, match="zip"):
        first_broken([lines[0], json.dumps(told)])
