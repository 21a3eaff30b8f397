"""`emobility verify`: whether signed meter values hold, and what they come to; needs no server or network."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import click

from emobility_adapters.signatures import MeterSignatures
from emobility_app.cli.console import Console, json_option
from emobility_app.cli.failures import Exit, Failure, explained
from emobility_core.instants import Instant
from emobility_core.metering import (
    LONGEST_KEY,
    ProvenTransaction,
    Reason,
    SignatureVerdict,
    SignedReading,
    read_key,
    verify_proof,
)


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--key",
    "given",
    default=None,
    metavar="KEY",
    envvar="EMOBILITY_VERIFY_KEY",
    help="The meter's public key in any form, or @FILE; counts instead of what the file carries.",
)
@json_option
def verify(file: BinaryIO, given: str | None, as_json: bool) -> None:
    """Verify a record (OCMF), the XML of the transparency software or a receipt; - is standard input.

    Ends with 0 if every signature holds and the records of a transaction fit together, with 1 if not, and
    with 2 for what cannot be read.
    """
    with explained():
        key = None if given is None else read_key(_text(given))
        # One byte more than is taken is enough to refuse it.
        found = verify_proof(file.read(_MOST), key=key, signatures=MeterSignatures())
    valid = all(one.verdict.verified and one.verdict.consistent for one in found)
    facts = {"valid": valid, "transactions": [_told(one, key is not None) for one in found]}
    Console(as_json).result(facts, text="\n".join(_lines(one, key is not None) for one in found))
    if not valid:
        raise Failure("Not valid.", Exit.FAILED)


_MOST = 16 * 1024 * 1024 + 1


def _text(given: str) -> str:
    if not given.startswith("@"):
        return given
    try:
        with Path(given[1:]).open("rb") as file:
            return file.read(LONGEST_KEY + 1).decode("latin-1")
    except OSError as failure:
        raise Failure(f"{given[1:]}: {failure.strerror}", Exit.USAGE) from None


def _told(one: ProvenTransaction, key_given: bool) -> dict[str, Any]:
    energy, time, billable = one.verdict.energy, one.verdict.time, one.verdict.billable
    return {
        "transaction": one.number,
        "verified": one.verdict.verified,
        "billable_mwh": None if billable is None else billable.mwh,
        "kwh": None if energy.kwh is None else str(energy.kwh),
        "register": None if energy.register is None else energy.register.name,
        "begin": _reading(energy.begin),
        "end": _reading(energy.end),
        "reasons": _reasons(energy.reasons),
        "time": {"basis": time.basis.value, "reasons": _reasons(time.reasons)},
        "warnings": _reasons(one.verdict.warnings),
        "records": [_record(each, key_given) for each in one.verdict.signatures],
    }


def _reading(reading: SignedReading | None) -> dict[str, Any] | None:
    if reading is None:
        return None
    return {
        "at": _instant(reading.at),
        "clock": reading.time_status.value,
        "value": str(reading.value),
        "unit": reading.unit,
        "obis": reading.obis,
    }


def _reasons(found: tuple[Reason, ...]) -> list[dict[str, Any]]:
    return [{"code": one.code, "facts": dict(one.facts)} for one in found]


def _record(checked: SignatureVerdict, key_given: bool) -> dict[str, Any]:
    record, key = checked.record, checked.key
    origin = "given" if key_given else "file"
    return {
        "format": record.format,
        "page": _page(checked),
        "meter": record.statement.device.meter,
        "gateway": record.statement.device.gateway,
        "charge_point": record.statement.device.charge_point,
        "algorithm": record.algorithm or None,
        "signature": checked.state.value,
        "reasons": _reasons(checked.reasons),
        "key": None if key is None else {"fingerprint": key.fingerprint, "from": origin},
    }


def _page(checked: SignatureVerdict) -> str | None:
    page = checked.record.statement.page
    return None if page is None else f"{page.context}{page.number}"


def _instant(at: Instant | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _lines(one: ProvenTransaction, key_given: bool) -> str:
    """The verdict as a person reads it: amount, both ends, time, each record, warnings."""
    energy, time = one.verdict.energy, one.verdict.time
    amount = "no amount" if energy.kwh is None else f"{energy.kwh} kWh"
    if one.verdict.billable is None:
        billable = "not billable"
    else:
        billable = "billable" if key_given else "billable if the key is the meter's"
    lines = [f"transaction {one.number or '-'}: {amount}, {billable}", *_because(energy.reasons)]
    for name, reading in (("begin", energy.begin), ("end", energy.end)):
        if reading is not None:
            when = _instant(reading.at) or "at no time that can be read"
            lines.append(f"  {name}: {reading.value} {reading.unit} ({reading.obis}), {when}")
    lines += [f"  time: {time.basis.value}", *_because(time.reasons)]
    for checked in one.verdict.signatures:
        lines += _checked(checked, key_given)
    lines += [f"  warning: {warning}" for warning in one.verdict.warnings]
    # A file of a stranger does not steer the terminal.
    return "\n".join("".join(one if one.isprintable() else "?" for one in line) for line in lines)


def _checked(checked: SignatureVerdict, key_given: bool) -> list[str]:
    name = f"{checked.record.format} {_page(checked) or 'without a page'}"
    lines = [f"  {name}: signature {checked.state.value}", *_because(checked.reasons)]
    if checked.key is not None:
        whose = "given" if key_given else "of the file: compare it with the meter's"
        lines.append(f"    key {checked.key.fingerprint} ({whose})")
    return lines


def _because(reasons: tuple[Reason, ...]) -> list[str]:
    return [f"    {reason}" for reason in reasons]
