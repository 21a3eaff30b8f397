"""Makes pytest explain the contracts' assertions; must be imported before the contracts themselves."""

import pytest

NAMES = (
    "directories",
    "events",
    "idempotency",
    "network",
    "prices",
    "records",
    "sessions",
    "transactions",
)
pytest.register_assert_rewrite(*(f"emobility_core.testing.contracts.{name}" for name in NAMES))
