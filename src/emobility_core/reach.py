"""Where a server may be sent by what its tenants write down: never to what lies behind it, unless its
operator says so."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import attrs

LONGEST_URL = 1_000

# Clouds answer their machines there, credentials included (AWS, Azure, Alibaba, Oracle; most others use
# link-local addresses).
_METADATA = ("fd00:ec2::254/128", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32")
# Special-purpose addresses (IANA registries of RFC 6890) that no receiver has, and the tunnels 6to4 and
# Teredo, whose other end is a second address.
_NEVER = tuple(
    ip_network(one)
    for one in (
        *_METADATA, "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/128",
        "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "64:ff9b:1::/48", "fe80::/10", "fec0::/10",
        "ff00::/8",
    )
)  # fmt: skip
_PRIVATE = tuple(
    ip_network(one)
    for one in (
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128",
        "fc00::/7",
    )
)  # fmt: skip
_IPV4_COMPATIBLE, _NAT64 = ip_network("::/96"), ip_network("64:ff9b::/96")


@attrs.frozen(kw_only=True)
class Reach:
    """What an operator allows: `private` addresses (loopback, RFC 1918, CGNAT, unique local), and `http`."""

    private: bool = False
    http: bool = False

    def flaw_of_url(self, url: str) -> str | None:
        """Why nothing is sent to a URL, whatever its host resolves to; None if it may be."""
        if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or {*" \\"} & {*url}:
            return f"it must be printable ASCII of at most {LONGEST_URL} characters, without spaces"
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            return "it cannot be read"
        if parts.scheme not in (("https", "http") if self.http else ("https",)):
            return "its scheme is not https"
        if not host or "@" in parts.netloc or parts.fragment:
            return "it must name a host, and neither a user nor a fragment"
        try:
            return self.flaw_of(host)
        except ValueError:
            return None

    def flaw_of(self, address: str) -> str | None:
        """Why nothing is sent to an IP address, None if it may be; raise `ValueError` for none."""
        ip = _meant(ip_address(address.partition("%")[0]))
        if any(ip in one for one in _NEVER):
            return "the address is for special purposes"
        if any(ip in one for one in _PRIVATE):
            return None if self.private else "the address is private"
        if ip in _IPV4_COMPATIBLE or not ip.is_global:
            return "the address is for special purposes"
        return None


def _meant(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for: mapped, or behind a NAT64 (RFC 6052)."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip
