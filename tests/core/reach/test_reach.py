"""Where tenants may send a server: no kind of address behind it is taken, in no way of writing it."""

from __future__ import annotations

import pytest

from emobility_core.reach import Reach
from emobility_core.webhooks import WebhookReach, WebhookUrlRefused

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
    "::1", "fc00::1", "fd12:3456::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:7f00:1",
    "64:ff9b::10.0.0.1", "64:ff9b::7f00:1",
]  # fmt: skip
NEVER = [
    "0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "fec0::1", "224.0.0.1",
    "239.255.255.255", "ff02::1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.9",
    "2001:db8::1", "198.18.0.1", "192.0.0.192", "::", "::7f00:2", "::10.0.0.1", "fd00:ec2::254",
    "100.100.100.200", "168.63.129.16", "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378::1", "100::1",
    "::ffff:169.254.169.254", "::ffff:0.0.0.0", "64:ff9b::169.254.169.254", "64:ff9b:1::a00:1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "9.9.9.9", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "2606:4700::1111",
    "::ffff:1.1.1.1", "64:ff9b::1.1.1.1",
]  # fmt: skip
USUAL, OPEN = Reach(), Reach(private=True, http=True)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_for_those_whom_the_operator_lets(address: str) -> None:
    assert USUAL.flaw_of(address) == "the address is private"
    assert OPEN.flaw_of(address) is None


@pytest.mark.parametrize("address", NEVER)
def test_nobody_lets_a_server_be_sent_to_addresses_for_special_purposes(address: str) -> None:
    assert USUAL.flaw_of(address) == OPEN.flaw_of(address) == "the address is for special purposes"


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_free_to_all(address: str) -> None:
    assert USUAL.flaw_of(address) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.example/hook", "ftp://erp.example/", "javascript:alert(1)", "", "erp.example/hook",
        "https://", "https:///hook", "https://user:pw@erp.example/", "https://good.example@127.0.0.1/",
        "https://erp.example/#top", "https://erp.example:99999/", "https://erp.example:port/",
        "https://[::1/", "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]:443/",
        "https://169.254.169.254/latest", "https://good.example\\@127.0.0.1/", "https://erp.example/a b",
        "https://erp\t.example/", "https://erp.example/\n", "https://bücher.example/",
        f"https://erp.example/{'x' * 1000}",
    ],
)  # fmt: skip
def test_a_url_that_leads_nowhere_or_inside_is_refused(url: str) -> None:
    assert USUAL.flaw_of_url(url) is not None
    with pytest.raises(WebhookUrlRefused):
        WebhookReach().check_url(url)


def test_what_the_operator_allows_is_taken() -> None:
    assert USUAL.flaw_of_url("https://erp.example:8443/hooks?tenant=7") is None
    assert OPEN.flaw_of_url("http://127.0.0.1:9/") is None
    assert Reach(private=True).flaw_of_url("http://127.0.0.1:9/") == "its scheme is not https"
    assert Reach(http=True).flaw_of_url("http://127.0.0.1:9/") == "the address is private"
    assert OPEN.flaw_of_url("http://169.254.169.254/") == "the address is for special purposes"
