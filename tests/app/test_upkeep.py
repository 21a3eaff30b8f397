"""What is done now and then is done, whatever of it cannot be."""

import pytest

from emobility_app.upkeep import each
from emobility_core.ids import TenantId
from emobility_core.testing.clock import NOON, SeededIds
from emobility_core.work import StaleWrite


async def test_what_one_job_cannot_do_keeps_no_other_waiting(caplog: pytest.LogCaptureFixture) -> None:
    done = []

    async def contended() -> None:
        raise StaleWrite(TenantId(SeededIds().uuid7(NOON)))

    async def other() -> None:
        done.append("other")

    await each([contended, other])
    assert done == ["other"]
    assert "tried again" in caplog.text
