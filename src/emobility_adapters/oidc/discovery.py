"""Asks an issuer for its keys: its metadata (OpenID Connect Discovery 1.0), then its key set (RFC 7517)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

import httpx

from emobility_adapters.checked_http import CheckedHttp, NotReached

Keys = tuple[Mapping[str, object], ...]

_METADATA = "/.well-known/openid-configuration"
_MOST_BYTES, _MOST_KEYS = 256 * 1024, 50
_LEAST_RSA_BITS = 2048
_HEADERS = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "emobility-oidc"}
# What makes a key a public one that signs; whatever else a key set says is dropped.
_PUBLIC = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}


async def discovered_keys(http: CheckedHttp, issuer: str) -> Keys:
    """The signing keys that an issuer publishes now; raise `NotReached`."""
    metadata = await _document(http, issuer.rstrip("/") + _METADATA)
    # OpenID Connect Discovery 1.0, 4.3: exactly the same, or somebody else speaks for the issuer.
    if metadata.get("issuer") != issuer:
        raise NotReached("its metadata name another issuer")
    where = metadata.get("jwks_uri")
    if not isinstance(where, str):
        raise NotReached("its metadata name no jwks_uri")
    found = (await _document(http, where)).get("keys")
    if not isinstance(found, list) or len(found) > _MOST_KEYS:
        raise NotReached(f"its key set is no list of at most {_MOST_KEYS} keys")
    return tuple(key for one in found if (key := _signing(one)) is not None)


async def _document(http: CheckedHttp, url: str) -> Mapping[str, Any]:
    status, body = await http.ask("GET", url, _HEADERS, _read)
    if status != 200:
        raise NotReached(f"it answered {status}")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotReached("it answered no JSON") from error
    if not isinstance(document, dict):
        raise NotReached("it answered no JSON object")
    return document


async def _read(response: httpx.Response) -> tuple[int, bytes]:
    """Status and body, which is not unpacked: what is small on the wire is small here."""
    assert isinstance(response.stream, httpx.AsyncByteStream)
    body = b""
    async for part in response.stream:
        body += part
        if len(body) > _MOST_BYTES:
            raise NotReached(f"it answered more than {_MOST_BYTES} bytes")
    return response.status_code, body


def _signing(key: Any) -> Mapping[str, object] | None:
    """A key as we use it: public, for signatures, and strong enough; None for any other."""
    if not isinstance(key, dict) or key.get("use", "sig") != "sig":
        return None
    names = (*_PUBLIC.get(str(key.get("kty")), ()), "kty", "kid", "alg")
    chosen = {name: key[name] for name in names if isinstance(key.get(name), str)}
    if not {*_PUBLIC.get(chosen.get("kty", ""), ("",))} <= chosen.keys():
        return None
    return None if chosen["kty"] == "RSA" and _bits(chosen["n"]) < _LEAST_RSA_BITS else chosen


def _bits(number: str) -> int:
    """The length of a number in base64url (RFC 7518, 6.3.1.1); 0 for what is none."""
    try:
        return int.from_bytes(base64.urlsafe_b64decode(number + "=" * (-len(number) % 4))).bit_length()
    except (binascii.Error, ValueError):
        return 0
