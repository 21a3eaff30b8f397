"""A house with one object of every kind: for clients that know no event loop."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
import requests

from tests.app.http.house import Json
from tests.app.http.objects import everything
from tests.app.http.standing import standing_at


@attrs.frozen
class Inhabited:
    """Where the API is, `http` signed in with every scope, and its objects by the prefix of their ids."""

    url: str
    http: requests.Session
    objects: dict[str, Json]


@pytest.fixture(scope="module")
def inhabited(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inhabited]:
    database = tmp_path_factory.mktemp("inhabited") / "house.db"
    shutil.copy(template, database)
    with (
        standing_at(f"sqlite:///{database}", everything) as (served, objects),
        requests.Session() as http,
    ):
        http.headers["Authorization"] = served.http.headers["authorization"]
        yield Inhabited(served.server.http_url, http, objects)
