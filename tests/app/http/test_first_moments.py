"""What happens in the first moments of a server is heard by everybody who is to hear of it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from emobility_app.relay import Relay, Tail
from emobility_app.webhooks import SUBSCRIBER
from tests.app.http.house import house


async def test_all_have_their_places_before_the_first_of_them_follows(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, found = tmp_path / "house.db", list[dict[str, int]]()
    shutil.copy(template, path)
    follow = Tail.run

    async def look_first(tail: Tail) -> None:
        with closing(sqlite3.connect(path)) as connection:
            found.append(dict(connection.execute("SELECT subscriber, position FROM subscriber_position")))
        await follow(tail)

    monkeypatch.setattr(Tail, "run", look_first)
    relays: list[Relay] = []
    run = Relay.run

    async def known(relay: Relay) -> None:
        relays.append(relay)
        await run(relay)

    monkeypatch.setattr(Relay, "run", known)
    async with house(f"sqlite:///{path}"):
        (places,), (relay,) = found, relays
    assert set(places) == {SUBSCRIBER, *(one.name for one in relay._reactions)}
    assert set(places.values()) == {0}
