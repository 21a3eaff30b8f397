"""The page of messages lists those that the program speaks, with the types of command that carry them."""

from __future__ import annotations

import re
from pathlib import Path

from emobility_adapters.ocpp.v16.schemas import FROM_STATION
from tests.adapters.ocpp.orders import CASES

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "ocpp-messages.md").read_text()
FROM, TO = PAGE.split("## To the station")


def test_every_message_of_a_station_is_listed() -> None:
    assert re.findall(r"^\| (\w+) \|", FROM, re.MULTILINE)[1:] == sorted(FROM_STATION)


def test_every_request_to_a_station_is_listed_with_its_type() -> None:
    listed = set(re.findall(r"^\| (\w+) \| [^|]+ \| `(\w+)`", TO, re.MULTILINE))
    assert listed == {(case.action, case.order.kind.value) for case in CASES}
