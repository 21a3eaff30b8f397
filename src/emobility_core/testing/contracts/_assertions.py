"""Makes pytest explain the contracts' assertions; must be imported before the contracts themselves."""

import pytest

pytest.register_assert_rewrite(
    *(
        f"emobility_core.testing.contracts.{name}"
        for name in ("directories", "events", "network", "prices", "records", "sessions", "transactions")
    )
)
