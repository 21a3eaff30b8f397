"""Two readers of DER: a strict one for public keys, a lenient one for the integers of a signature."""

from __future__ import annotations

_INTEGER, _BIT_STRING, _OBJECT_IDENTIFIER, _SEQUENCE = 0x02, 0x03, 0x06, 0x30
# id-ecPublicKey, RFC 5480 section 2.1.1.
_EC_PUBLIC_KEY = "1.2.840.10045.2.1"


class NotDer(ValueError):
    """The bytes are not what they should be."""


def subject_public_key(data: bytes) -> tuple[str, bytes]:
    """The curve's object identifier and the point of a SubjectPublicKeyInfo; raise `NotDer` for all else.

    Strict: no byte too many, a named curve (RFC 5480 section 2.1.1.1), no unused bits.
    """
    outer = _only(data, _SEQUENCE)
    algorithm, bits = _first(outer, _SEQUENCE)
    kind, curve = _first(algorithm, _OBJECT_IDENTIFIER)
    if _dotted(kind) != _EC_PUBLIC_KEY:
        raise NotDer("not a key of an elliptic curve")
    point = _only(bits, _BIT_STRING)
    if point[:1] != b"\0":
        raise NotDer("a bit string with unused bits")
    return _dotted(_only(curve, _OBJECT_IDENTIFIER)), point[1:]


def signature_integers(data: bytes) -> tuple[int, int]:
    """r and s of an ECDSA signature, read as unsigned numbers; raise `NotDer` where there are no two.

    Real meters pad with zeros that DER forbids and leave out the one that it demands, so that a number
    looks negative (eBZ LD3). The reference software reads unsigned, and so does this.
    """
    r, s = _short(data) or _integers(data)
    return int.from_bytes(r), int.from_bytes(s)


def _short(data: bytes) -> tuple[bytes, bytes] | None:
    """Both numbers where lengths take a byte each, as in nearly every signature; None for all else."""
    size = len(data)
    if not 8 <= size < 130 or data[:3] != bytes((_SEQUENCE, size - 2, _INTEGER)):
        return None
    middle = 4 + data[3]
    if not 4 < middle <= size - 3 or data[middle] != _INTEGER or data[middle + 1] != size - middle - 2:
        return None
    return data[4:middle], data[middle + 2 :]


def _integers(data: bytes) -> tuple[bytes, bytes]:
    r, rest = _first(_only(data, _SEQUENCE), _INTEGER)
    return r, _only(rest, _INTEGER)


def _only(data: bytes, tag: int) -> bytes:
    content, rest = _first(data, tag)
    if rest:
        raise NotDer("bytes behind the end")
    return content


def _first(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first element, which has this tag, and what follows it."""
    if len(data) < 2 or data[0] != tag:
        raise NotDer("another element")
    begin, length = 2, data[1]
    if length & 0x80:
        # 0x81 and 0x82: a length in one or two bytes; keys and signatures are never longer.
        begin += length & 0x7F
        if not 2 < begin <= 4 or len(data) < begin:
            raise NotDer("a length that cannot be")
        length = int.from_bytes(data[2:begin])
    if len(data) < begin + length or not length:
        raise NotDer("an element that is cut off or empty")
    return data[begin : begin + length], data[begin + length :]


def _dotted(content: bytes) -> str:
    """An object identifier as text, X.690 section 8.19."""
    arcs, arc = [], 0
    for byte in content:
        arc = arc << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(arc)
            arc = 0
    if content[-1] & 0x80:
        raise NotDer("an object identifier that is cut off")
    return ".".join(map(str, [min(arcs[0] // 40, 2), arcs[0] - 40 * min(arcs[0] // 40, 2), *arcs[1:]]))
