"""The world in which stations connect, and where the vectors are."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .world import World, a_world

_DEFAULT = Path(__file__).parents[3] / ".." / "shared" / "vectors"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        yield made


@pytest.fixture
def vectors() -> Path:
    """The folder of third-party vectors; DECISIONS 16: where they are required they cannot vanish."""
    folder = Path(os.environ.get("EMOBILITY_VECTORS", _DEFAULT))
    if not folder.is_dir():
        refuse = pytest.fail if os.environ.get("CI_REQUIRE_VECTORS") == "1" else pytest.skip
        refuse(f"no vectors in {folder} (EMOBILITY_VECTORS)")
    return folder
