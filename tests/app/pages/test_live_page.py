"""The page says what is, in words that cannot be misread, and under one strict policy."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from emobility_app.http.security import guarded
from emobility_app.pages.live import LivePage, plain_page
from emobility_app.pages.live.view import kwh, live_view, money
from emobility_core.energy import Energy
from emobility_core.money import Money
from emobility_core.overview import Overview
from emobility_core.testing.clock import FrozenClock
from tests.app.pages.world import (
    EVERYTHING,
    NOW,
    Shown,
    connector,
    ended,
    overview,
    running,
    station,
)


def _page(told: Overview) -> LivePage:
    return LivePage(Shown(told), scope=EVERYTHING, clock=FrozenClock(NOW), every_s=0.01)


@pytest.fixture
def client() -> Iterator[TestClient[Litestar]]:
    page = _page(overview(running(), over=(ended(), ended(None), ended(100, held=True))))
    with TestClient(Litestar(page.routes(), before_send=[guarded], openapi_config=None)) as client:
        yield client


def test_the_page_is_complete_without_a_script(client: TestClient[Litestar]) -> None:
    page = client.get("/").text
    for words in (
        "CP-0",
        "Rathausplatz",
        "AC",
        "Charging",
        "2.50 kWh",
        "€\u202f0.98",
        "€\u202f6.63",
        "17.00 kWh",
    ):
        assert words in page
    assert "in review" in page


def test_times_are_local_to_the_site_and_exact_for_machines(client: TestClient[Litestar]) -> None:
    page = client.get("/").text
    assert '<time datetime="2026-06-10T11:30:00+00:00">Wed 13:30</time>' in page


def test_nothing_inline_and_nothing_from_third_parties(client: TestClient[Litestar]) -> None:
    answer = client.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers.get_list("cache-control") == ["no-store"]
    assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?![^>]*\ssrc=)", answer.text)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", answer.text)


def test_assets_are_named_by_content_and_kept(client: TestClient[Litestar]) -> None:
    links = re.findall(r"(?:src|href)=\"(/assets/[^\"]+)\"", client.get("/").text)
    assert len(links) == 3
    for link in links:
        answer = client.get(link)
        assert answer.status_code == 200
        assert answer.headers.get_list("cache-control") == ["public, max-age=31536000, immutable"]
        assert len(answer.content) <= 10_000
    assert client.get("/assets/live/live.0000000000000000.css").status_code == 404


def test_what_stations_call_themselves_is_escaped() -> None:
    page = _page(Overview(stations=(station(identity="<b>x", site="<i>"),), running=(), ended=()))
    with TestClient(Litestar(page.routes(), before_send=[guarded], openapi_config=None)) as client:
        text = client.get("/").text
    assert "&lt;b&gt;x" in text
    assert "<b>x" not in text


def test_an_empty_network_says_what_to_do() -> None:
    page = _page(Overview(stations=(), running=(), ended=()))
    with TestClient(Litestar(page.routes(), before_send=[guarded], openapi_config=None)) as client:
        text = client.get("/").text
    assert "POST /v1/stations" in text
    assert "Nobody is charging" in text


def test_an_offline_station_is_not_shown_as_if_it_were_there() -> None:
    view = live_view(Overview(stations=(station(online=False), station(1)), running=(), ended=()))
    assert (view.online, view.stations) == (1, 2)


def test_unknown_words_of_stations_are_shown_as_they_are() -> None:
    told = station(connectors=(connector(1, "Dreaming"), connector(2, "SuspendedEV")))
    (site,) = live_view(Overview(stations=(told,), running=(), ended=())).sites
    assert [(one.word, one.tone) for one in site.stations[0].connectors] == [
        ("Dreaming", "out"),
        ("Paused by car", "busy"),
    ]


def test_energy_is_never_rounded_up_and_a_missing_one_is_no_zero() -> None:
    assert kwh(Energy.wh(1_999)) == "1.99 kWh"
    assert kwh(None) == "–"
    assert money(None) == "–"
    assert money(Money(1234, "CHF")) == "12.34 CHF"


def test_without_sign_in_a_server_shows_only_what_it_is() -> None:
    with TestClient(Litestar(plain_page(), before_send=[guarded], openapi_config=None)) as client:
        answer = client.get("/")
        assert "/docs" in answer.text
        assert "/openapi.json" in answer.text
        assert "content-security-policy" in answer.headers
        assert client.get("/live/events").status_code == 404
