"""Settings refuse what would fail later, or be seen by strangers."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from emobility_adapters.sql.urls import sqlite_path, without_password
from emobility_app.operating import ImpossiblePace, Operating
from emobility_app.settings import (
    Address,
    MalformedAddress,
    MalformedDatabaseUrl,
    PlainDoorMisplaced,
    Settings,
    Tls,
    TlsIncomplete,
    UnprotectedBind,
    checked_database_url,
)


@pytest.mark.parametrize("text", ["127.0.0.1:8000", "[::1]:0", "charge.example.com:443"])
def test_an_address_is_shown_as_it_was_written(text: str) -> None:
    assert str(Address.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["8000", ":8000", "::1:80", "[127.0.0.1]:80", "host:", "host:-1", "host:65536", "host:８０"]
)
def test_an_address_that_is_not_host_and_port_is_refused(text: str) -> None:
    with pytest.raises(MalformedAddress):
        Address.parse(text)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "[::1]", "localhost"])
def test_loopback_needs_no_protection(host: str) -> None:
    Settings(http=Address.parse(f"{host}:1"), ocpp=Address.parse(f"{host}:2"))


@pytest.mark.parametrize("which", ["http", "ocpp"])
@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.168.1.5", "charge.example.com"])
def test_a_public_address_needs_tls_or_a_declared_proxy(which: str, host: str) -> None:
    changes: dict[str, Any] = {which: Address.parse(f"{host}:8000")}
    with pytest.raises(UnprotectedBind):
        Settings(**changes)
    assert Settings(**changes, behind_proxy=True)


@pytest.mark.parametrize(
    ("host", "is_taken"),
    [
        ("10.20.0.5", True), ("192.168.1.5", True), ("100.64.7.7", True), ("[fd00::5]", True),
        ("127.0.0.1", True), ("0.0.0.0", False), ("[::]", False), ("8.8.8.8", False),
        ("charge.example.com", False),
    ],
)  # fmt: skip
def test_stations_without_tls_come_from_a_private_network_alone(
    host: str, is_taken: bool, tmp_path: Path
) -> None:
    certificate, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    certificate.touch()
    key.touch()
    plain = Address.parse(f"{host}:9000")
    with nullcontext() if is_taken else pytest.raises(PlainDoorMisplaced):
        Settings(plain_ocpp=plain, tls=Tls(certificate, key))
    with pytest.raises(PlainDoorMisplaced):
        Settings(plain_ocpp=plain)
    with pytest.raises(PlainDoorMisplaced):
        Settings(plain_ocpp=plain, tls=Tls(certificate, key), behind_proxy=True)


def test_tls_allows_a_public_address(tmp_path: Path) -> None:
    certificate, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    certificate.touch()
    with pytest.raises(TlsIncomplete):
        Tls(certificate, key)
    key.touch()
    assert Settings(http=Address.parse("0.0.0.0:443"), tls=Tls(certificate, key))


def test_the_live_page_is_never_open_to_others() -> None:
    public = Address.parse("0.0.0.0:8000")
    assert Settings(open_live_page=True).shows_live_page
    assert not Settings().shows_live_page
    assert not Settings(open_live_page=True, behind_proxy=True).shows_live_page
    assert not Settings(open_live_page=True, behind_proxy=True, http=public).shows_live_page


@pytest.mark.parametrize("url", ["sqlite:///a.db", "sqlite:////var/a.db", "postgresql://u:p@h:5/n"])
def test_database_urls_of_ours_are_taken(url: str) -> None:
    assert checked_database_url(url) == url


@pytest.mark.parametrize("url", ["", "a.db", "sqlite://a.db", "sqlite:///", "postgresql://h", "mysql://h/n"])
def test_other_database_urls_are_refused(url: str) -> None:
    with pytest.raises(MalformedDatabaseUrl):
        checked_database_url(url)


def test_a_refused_database_url_shows_no_password() -> None:
    with pytest.raises(MalformedDatabaseUrl) as refused:
        checked_database_url("mysql://me:s3cret@host/name")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p@h/n", "postgresql://u:***@h/n"),
        ("postgresql://u:s#3@cr/et@h:5432/n", "postgresql://u:***@h:5432/n"),
        ("postgresql://u:s3[cret@h/n", "postgresql://u:***@h/n"),
        ("postgresql://h/n?user=u&password=s3cret&sslmode=require",
         "postgresql://h/n?user=u&password=***&sslmode=require"),
        ("postgresql://u@h/n", "postgresql://u@h/n"),
        ("u:s3cret@h/n", "u:***@h/n"),
        ("sqlite:////var/a@b:c.db", "sqlite:////var/a@b:c.db"),
    ],
)  # fmt: skip
def test_no_password_is_ever_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_a_url_that_cannot_be_read_is_refused_without_its_password() -> None:
    with pytest.raises(MalformedDatabaseUrl) as refused:
        checked_database_url("postgresql://u:s3[cret@host/db")
    assert "s3[cret" not in str(refused.value)


def test_the_file_of_a_url() -> None:
    assert sqlite_path("sqlite:////var/a.db") == "/var/a.db"
    assert sqlite_path("postgresql://h/n") is None


@pytest.mark.parametrize(
    "told",
    [
        {"station_rate": 0},
        {"handshakes": 0},
        {"drain_rate": -1},
        {"heartbeat": timedelta(seconds=9)},
        {"drain_within": timedelta(seconds=-1)},
    ],
)
def test_a_pace_that_cannot_work_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ImpossiblePace) as refusal:
        Operating(**told)
    assert refusal.value.setting == next(iter(told))
