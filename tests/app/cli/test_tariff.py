"""`emobility tariff rate`: a session priced by an OCPI tariff, offline."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from emobility_app.wire import read
from emobility_core.tariffs import Prices
from tests.app.cli.conftest import Call

TARIFF: dict[str, Any] = {
    "currency": "EUR",
    "tax_included": "NO",
    "elements": [
        {"price_components": [{"type": "TIME", "price": 1.9, "vat": 5.2, "step_size": 300}]},
        {
            "price_components": [{"type": "ENERGY", "price": 0.3, "vat": 19, "step_size": 1}],
            "restrictions": {"start_time": "22:00", "end_time": "06:00"},
        },
    ],
}
SESSION: dict[str, Any] = {
    "location_time_zone": "Europe/Berlin",
    "periods": [
        {
            "start": "2026-06-10T21:00:00+02:00",
            "end": "2026-06-10T23:28:00+02:00",
            "phase": "charging",
            "kwh": 7.4,
        }
    ],
}


def _files(folder: Path, tariff: Any, session: Any) -> tuple[str, ...]:
    told = []
    for name, body in (("ocpi", tariff), ("session", session)):
        path = folder / f"{name}.json"
        path.write_text(body if isinstance(body, str) else json.dumps(body))
        told += [f"--{name}", str(path)]
    return ("tariff", "rate", *told)


def test_machines_get_exact_totals_and_lines(call: Call, tmp_path: Path) -> None:
    said = call(*_files(tmp_path, TARIFF, SESSION), "--json")
    assert said.code == 0
    told = json.loads(said.out)
    assert (told["total_excl_vat"], told["total_incl_vat"]) == ("6.0700", "6.567800")
    energy, time = told["lines"]
    assert energy == {
        "component": "energy",
        "quantity": "4.400",
        "unit": "kWh",
        "unit_price": "0.3",
        "amount": "1.3200",
        "rule": "elements/1/prices/0",
        "since": "2026-06-10T20:00:00Z",
        "until": "2026-06-10T21:28:00Z",
        "vat_percent": "19",
        "net": "1.3200",
        "tax": "0.250800",
        "gross": "1.570800",
    }
    assert (time["quantity"], time["unit"], time["amount"]) == ("2.5", "hour", "4.75")


def test_people_get_a_sentence_for_each_line(call: Call, tmp_path: Path) -> None:
    said = call(*_files(tmp_path, TARIFF, SESSION), "--language", "de")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == (
        "Energie: 4,4 kWh zu je 0,30 EUR, von 10.06.2026 22:00 bis 23:28, gilt: 22:00-06:00 Uhr"
        " = 1,32 EUR zuzüglich 19 % USt."
    )
    assert lines[2:] == ["Summe ohne USt: 6,07 EUR", "Summe mit USt: 6,57 EUR"]


def test_a_total_that_no_rate_leads_to_is_null(call: Call, tmp_path: Path) -> None:
    component = {"type": "ENERGY", "price": 0.5, "step_size": 1}
    for included, net, gross in (("NO", "3.7000", None), ("YES", None, "3.7000")):
        tariff = {
            "currency": "EUR",
            "tax_included": included,
            "elements": [{"price_components": [component]}],
        }
        told = json.loads(call(*_files(tmp_path, tariff, SESSION), "--json").out)
        assert (told["total_excl_vat"], told["total_incl_vat"]) == (net, gross)


@pytest.mark.parametrize(
    ("tariff", "session", "words"),
    [
        ("{", SESSION, "is no JSON"),
        (TARIFF | {"elements": []}, SESSION, "/elements"),
        (TARIFF, {"periods": []}, "/periods"),
        (TARIFF, SESSION | {"location_time_zone": "Mars"}, "Europe/Berlin"),
    ],
)
def test_what_cannot_be_read_is_wrong_usage(
    call: Call, tmp_path: Path, tariff: Any, session: Any, words: str
) -> None:
    said = call(*_files(tmp_path, tariff, session), "--json")
    assert said.code == 2
    assert words in said.err
    assert not said.out


def test_a_tariff_of_ocpi_becomes_prices_of_the_api_and_one_of_ocpi_again(call: Call, tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs.json", tmp_path / "ours.json"
    theirs.write_text(json.dumps(TARIFF))
    said = call("tariff", "from-ocpi", str(theirs))
    prices = read(json.loads(said.out), Prices)
    assert prices.elements[1].prices[0].vat_percent == 19
    for body in (said.out, json.dumps({"id": "tar_1", "name": "All", "prices": json.loads(said.out)})):
        ours.write_text(body)
        assert json.loads(call("tariff", "to-ocpi", str(ours), "--json").out) == TARIFF


@pytest.mark.parametrize(
    ("prices", "options", "words"),
    [
        ({"per_minute": "0.02"}, (), "connected time"),
        ({"per_kwh": "0.39"}, ("--version", "2.2.1"), "gross prices"),
        ({"per_kwh": "-1"}, (), "/per_kwh"),
        ([], (), "must be an object"),
        ({"prices": 7}, (), "must be an object"),
    ],
)
def test_what_no_tariff_of_ocpi_can_say_is_wrong_usage(
    call: Call, tmp_path: Path, prices: Any, options: tuple[str, ...], words: str
) -> None:
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(prices))
    said = call("tariff", "to-ocpi", str(path), *options)
    assert said.code == 2
    assert words in said.err
    assert not said.out


@pytest.mark.oracle("worked examples of OCPI tariffs, by the command")
def test_every_worked_example_comes_out(call: Call, tmp_path: Path, vectors: Path) -> None:
    examples = json.loads((vectors / "tariffs" / "ocpi_worked_examples.json").read_text())
    for example in examples:
        said = call(*_files(tmp_path, example["tariff"], example["session"]), "--json")
        told = json.loads(said.out)
        for name in ("total_excl_vat", "total_incl_vat"):
            printed = example["expected"][name]
            if printed is not None:
                rounded = Decimal(told[name]).quantize(Decimal(printed), ROUND_HALF_UP)
                assert str(rounded) == printed, example["id"]
    assert len(examples) == 23
