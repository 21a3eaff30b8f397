"""Dumps read without being executed: whatever stands in them, and wherever they are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_app.transfers.sql_dump import DumpRow, SqlDump
from emobility_core.transfers import UnreadableFile

TABLE = b"""
-- Host: localhost    Database: it's; a trap
/*!40101 SET NAMES utf8mb4 */;
DROP TABLE IF EXISTS `tag`;
CREATE TABLE `tag` (
  `pk` int(11) NOT NULL AUTO_INCREMENT COMMENT 'a, (key)',
  `name` varchar(255) DEFAULT ';',
  `note` mediumtext DEFAULT NULL,
  PRIMARY KEY (`pk`),
  UNIQUE KEY `name_UNIQUE` (`name`),
  CONSTRAINT `FK` FOREIGN KEY (`name`) REFERENCES `other` (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;
"""
ESCAPES = (
    r"INSERT INTO `tag` VALUES (1,'a\'b\"c\\d\0e\n\r\t\Z\q','it''s'),"
    r"(-2,_binary 'x',NULL),(0x41,X'42',0x00ff);"
)
OTHER = b"INSERT INTO `other` VALUES (1,'); INSERT INTO `tag` VALUES (9,\\'x\\',NULL);');\n"


def read(*pieces: bytes, wanted: str = "tag") -> list[DumpRow]:
    dump = SqlDump({wanted})
    return [row for piece in pieces for row in dump.feed(piece)] + dump.end()


def values(rows: list[DumpRow]) -> list[list[str | None]]:
    return [list(row.values.values()) for row in rows]


def test_quotes_escapes_blobs_and_nulls_come_out_as_they_went_in() -> None:
    rows = read(TABLE + OTHER + ESCAPES.encode())
    assert [list(row.values) for row in rows] == [["pk", "name", "note"]] * 3
    assert values(rows) == [
        ["1", "a'b\"c\\d\0e\n\r\t\x1aq", "it's"],
        ["-2", "x", None],
        ["A", "B", "00ff"],
    ]


def test_the_same_rows_come_out_wherever_a_dump_is_cut() -> None:
    content = TABLE + OTHER + ESCAPES.encode()
    whole = values(read(content))
    for place in range(len(content)):
        assert values(read(content[:place], content[place:])) == whole
    for size in range(1, 50):
        pieces = [content[place : place + size] for place in range(0, len(content), size)]
        assert values(read(*pieces)) == whole


def _quoted(text: str) -> str:
    for plain, written in (("\\", "\\\\"), ("'", "\\'"), ("\0", "\\0"), ("\n", "\\n"), ("\x1a", "\\Z")):
        text = text.replace(plain, written)
    return f"'{text}'"


TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("'\"`\\;(),-/*#\n"), max_size=12)


@given(st.lists(st.tuples(TEXTS, st.none() | TEXTS), min_size=1, max_size=4), st.integers(1, 40))
def test_any_text_comes_out_as_it_was(pairs: list[tuple[str, str | None]], size: int) -> None:
    rows = ",".join(f"({_quoted(one)},{'NULL' if two is None else _quoted(two)})" for one, two in pairs)
    content = f"INSERT INTO `tag` (`name`, `note`) VALUES {rows};\n".encode()
    pieces = [content[place : place + size] for place in range(0, len(content), size)]
    assert values(read(*pieces)) == [[one, two] for one, two in pairs]


def test_columns_may_be_named_tables_qualified_and_views_stand_between() -> None:
    content = (
        b"CREATE ALGORITHM=UNDEFINED\nDEFINER=`x`@`localhost` VIEW `tag_activity` AS select `a`;\n"
        b"REPLACE INTO `db`.`tag` (`note`,`pk`) VALUE ('n', 7) ;\n# the end"
    )
    assert [dict(row.values) for row in read(content)] == [{"note": "n", "pk": "7"}]


@pytest.mark.parametrize(
    "content",
    [
        b"INSERT INTO `tag` VALUES (1);",
        b"INSERT INTO `tag` (`pk`) VALUES (1,2);",
        b"INSERT INTO `tag` (`pk`) VALUES (1",
        b"INSERT INTO `tag` (`pk`) VALUES (1;",
        b"INSERT INTO `tag` (`pk`) VALUES ('a",
        b"INSERT INTO `tag` (`pk`) VALUES ('\xff');",
        b"INSERT INTO `tag` (`pk`) VALUES (" + b"1," * 1_000 + b"1);",
        b"INSERT INTO `tag` (`pk`) VALUES (" + b"(" * 1_000,
        b"DROP TABLE `tag",
        b"PK\x03\x04\xff\xfe'",
    ],
)
def test_what_is_no_dump_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read(content)


def test_an_endless_value_is_not_kept() -> None:
    dump = SqlDump({"tag"})
    with pytest.raises(UnreadableFile, match="more than"):
        for piece in [b"INSERT INTO `tag` (`pk`) VALUES ('"] + [b"A" * 300_000] * 9:
            dump.feed(piece)
    long = SqlDump({"tag"})
    for piece in [b"INSERT INTO `other` VALUES (1"] + [b",11" * 100_000] * 20:
        assert long.feed(piece) == []
