"""An authority is made on the command line; its key lies sealed in the database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from tests.app.cli.conftest import Call


def _sealed(database: str) -> bytes:
    with closing(sqlite3.connect(Path(database.removeprefix("sqlite:///")))) as connection:
        ((key,),) = connection.execute("SELECT sealed_key FROM certificate_authority").fetchall()
    return str(key).encode()


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_an_authority_is_made_and_its_certificate_printed(call: Call, database: str, kind: str) -> None:
    order = ("ca", "create", "--organization", "Stadtwerk", "--key", kind, "--database", database)
    made = call(*order, "--json").json
    assert made["authority"].startswith("cau_")
    certificate = x509.load_pem_x509_certificate(made["certificate"].encode())
    (organization,) = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert organization.value == "Stadtwerk"
    with pytest.raises((TypeError, ValueError)):
        serialization.load_pem_private_key(_sealed(database), None)


def test_a_passphrase_seals_the_key(call: Call, database: str, tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text("correct horse\n")
    call(
        "ca", "create", "--organization", "Stadtwerk", "--ca-passphrase-file", str(tmp_path / "passphrase"),
        "--database", database,
    )  # fmt: skip
    assert serialization.load_pem_private_key(_sealed(database), b"correct horse")
