"""Energy is billed by registers that are known for it, and by no other."""

from __future__ import annotations

import pytest

from emobility_core.metering import Direction, Register, billing_register

IMPORT, EXPORT = Direction.IMPORT, Direction.EXPORT


@pytest.mark.parametrize(
    ("obis", "register"),
    [
        ("1-b:1.8.0", Register("1.8.0", IMPORT, compensated=False)),
        ("1-b:1.8.e", Register("1.8.e", IMPORT, compensated=False)),
        ("01-00:01.08.00.FF", Register("1.8.0", IMPORT, compensated=False)),
        ("1-0:1.8.0*255", Register("1.8.0", IMPORT, compensated=False)),
        ("1-0:1.8.1*FF", Register("1.8.1", IMPORT, compensated=False, total=False)),
        ("01-00:98.08.00.FF", Register("98.8.0", IMPORT, compensated=True)),
        ("1-0:98.8.0.FF", Register("98.8.0", IMPORT, compensated=True)),
        ("01-00:B0.08.00.FF", Register("B0.8.0", IMPORT, compensated=False)),
        ("01-00:b3.08.00.ff", Register("B3.8.0", IMPORT, compensated=True)),
        ("1-0:C2.8.0", Register("C2.8.0", EXPORT, compensated=False)),
        ("1-0:C1.8.0", Register("C1.8.0", EXPORT, compensated=True)),
        ("1-0:1.8.0*198", None),
        ("1-0:2.8.0", None),
        ("01-00:9C.08.00.FF", None),
        ("01-00:00.08.06.FF", None),
        ("01-00:8C.07.00.FF", None),
        ("1-0:1.7.0", None),
        ("7-0:1.8.0", None),
        ("98.8.0", None),
        ("", None),
    ],
)
def test_a_register_is_known_in_every_spelling_or_not_at_all(obis: str, register: Register | None) -> None:
    assert billing_register(obis) == register


def test_a_register_of_a_maker_counts_where_the_type_of_the_meter_says_so() -> None:
    known = billing_register("1-0:1.8.0*198", frozenset({"1-0:1.8.0*198"}))
    assert known == Register("1-0:1.8.0*198", IMPORT, compensated=False)
