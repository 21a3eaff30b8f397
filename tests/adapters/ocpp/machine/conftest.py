"""The databases of the contract suites: the hot path is played over both."""

from tests.contracts.conftest import (
    database_url,
    postgresql_migrated,
    postgresql_url,
    sqlite_template,
    sqlite_url,
)

__all__ = ["database_url", "postgresql_migrated", "postgresql_url", "sqlite_template", "sqlite_url"]
