"""`emobility verify` says whether signed values hold, without a server, a database or a network."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from emobility_core.metering import ContainedValue, write_safe_xml
from tests.app.cli.conftest import Call
from tests.core.metering.vectors import SAMPLES, TRANSACTIONS
from tests.signer import Signer, alfen, data_set, payload, reading

SIGNER, OTHER = Signer(), Signer(secret=4711)
KEY = SIGNER.spki.hex()


@pytest.fixture
def record(tmp_path: Path) -> str:
    path = tmp_path / "record.ocmf"
    path.write_text(SIGNER.record() + "\n")
    return str(path)


def container(*records: str, key: str | None = KEY) -> bytes:
    return write_safe_xml(
        ContainedValue(data=one, format="OCMF", key=key, transaction="4711") for one in records
    )


PAIR = container(
    SIGNER.record(payload(reading("B", 1))), SIGNER.record(payload(reading("E", "2.50"), PG="T2"))
)


def test_a_record_is_verified_with_a_key_in_any_form(call: Call, record: str, tmp_path: Path) -> None:
    file = tmp_path / "key.txt"
    file.write_text(f"\n{KEY}\n")
    for key in (KEY, " ".join(KEY[place : place + 4] for place in range(0, len(KEY), 4)), f"@{file}"):
        said = call("verify", "--key", key, record)
        assert said.code == 0
        assert "transaction -: 12.345 kWh, billable\n" in said.out
        assert "OCMF T1: signature valid" in said.out
    assert call("verify", record, EMOBILITY_VERIFY_KEY=KEY).code == 0
    pem = f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(SIGNER.spki).decode()}\n-----END PUBLIC KEY-----"
    assert call("verify", "--key", pem, record).code == 0
    said = call("verify", "--key", OTHER.spki.hex(), record)
    assert (said.code, said.err) == (1, "Error: Not valid.\n")
    assert "signature invalid\n    does-not-hold" in said.out


def test_without_a_key_nothing_is_valid(call: Call, record: str) -> None:
    said = call("verify", record)
    assert said.code == 1
    assert "signature no-key" in said.out


@pytest.mark.parametrize("form", ["safe", "receipt"])
def test_a_container_and_a_receipt_bring_their_keys(call: Call, tmp_path: Path, form: str) -> None:
    receipt = json.dumps({"number": "R-1", "safe_xml": PAIR.decode()}).encode()
    (tmp_path / "file").write_bytes(PAIR if form == "safe" else receipt)
    said = call("verify", "file")
    assert said.code == 0
    assert "transaction 4711: 1.50 kWh, billable if the key is the meter's" in said.out
    (told,) = call("verify", "file", "--json").json["transactions"]
    assert (told["transaction"], told["kwh"], told["billable_mwh"]) == ("4711", "1.50", 1_500_000)
    assert [one["key"]["from"] for one in told["records"]] == ["file", "file"]
    # The key that is given counts.
    assert call("verify", "file", "--key", OTHER.spki.hex()).code == 1


@pytest.mark.parametrize(
    ("records", "code", "words"),
    [
        ([payload(reading("B", 1))], 0, "end-missing"),
        ([payload(reading("B", 1, EF="E"), reading("E", 2))], 0, "energy-unusable"),
        ([payload(reading("B", 3), reading("E", 2))], 1, "end-below-begin"),
        ([payload(reading("B", 1)), payload(reading("B", 2), PG="T2")], 1, "begin-repeated"),
        ([payload(reading("B", 1)), payload(reading("E", 2), PG="T2", MS="M-2")], 1, "other-device"),
    ],
)
def test_records_that_cannot_be_of_one_transaction_are_not_valid(
    call: Call, tmp_path: Path, records: list[Any], code: int, words: str
) -> None:
    """One that lacks an end, or says that its energy is unusable, is valid and not billable."""
    (tmp_path / "c.xml").write_bytes(container(*map(SIGNER.record, records)))
    said = call("verify", "c.xml", "--key", KEY)
    assert said.code == code
    assert "not billable" in said.out
    assert words in said.out


@pytest.mark.parametrize(
    "content",
    [
        b"", b"hello", b"\xff\xfe\x00", b"OCMF|{}|{}", b"<values/>", b"{}", b'{"safe_xml": 1}',
        b'{"safe_xml": "x"}',
        b'<!DOCTYPE a><values/>', b'{"signedMeterData":"AAEC"}',
        container(SIGNER.record(), key="none of these"),
    ],
    ids=range(11),
)  # fmt: skip
def test_what_cannot_be_read_ends_with_2_and_a_reason(call: Call, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    said = call("verify", "file")
    assert (said.code, said.out) == (2, "")
    assert "reason=" in said.err


def test_records_one_below_the_other_are_of_one_transaction(call: Call, tmp_path: Path) -> None:
    records = [SIGNER.record(payload(reading("B", 1))), SIGNER.record(payload(reading("E", "2.50"), PG="T2"))]
    (tmp_path / "both").write_text("\n".join(records) + "\n")
    said = call("verify", "both", "--key", KEY)
    assert said.code == 0
    assert "transaction -: 1.50 kWh, billable\n" in said.out


def test_records_in_the_format_of_alfen_bring_their_key_line_by_line(call: Call, tmp_path: Path) -> None:
    lines = [alfen(0, data_set(1_000)), alfen(1, data_set(2_234, page=2))]
    (tmp_path / "lines").write_text("\n".join(lines) + "\n")
    said = call("verify", "lines")
    assert said.code == 0
    assert "transaction -: 1.234 kWh, billable if the key is the meter's" in said.out
    assert call("verify", "lines", "--key", lines[0].split(";")[3]).code == 0


def test_what_a_record_says_does_not_steer_the_terminal(call: Call, tmp_path: Path) -> None:
    (tmp_path / "raw").write_text(SIGNER.record(payload(reading("B", 1, RU="\x1b[2J"), reading("E", 2))))
    said = call("verify", "raw", "--key", KEY)
    assert "begin: 1 ?[2J" in said.out
    assert "\x1b" not in said.out


def test_a_key_or_a_file_that_is_none_ends_with_2(call: Call, record: str) -> None:
    for arguments in ((record, "--key", "abc"), (record, "--key", "@nowhere"), ("nowhere",)):
        assert call("verify", *arguments).code == 2


@pytest.mark.oracle("signed records of real stations")
@pytest.mark.parametrize("sample", SAMPLES, ids=[one["id"].partition("/")[2] for one in SAMPLES])
def test_a_real_record_ends_as_its_verdict_says(call: Call, tmp_path: Path, sample: Any) -> None:
    (tmp_path / "raw").write_bytes(sample["raw"].encode())
    key = ("--key", sample["public_key"]) if sample["public_key"] else ()
    said = call("verify", "raw", "--json", *key)
    assert said.code == (0 if sample["our_verdict"] == "valid" else 1)
    ((told,),) = [one["records"] for one in said.json["transactions"]]
    assert told["signature"] == sample["our_verdict"]


@pytest.mark.oracle("signed records of real stations")
@pytest.mark.parametrize("pair", TRANSACTIONS, ids=[one["transaction_id"] for one in TRANSACTIONS])
def test_a_real_pair_in_a_container_comes_to_its_energy(call: Call, tmp_path: Path, pair: Any) -> None:
    samples = [one for one in SAMPLES if one["id"] in (pair["begin"], pair["end"])]
    values = [
        ContainedValue(data=one["raw"], key=one["public_key"], transaction=pair["transaction_id"])
        for one in samples
    ]
    (tmp_path / "c.xml").write_bytes(write_safe_xml(values))
    said = call("verify", "c.xml", "--json")
    assert (said.code, said.json["transactions"][0]["kwh"]) == (0, pair["energy_kwh"])


def test_it_runs_offline_on_the_core_and_one_adapter() -> None:
    """No database, no web framework, no socket: what a customer needs to check a receipt."""
    program = (
        "import sys\nfrom emobility_app.cli import cli\n"
        "cli(['verify', '-', '--key', sys.argv[1]], standalone_mode=False)\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, KEY],
        input=SIGNER.record(), capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert "signature valid" in ran.stdout
    loaded = set(ran.stderr.split())
    assert not {"sqlalchemy", "litestar", "websockets", "httpx", "uvicorn", "aiosqlite", "asyncio"} & loaded
