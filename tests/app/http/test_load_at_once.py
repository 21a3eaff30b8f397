"""Whoever writes points of a budget at once is answered as if one had come after the other."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from emobility_app.store import migrated
from tests.app.http.house import Json, house

ROUNDS, AT_ONCE = 3, 4


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each of the two databases in turn, without a tenant."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


async def test_points_and_a_budget_written_at_once_keep_the_fail_safes_below_the_limit(new_url: str) -> None:
    await migrated(new_url)
    async with house(new_url) as served:
        for round in range(ROUNDS):
            site = await served.post("/v1/sites", {"name": f"Yard {round}"})
            budget = await served.post("/v1/load-budgets", {"site": site["id"], "limits": ["32"]})
            stations = [
                await served.post("/v1/stations", {"identity": f"CP{round}-{number}"})
                for number in range(AT_ONCE)
            ]

            def point(station: Json, budget: Json = budget) -> Json:
                return {
                    "budget": budget["id"],
                    "station": station["id"],
                    "max_current": "32",
                    "fail_safe": "20",
                }

            lowered = served.http.patch(f"/v1/load-budgets/{budget['id']}", json={"limits": ["16"]})
            answers = await asyncio.gather(
                *(served.http.post("/v1/load-points", json=point(station)) for station in stations), lowered
            )
            assert Counter(answer.status_code // 100 for answer in answers) == {2: 1, 4: AT_ONCE}
            refusals = {one.json()["code"] for one in answers if one.status_code >= 400}
            assert refusals == {"fail-safes-exceed-limit"}
