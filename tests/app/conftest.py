"""The databases of the contract suites, for what the app does with a real one."""

from tests.contracts.conftest import (
    database_url,
    postgresql_migrated,
    postgresql_url,
    sqlite_template,
    sqlite_url,
)

__all__ = ["database_url", "postgresql_migrated", "postgresql_url", "sqlite_template", "sqlite_url"]
