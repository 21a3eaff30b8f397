"""A file that names a person is found however it is written; one that only looks alike is not."""

from __future__ import annotations

import pytest

from emobility_app.transfers.naming import Naming
from emobility_core.audit import Mention

CUSTOMER = "cus_01kbexamp1e000000000000001"
WORDS = Mention(text='Ada "Byron" Lovelace', instead="", anywhere=True)
TAG = Mention(text="04A1", instead="", anywhere=False)


def names(content: str, *, is_table: bool, piece: int = 7) -> bool:
    naming, file = Naming([CUSTOMER], [WORDS, TAG], is_table), content.encode()
    pieces = [file[first : first + piece] for first in range(0, len(file), piece)]
    return any(naming.feed(one) for one in pieces) or naming.end()


@pytest.mark.parametrize(
    ("content", "is_table"),
    [
        ('{"name":"x"}\n{"name":"ada \\"byron\\" lovelace"}\n', False),
        ('{"id_tag":"04a1"}', False),
        (f'{{"row":2,"id":"{CUSTOMER}"}}\n', False),
        ('id,name\r\n1,"Ada ""Byron"" Lovelace"\r\n', True),
        ("id,id_tag,label\r\n1,04A1,x\r\n", True),
        ("id,id_tag\r\n1,'04A1\r\n", True),
        ('id,name\r\n1,"two\nlines of Ada ""Byron"" Lovelace"\r\n', True),
        (f"id\r\n{CUSTOMER}\r\n", True),
        ("x" * 1_100_000, True),
    ],
)
def test_a_file_that_names_somebody_is_found(content: str, is_table: bool) -> None:
    assert names(content, is_table=is_table, piece=7 if len(content) < 1_000 else 65_536)


@pytest.mark.parametrize(
    ("content", "is_table"),
    [
        ('{"name":"Ada Byron Lovelace-Schmidt"}\n', False),
        ('{"id_tag":"04A12","label":"x04A1"}\n', False),
        ("id,id_tag\r\n1,004A1\r\n2,04A1 and more\r\n", True),
        ("", True),
    ],
)
def test_a_file_that_only_looks_alike_stays(content: str, is_table: bool) -> None:
    assert not names(content, is_table=is_table)
