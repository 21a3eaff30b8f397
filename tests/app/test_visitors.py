"""Whoever has not proved who they are is counted by where they come from, which no header may change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from litestar import Request

from emobility_app.limits import Quota
from emobility_app.problems import TooManyRequests
from emobility_app.visitors import Visitors
from emobility_core.testing.clock import FrozenClock

FEW = Quota(requests=2, window=timedelta(minutes=1))


def _from(host: str, *forwarded: str) -> Request[Any, Any, Any]:
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    return Request({"type": "http", "client": (host, 1), "headers": headers})  # type: ignore[arg-type]


def test_an_address_may_ask_so_often() -> None:
    visitors = Visitors(FrozenClock(), behind_proxy=False, address=FEW)
    for _ in range(2):
        visitors.count(_from("203.0.113.1"))
    with pytest.raises(TooManyRequests) as refusal:
        visitors.count(_from("203.0.113.1"))
    assert refusal.value.retry_after_s == 30
    visitors.count(_from("203.0.113.2"))


def test_of_several_lines_the_last_is_the_proxys_own() -> None:
    visitors = Visitors(FrozenClock(), behind_proxy=True)
    assert visitors.address(_from("10.0.0.1", "6.6.6.6", "203.0.113.1")) == "203.0.113.1"
    assert visitors.address(_from("10.0.0.1", "6.6.6.6, 203.0.113.1")) == "203.0.113.1"
    assert visitors.address(_from("10.0.0.1")) == "10.0.0.1"


def test_what_claims_to_be_a_client_is_counted_at_its_address() -> None:
    visitors = Visitors(FrozenClock(), behind_proxy=False, client=FEW)
    for _ in range(2):
        visitors.count(_from("203.0.113.1"), "cli_1")
    with pytest.raises(TooManyRequests):
        visitors.count(_from("203.0.113.1"), "cli_1")
    # So nobody keeps a client out from elsewhere.
    visitors.count(_from("203.0.113.2"), "cli_1")
    visitors.count(_from("203.0.113.1"), "cli_2")


def test_without_a_proxy_nobody_says_where_they_come_from() -> None:
    visitors = Visitors(FrozenClock(), behind_proxy=False)
    assert visitors.address(_from("203.0.113.1", "198.51.100.7")) == "203.0.113.1"


def test_behind_a_proxy_its_own_word_counts_which_is_the_last() -> None:
    visitors = Visitors(FrozenClock(), behind_proxy=True)
    assert visitors.address(_from("127.0.0.1", "198.51.100.7, 203.0.113.1")) == "203.0.113.1"
    assert visitors.address(_from("127.0.0.1")) == "127.0.0.1"


def test_whoever_has_a_network_of_ipv6_counts_as_one() -> None:
    visitors = Visitors(FrozenClock(), behind_proxy=False, address=FEW)
    for host in ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"):
        visitors.count(_from(host))
    with pytest.raises(TooManyRequests):
        visitors.count(_from("2001:db8:0:1::3"))
    visitors.count(_from("2001:db8:0:2::1"))
    for host in ("203.0.113.1", "::ffff:203.0.113.1"):
        visitors.count(_from(host))
    with pytest.raises(TooManyRequests):
        visitors.count(_from("203.0.113.1"))


def test_an_address_whose_tokens_were_refused_so_often_is_distrusted_for_a_while() -> None:
    clock = FrozenClock()
    visitors = Visitors(clock, behind_proxy=False, tokens=FEW)
    for expected in (0, 0, 30):
        assert visitors.distrusted_s(_from("203.0.113.1")) == expected
        visitors.count_refused(_from("203.0.113.1"))
    assert visitors.distrusted_s(_from("203.0.113.2")) == 0
    clock.advance(timedelta(seconds=30))
    assert visitors.distrusted_s(_from("203.0.113.1")) == 0
