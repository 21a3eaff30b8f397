"""Redirect URIs: where people are sent back to after they signed in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import attrs

from emobility_core.errors import Invalid

_MOST = 20
_LONGEST = 1_000
_VISIBLE = re.compile(r"[!-~]+")
# RFC 8252, 7.1: a scheme of an application is a domain name turned round, so it has a dot.
_OWN_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@attrs.frozen
class RedirectUriRefused(Invalid):
    """A redirect URI of an API client would let others have what is sent there.

    Remedy: give an absolute https URI without fragment, user name or wildcard, http on a loopback address, or
    a scheme of your own such as `com.example.app:/back`; 20 at most.
    """

    code = "redirect-uri-refused"
    uri: str
    reason: str


def require_redirect_uris(uris: Iterable[str]) -> None:
    """Raise `RedirectUriRefused`."""
    given = tuple(uris)
    if len(given) > _MOST or len(set(given)) < len(given):
        raise RedirectUriRefused("", f"more than {_MOST}, or one that stands twice")
    for uri in given:
        if reason := _flaw(uri):
            raise RedirectUriRefused(uri[:200], reason)


def _flaw(uri: str) -> str | None:
    if len(uri) > _LONGEST or _VISIBLE.fullmatch(uri) is None or "\\" in uri or "*" in uri:
        return "too long, or with characters that do not belong there"
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "not a URI"
    # RFC 6749, 3.1.2: absolute, without a fragment.
    if "#" in uri:
        return "with a fragment"
    if "@" in parts.netloc:
        return "with a user name"
    if parts.scheme == "https":
        return None if host else "without a host"
    if parts.scheme == "http":
        return None if host in _LOOPBACK else "http is for loopback addresses alone"
    own = _OWN_SCHEME.fullmatch(parts.scheme) and not parts.netloc and parts.path.startswith("/")
    return None if own else "of a scheme that is nobody's own"
