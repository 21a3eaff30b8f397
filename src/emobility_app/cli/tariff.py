"""`emobility tariff`: what a tariff makes of a session, and tariffs of OCPI as ours and back."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from emobility_adapters.ocpi import (
    MalformedOcpi,
    OcpiTariff,
    OcpiVersion,
    read_session,
    read_tariff,
    write_tariff,
)
from emobility_app.bill_lines import line_view
from emobility_app.cli.console import Console, json_option
from emobility_app.cli.failures import explained
from emobility_app.wire import MalformedBody, decimal_text, read, wire
from emobility_core.tariffs import Bill, Prices
from emobility_core.tariffs import rate as rated

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def tariff() -> None:
    """Tariffs."""


@tariff.command()
@click.option(
    "--ocpi", "tariff_file", type=_FILE, required=True, help="A tariff of OCPI 2.2.1 or 2.3.0 (JSON)."
)
@click.option(
    "--session",
    "session_file",
    type=_FILE,
    required=True,
    help="A session: start, end, location_time_zone and periods.",
)
@click.option(
    "--language",
    type=click.Choice(["en", "de"]),
    default="en",
    show_default=True,
    help="Of the explanations.",
)
@json_option
def rate(tariff_file: Path, session_file: Path, language: str, as_json: bool) -> None:
    """Price a session by an OCPI tariff, exactly, and explain each line; no server is needed."""
    console = Console(as_json)
    with explained():
        known, usage = read_tariff(_json(tariff_file)), read_session(_json(session_file))
        bill = rated(usage, known.prices)
        facts = _facts(bill, known)
        told = [*bill.explain(language), *_totals(bill, facts, language)]
    console.result(facts, text="\n".join(told))


@tariff.command("from-ocpi")
@click.argument("file", type=_FILE)
@json_option
def from_ocpi(file: Path, as_json: bool) -> None:
    """Print the prices of an OCPI tariff as `POST /v1/tariffs` takes them."""
    with explained():
        prices = wire.unstructure(read_tariff(_json(file)).prices)
    Console(as_json).result(prices, text=json.dumps(prices, indent=2))


@tariff.command("to-ocpi")
@click.argument("file", type=_FILE)
@click.option(
    "--version",
    type=click.Choice([one.value for one in OcpiVersion]),
    default=OcpiVersion.V2_3_0.value,
    show_default=True,
    help="Of OCPI.",
)
@json_option
def to_ocpi(file: Path, version: str, as_json: bool) -> None:
    """Print prices, or a tariff as the API shows it, as a tariff of OCPI."""
    with explained():
        told = write_tariff(_prices(_json(file)), OcpiVersion(version))
    Console(as_json).result(told, text=json.dumps(told, indent=2))


def _prices(body: Any) -> Prices:
    prices = body.get("prices", body) if isinstance(body, dict) else body
    if not isinstance(prices, dict):
        raise MalformedOcpi("/", "must be an object")
    try:
        return read(prices, Prices)
    except MalformedBody as malformed:
        flaw = malformed.errors[0]
        raise MalformedOcpi(flaw.pointer, f"{flaw.code}: {flaw.detail}") from None


def _json(path: Path) -> Any:
    """The JSON of a file, its numbers exact."""
    try:
        return json.loads(path.read_bytes(), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise MalformedOcpi("/", f"{path} is no JSON: {error}") from None


def _facts(bill: Bill, known: OcpiTariff) -> dict[str, Any]:
    """What machines read. An amount that no VAT rate leads to is null."""
    net = known.states_vat or not bill.prices.include_vat
    gross = known.states_vat or bill.prices.include_vat
    return {
        "currency": bill.prices.currency,
        "total_excl_vat": decimal_text(bill.net) if net else None,
        "total_incl_vat": decimal_text(bill.gross) if gross else None,
        "lines": [line_view(line, part) for line, part in zip(bill.lines, bill.taxed, strict=True)],
    }


_TOTALS = {"en": ("Total without VAT", "Total with VAT"), "de": ("Summe ohne USt", "Summe mit USt")}


def _totals(bill: Bill, facts: dict[str, Any], language: str) -> list[str]:
    """What the bill comes to, to the cent."""
    amounts = (bill.amounts.net, bill.amounts.gross)
    known = (facts["total_excl_vat"], facts["total_incl_vat"])
    told = [
        f"{name}: {money.amount} {money.currency}"
        for name, money, exact in zip(_TOTALS[language], amounts, known, strict=True)
        if exact is not None
    ]
    return [one.replace(".", ",") for one in told] if language == "de" else told
