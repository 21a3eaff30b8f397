"""Smart Message Language: the elements of a file of messages, as meters send them.

Source: BSI TR-03109-1, annex IV; SML version 1.04. Checksums are not looked at: signatures are.
"""

from __future__ import annotations

import attrs

ESCAPE = b"\x1b" * 4
_BEGIN = ESCAPE + b"\1" * 4
_OCTETS, _BOOLEAN, _INTEGER, _UNSIGNED, _LIST = 0x00, 0x40, 0x50, 0x60, 0x70
_DEEPEST, _LONGEST_LIST, _LONGEST_HEADER = 10, 200, 4
GET_LIST_RESPONSE = 0x0701


class NotSml(ValueError):
    """The bytes are no file of messages."""


def get_list_response(content: bytes) -> list[object]:
    """The body of the first GetList.Res of a file; raise `NotSml` where there is none."""
    reader = _Reader(_body(content))
    while not reader.done:
        message = reader.element(0)
        match message:
            case [_, _, _, [int(tag), list(body)], _, _] if tag == GET_LIST_RESPONSE:
                return body
    raise NotSml("no list")


def _body(content: bytes) -> bytes:
    """What is between begin and end; an escape inside is written twice."""
    if not content.startswith(_BEGIN):
        raise NotSml("no begin")
    pieces, place = [], len(_BEGIN)
    while (found := content.find(ESCAPE, place)) >= 0:
        pieces.append(content[place:found])
        if content[found + 4 : found + 8] != ESCAPE:
            return ESCAPE.join(pieces)
        place = found + 8
    raise NotSml("no end")


@attrs.define
class _Reader:
    data: bytes
    place: int = 0

    @property
    def done(self) -> bool:
        return self.place >= len(self.data)

    def element(self, depth: int) -> object:
        """The next element; None for one that is left out, and for the end of a message."""
        first = following = self._take(1)[0]
        size, header = first & 0x0F, 1
        while following & 0x80:
            following = self._take(1)[0]
            size, header = size << 4 | following & 0x0F, header + 1
            if header > _LONGEST_HEADER:
                raise NotSml("a length that cannot be")
        kind = first & 0x70
        if kind == _LIST:
            if depth == _DEEPEST or size > _LONGEST_LIST:
                raise NotSml("too deep or too long")
            return [self.element(depth + 1) for _ in range(size)]
        content = self._take(max(0, size - header))
        if kind == _OCTETS:
            return content or None
        if kind not in (_BOOLEAN, _INTEGER, _UNSIGNED):
            raise NotSml("unknown kind")
        return int.from_bytes(content, signed=kind == _INTEGER)

    def _take(self, size: int) -> bytes:
        taken = self.data[self.place : self.place + size]
        if len(taken) < size:
            raise NotSml("cut off")
        self.place += size
        return taken
