"""One key, however it is written, is one key; what is none is refused."""

from __future__ import annotations

import base64
import textwrap

import pytest

from emobility_core.metering import Curve, PublicKey, UnreadableKey, read_key
from tests.signer import Signer


def _base64(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


@pytest.mark.parametrize("curve", Curve, ids=[curve.label for curve in Curve])
def test_every_form_of_a_key_is_the_same_key(curve: Curve) -> None:
    """DOMAIN 1.2, trap 3: as printed on meters, as stations send it, as people have it in a file."""
    signer = Signer(curve)
    spki = signer.spki.hex().upper()
    forms = [
        spki,
        spki.lower(),
        " ".join(textwrap.wrap(spki, 4)),
        ":".join(textwrap.wrap(spki, 2)),
        f"\n{textwrap.fill(spki, 32)}\n",
        _base64(signer.spki),
        _base64(spki),
        _base64(" ".join(textwrap.wrap(spki, 2))),
        f"oca:base16:asn1:{spki}",
        _base64(f"oca:base16:asn1:{spki}"),
        f"-----BEGIN PUBLIC KEY-----\n{textwrap.fill(_base64(signer.spki), 64)}\n-----END PUBLIC KEY-----\n",
    ]
    assert {read_key(form) for form in forms} == {PublicKey(signer.point, curve)}
    raw = [
        signer.point.hex(),
        signer.point[1:].hex(),
        _base64(signer.point[1:]),
        _base64(signer.point[1:].hex()),
    ]
    assert {read_key(form) for form in raw} == {PublicKey(signer.point)}
    assert len({read_key(form).fingerprint for form in forms + raw}) == 1


def _wrapped(data: bytes, layers: int) -> str:
    """Hexadecimal of hexadecimal of hexadecimal."""
    for _ in range(layers):
        data = data.hex().encode()
    return data.decode()


SPKI = Signer().spki


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not-a-public-key"),
        ("my key", "neither-hexadecimal-nor-base64"),
        ("schlüssel", "neither-hexadecimal-nor-base64"),
        ("ab", "not-a-public-key"),
        (SPKI.hex()[:-2], "not-a-public-key"),
        (SPKI.hex() + "00", "not-a-public-key"),
        (SPKI.replace(b"\xce\x3d\x02\x01", b"\x86\xf7\x0d\x01").hex(), "not-a-public-key"),
        (SPKI.replace(b"\x03\x01\x07", b"\x03\x01\x01").hex(), "not-an-uncompressed-point"),
        (SPKI.replace(b"\x03\x01\x07", b"\x03\x01\x7f").hex(), "unknown-curve"),
        ("oca:base16:asn1:xyz", "not-hexadecimal"),
        (_wrapped(SPKI, 4), "wrapped-too-often"),
        ("0" * 5_000, "too-long"),
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(UnreadableKey) as refused:
        read_key(text)
    assert refused.value.reason == reason
