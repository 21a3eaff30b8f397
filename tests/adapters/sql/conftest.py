"""The databases of the contract suites, for what is proven of SQL alone."""

from tests.adapters.sql.persons import stored
from tests.contracts.conftest import (
    database_url,
    empty_url,
    postgresql_empty,
    postgresql_migrated,
    postgresql_url,
    sqlite_template,
    sqlite_url,
)

__all__ = [
    "database_url",
    "empty_url",
    "postgresql_empty",
    "postgresql_migrated",
    "postgresql_url",
    "sqlite_template",
    "sqlite_url",
    "stored",
]
