"""The rows of some tables in a dump that `mysqldump` or `mariadb-dump` wrote. Nothing of it is executed."""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Mapping

import attrs

from emobility_core.transfers import UnreadableFile

_LONGEST_VALUE = 1024 * 1024
_MOST_COLUMNS = 500
_TEXT = rb"'(?:[^'\\]++|\\.|'')*+'"
_QUOTED = rb'"(?:[^"\\]++|\\.|"")*+"'
_NAME = rb"`(?:[^`]++|``)*+`"
_BLANK = re.compile(rb"\s++|--(?=\s)[^\n]*+\n|\#[^\n]*+\n|/\*(?:[^*]++|\*(?!/))*+\*/")
# One that has begun, and does not end yet.
_COMMENT = re.compile(rb"--(?=\s|\Z)|-\Z|\#|/(?=\*|\Z)")
_TOKEN = re.compile(
    rb"(?P<hex>0x[0-9a-fA-F]++|[xX]'[0-9a-fA-F]*+')|(?P<text>" + _TEXT + rb"|" + _QUOTED + rb")"
    rb"|(?P<name>" + _NAME + rb")|(?P<word>(?![xX]')[\w.+:-]++)|(?P<mark>[^\s\w'\"`])",
    re.DOTALL,
)
# What stands before the end of a statement that is not asked for.
_SKIPPED = re.compile(rb"(?:[^;'\"`]++|" + _TEXT + rb"|" + _QUOTED + rb"|" + _NAME + rb")*+", re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)|(['\"])\2", re.DOTALL)
# MySQL 8.4, 11.1.1; any other letter stands for itself.
_ESCAPES = {b"0": b"\0", b"b": b"\b", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"Z": b"\x1a"}
_NO_COLUMN = frozenset({"PRIMARY", "UNIQUE", "KEY", "CONSTRAINT", "INDEX", "FULLTEXT", "SPATIAL", "CHECK"})


@attrs.frozen
class DumpRow:
    """A row of a table: values by column as text, None for NULL."""

    table: str
    values: Mapping[str, str | None]


@attrs.frozen
class _Token:
    """`kind` is hex, text, name, word or mark; the words of the language are in capitals."""

    kind: str
    value: str


# What is read so far, or None where more of the file is needed.
_Reading = Generator[DumpRow | None, None, None]


class SqlDump:
    """Reads a dump piece by piece; of tables that are not `wanted` no more is kept than a value. Raises
    `UnreadableFile`, with how many rows were read before."""

    def __init__(self, wanted: Collection[str]) -> None:
        self._wanted = frozenset(wanted)
        self._buffer = b""
        self._place = 0
        self._is_whole = False
        self._columns: dict[str, list[str]] = {}
        self._reading = self._statements()
        self._read = 0

    def feed(self, piece: bytes) -> list[DumpRow]:
        self._buffer, self._place = self._buffer[self._place :] + piece, 0
        return self._ready()

    def end(self) -> list[DumpRow]:
        self._is_whole = True
        return self._ready()

    def _ready(self) -> list[DumpRow]:
        found = []
        for row in self._reading:
            if row is None:
                break
            self._read += 1
            found.append(row)
        return found

    def _statements(self) -> _Reading:
        while (token := (yield from self._token())) is not None:
            if token.value in ("INSERT", "REPLACE"):
                yield from self._insert()
            elif token.value == "CREATE":
                yield from self._create()
            elif token.value != ";":
                yield from self._skip()

    def _insert(self) -> _Reading:
        """INSERT [IGNORE] INTO `table` [(`column`, ...)] VALUES (...), (...);"""
        token = yield from self._needed()
        while token.kind == "word":
            token = yield from self._needed()
        table, token = yield from self._table(token)
        columns = self._columns.get(table)
        if table not in self._wanted:
            yield from self._skip()
            return
        if token.value == "(":
            columns = [one.value for one in (yield from self._list())]
            token = yield from self._needed()
        if columns is None or token.value not in ("VALUES", "VALUE"):
            raise self._unreadable(f"the columns of {table} are not told before its rows")
        while token.value != ";":
            token = yield from self._needed()
            if token.value == "(":
                values = yield from self._list()
                if len(values) != len(columns):
                    raise self._unreadable(f"a row of {table} has not {len(columns)} values")
                pairs = zip(columns, values, strict=True)
                yield DumpRow(table, {name: _value(one) for name, one in pairs})

    def _list(self) -> Generator[DumpRow | None, None, list[_Token]]:
        """What stands between brackets, of which the first one was read: the last word of each place."""
        found: list[_Token] = []
        last, depth = None, 1
        while depth:
            token = yield from self._needed()
            if token.kind == "mark" and token.value in "()":
                depth += 1 if token.value == "(" else -1
            elif token.kind != "mark":
                last = token
            if depth <= 1 and token.kind == "mark" and token.value in ",)" and last is not None:
                found.append(last)
                last = None
            if (token.value == ";" and token.kind == "mark") or len(found) > _MOST_COLUMNS or depth > 9:
                raise self._unreadable("a list of values is not closed")
        return found

    def _create(self) -> _Reading:
        """CREATE TABLE `table` (`column` type ..., KEY ...) ...: which columns there are, in their order."""
        token = yield from self._needed()
        while token.kind == "word" and token.value not in ("VIEW", "ALGORITHM"):
            token = yield from self._needed()
        if token.kind != "name":
            if token.value != ";":
                yield from self._skip()
            return
        table, token = yield from self._table(token)
        if table not in self._wanted:
            if token.value != ";":
                yield from self._skip()
            return
        columns: list[str] = []
        depth, is_first = 0, False
        while True:
            if token.kind == "mark":
                depth += {"(": 1, ")": -1}.get(token.value, 0)
                is_first = depth == 1 and token.value in "(,"
                if token.value == ";":
                    break
            elif is_first:
                is_first = False
                if token.kind == "name" or token.value not in _NO_COLUMN:
                    columns.append(token.value)
            token = yield from self._needed()
        self._columns[table] = columns[:_MOST_COLUMNS]

    def _table(self, token: _Token) -> Generator[DumpRow | None, None, tuple[str, _Token]]:
        """A table's name, be it behind that of its database, and what follows."""
        behind = yield from self._needed()
        while behind.kind == "word" and behind.value == ".":
            token = yield from self._needed()
            behind = yield from self._needed()
        return token.value, behind

    def _skip(self) -> _Reading:
        """Pass over the rest of a statement."""
        while True:
            found = _SKIPPED.match(self._buffer, self._place)
            assert found is not None
            self._place = found.end()
            if self._place < len(self._buffer) and self._buffer[self._place : self._place + 1] == b";":
                self._place += 1
                return
            if not (yield from self._more()):
                raise self._unreadable("it breaks off")

    def _needed(self) -> Generator[DumpRow | None, None, _Token]:
        token = yield from self._token()
        if token is None:
            raise self._unreadable("it breaks off")
        return token

    def _token(self) -> Generator[DumpRow | None, None, _Token | None]:
        """The next token, None at the end of the file."""
        while True:
            blank = _BLANK.match(self._buffer, self._place)
            if blank is not None and (blank.end() < len(self._buffer) or self._is_whole):
                self._place = blank.end()
                continue
            is_blank = blank is not None or _COMMENT.match(self._buffer, self._place) is not None
            found = None if is_blank else _TOKEN.match(self._buffer, self._place)
            # What ends with the piece may go on in the next one.
            if found is not None and (found.end() + 1 < len(self._buffer) or self._is_whole):
                self._place = found.end()
                kind = found.lastgroup
                assert kind is not None
                return _Token(kind, self._said(kind, found[0]))
            if not (yield from self._more()):
                if self._place < len(self._buffer) and not is_blank:
                    raise self._unreadable("it breaks off")
                return None

    def _more(self) -> Generator[DumpRow | None, None, bool]:
        """Have the buffer filled; whether there was more."""
        if self._is_whole:
            return False
        if len(self._buffer) - self._place > _LONGEST_VALUE:
            raise self._unreadable(f"a value has more than {_LONGEST_VALUE} bytes")
        yield None
        return True

    def _said(self, kind: str, token: bytes) -> str:
        if kind == "text":
            token = _ESCAPED.sub(_unescaped, token[1:-1])
        elif kind == "name":
            token = token[1:-1].replace(b"``", b"`")
        elif kind == "hex":
            digits = token[2:].rstrip(b"'").decode()
            token = bytes.fromhex("0" * (len(digits) % 2) + digits)
        try:
            text = token.decode("utf-8")
        except UnicodeDecodeError as error:
            if kind == "hex":
                return token.hex()
            raise self._unreadable("a value is not UTF-8: dump it as utf8mb4") from error
        return text.upper() if kind == "word" else text

    def _unreadable(self, reason: str) -> UnreadableFile:
        return UnreadableFile(self._read, reason)


def _unescaped(found: re.Match[bytes]) -> bytes:
    letter: bytes | None = found[1]
    if letter is None:
        quote: bytes = found[2]
        return quote
    return _ESCAPES.get(letter, letter)


def _value(token: _Token) -> str | None:
    return None if token.kind == "word" and token.value == "NULL" else token.value
