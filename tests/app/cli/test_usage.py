"""Wrong usage ends with 2 and says what would be right."""

from __future__ import annotations

import pytest

from tests.app.cli.conftest import Call


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("migrate", "--database", "mysql://x/y"), "sqlite:///PATH"),
        (("doctor", "--http", "8000"), "127.0.0.1:8000"),
        (("client", "create", "--scopes", "cars:fly"), "sessions:read"),
        (("client", "create"), "--scopes"),
        (("simulate", "--stations", "0"), "--stations"),
        (("simulate", "--scenario", "holiday"), "offline-replay"),
        (("simulate", "--identity-prefix", "{n}"), "identity"),
        (("simulate", "--rate", "0"), "--rate"),
        (("backup", "x", "--database", "postgresql://h/n"), "pg_dump"),
        (("fly",), "fly"),
    ],
)  # fmt: skip
def test_wrong_usage(call: Call, arguments: tuple[str, ...], words: str) -> None:
    said = call(*arguments)
    assert said.code == 2
    assert words in said.err


def test_options_come_from_the_environment(call: Call) -> None:
    said = call("migrate", EMOBILITY_DATABASE="nonsense")
    assert said.code == 2
    assert "nonsense" in said.err
    said = call("simulate", EMOBILITY_SIMULATE_SCENARIO="holiday")
    assert said.code == 2


@pytest.mark.parametrize("option", ["--http", "--ocpp"])
def test_a_public_address_is_refused_with_the_ways_out(call: Call, option: str) -> None:
    said = call("serve", option, "0.0.0.0:8123")
    assert said.code == 2
    assert "--behind-proxy" in said.err
    assert "--tls-cert" in said.err


def test_help_names_every_command(call: Call) -> None:
    said = call("--help")
    assert said.code == 0
    for command in (
        "serve",
        "demo",
        "simulate",
        "migrate",
        "client",
        "tariff",
        "doctor",
        "backup",
        "restore",
    ):
        assert command in said.out
