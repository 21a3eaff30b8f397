"""Files cut into rows: the same rows wherever the pieces are cut, and no more in memory than a row may be."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_app.http.import_kinds import KINDS, import_columns
from emobility_app.transfers import LONGEST_ROW, MOST_ROWS, CsvRows, NdjsonRows, Row, RowReader, batches
from emobility_app.transfers.rows import Lines
from emobility_app.transfers.survey import Survey
from emobility_core.transfers import UnreadableFile

COLUMNS = import_columns(KINDS["customers"])
# What goes into a row at all: lone surrogates are no UTF-8.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


def csv_rows() -> CsvRows:
    return CsvRows("customers", COLUMNS)


def ndjson_rows() -> NdjsonRows:
    return NdjsonRows("customers")


def read(reader: RowReader, *pieces: bytes) -> list[Row]:
    rows = [row for piece in pieces for row in reader.feed(piece)]
    return rows + reader.end()


@given(st.lists(TEXTS, min_size=1, max_size=4), st.data())
def test_the_same_rows_come_of_a_table_wherever_it_is_cut(names: list[str], data: st.DataObject) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["external_id", "name"])
    writer.writerows([str(number), name] for number, name in enumerate(names))
    content = text.getvalue().encode()
    cuts = sorted(data.draw(st.sets(st.integers(0, len(content)), max_size=4)) | {0, len(content)})
    rows = read(csv_rows(), *(content[one:two] for one, two in pairwise(cuts)))
    column = COLUMNS["name"]
    assert [row.body["name"] for row in rows] == [column.value(name) for name in names]
    assert [row.external_id for row in rows] == [str(number) for number in range(len(names))]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("between", [b",", b";", b"\t"])
def test_spreadsheets_write_tables_in_different_ways(mark: bytes, between: bytes) -> None:
    for end in (b"\n", b"\r\n"):
        content = mark + between.join([b"external_id", b"name"]) + end + between.join([b"1", b"Ada"]) + end
        (row,) = read(csv_rows(), content)
        assert (row.number, row.external_id, row.body) == (2, "1", {"name": "Ada"})
        assert read(csv_rows(), content[:-1]) == [row]


def test_a_row_is_numbered_by_the_line_where_it_begins() -> None:
    rows = read(csv_rows(), b'external_id,name\n\n1,"A\r\n\nB"\n2,C\n')
    assert [(row.number, row.body["name"]) for row in rows] == [(3, "A\r\n\nB"), (6, "C")]


def test_a_cell_too_many_or_too_few_is_told() -> None:
    rows = read(csv_rows(), b"external_id,name\n1\n1,A,B\n")
    assert [row.flaws[0].code for row in rows] == ["wrong-number-of-cells"] * 2


BROKEN = [
    (b'external_id,name\n1,"A\n2,B\n', 2),
    (b'external_id,name\n1,"A"B"C"\n', 2),
    (b"external_id,name\n1,M\xfcller\n", 2),
    (b"\xff\xfee\x00", 1),
    (b"external_id,name\n1," + b"A" * LONGEST_ROW + b"\n", 2),
    (b"A" * 10 * LONGEST_ROW, 1),
    (b'external_id,name\n1,"' + b"\n" * LONGEST_ROW + b'"\n', 2),
]


@pytest.mark.parametrize(("content", "row"), BROKEN)
def test_a_table_that_cannot_be_read_on_says_where(content: bytes, row: int) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(csv_rows(), content)
    assert refusal.value.row == row


LINES = [
    (b'{"name": NaN}', "malformed-row"),
    (b'{"name": "M\xfc"}', "malformed-row"),
    (b"[" * 900, "malformed-row"),
    (b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}", "malformed-row"),
    (b'"' + b"A" * LONGEST_ROW + b'"', "row-too-long"),
    (b'{"external_id": {}}', "not-a-text"),
]


@pytest.mark.parametrize(("line", "code"), LINES)
def test_a_line_that_is_no_row_leaves_the_next_one_alone(line: bytes, code: str) -> None:
    bad, good = read(ndjson_rows(), line + b'\n{"external_id": "1", "name": "A"}')
    assert [flaw.code for flaw in bad.flaws] == [code]
    assert (good.number, good.external_id, good.body) == (2, "1", {"name": "A"})


def test_an_endless_line_is_not_kept() -> None:
    lines, piece = Lines(), b"A" * LONGEST_ROW
    tracemalloc.start()
    for _ in range(200):
        assert list(lines.feed(piece)) == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * LONGEST_ROW
    assert list(lines.feed(b"\n1\n")) == [(1, None), (2, b"1")]


@pytest.mark.parametrize("reader", [csv_rows, ndjson_rows])
def test_a_million_empty_lines_are_no_row(reader: Callable[[], RowReader]) -> None:
    assert read(reader(), *([b"\n" * 100_000] * 10)) == []


async def test_more_rows_than_a_file_may_have_are_refused() -> None:
    class Endless(NdjsonRows):
        def feed(self, piece: bytes) -> list[Row]:
            return [Row(number=MOST_ROWS, kind="customers")] * 100_000

    async def pieces() -> object:
        for _ in range(11):
            yield b""

    with pytest.raises(UnreadableFile, match="in parts"):
        async for _ in batches(pieces(), Endless("customers"), 50_000):  # type: ignore[arg-type]
            pass


def test_a_survey_knows_what_is_named_and_what_twice() -> None:
    rows = [Row(number=n, kind="tokens", external_id=name) for n, name in enumerate(["1", "2", "1", "3"])]
    survey = Survey()
    survey.note(rows)
    survey.note([Row(number=9, kind="stations", external_id="2")])
    survey.settle()
    assert survey.rows == 5
    assert [survey.is_repeated(row) for row in rows] == [True, False, True, False]
    assert survey.names("tokens", "3")
    assert not survey.names("tokens", "4")
    assert not survey.names("stations", "3")
