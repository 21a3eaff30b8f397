"""The adapter keeps the port's promises, and knows the curves that another library knows."""

from __future__ import annotations

import subprocess
import sys

import pytest

from emobility_adapters.signatures import MeterSignatures
from emobility_core.metering import Curve, read_key
from emobility_core.testing.contracts import SignaturesContract
from tests.signer import PARAMETERS, Signer


class TestMeterSignatures(SignaturesContract):
    @pytest.fixture
    def signatures(self) -> MeterSignatures:
        return MeterSignatures()


@pytest.mark.parametrize("curve", Curve, ids=[curve.label for curve in Curve])
def test_a_curve_is_what_a_second_library_says(curve: Curve) -> None:
    parameters = PARAMETERS[curve]
    assert curve.order == parameters.order
    assert curve.oid == ".".join(map(str, parameters.oid))
    assert read_key(Signer(curve).spki.hex()).point == Signer(curve).point


def test_verifying_needs_the_core_and_this_adapter_alone() -> None:
    program = (
        "import sys; import emobility_core.metering; import emobility_adapters.signatures;"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    assert {"cryptography", "emobility_core"} <= set(loaded)
    assert not {"sqlalchemy", "litestar", "emobility_app", "ecdsa", "cattrs", "websockets"} & set(loaded)
