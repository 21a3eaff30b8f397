"""Column types that keep values exact on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _microseconds(value: datetime) -> int:
    since = value - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


class UtcInstant(sa.TypeDecorator[datetime]):
    """An instant: timestamptz on PostgreSQL, integer microseconds on SQLite."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return _microseconds(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return _EPOCH + timedelta(microseconds=value)


class JsonText(sa.TypeDecorator[Any]):
    """An owned collection that is never queried alone, as JSON text.

    Text on PostgreSQL too: jsonb refuses the NUL characters that stations send.
    """

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return None if value is None else orjson.loads(value)


class PlainText(sa.TypeDecorator[str]):
    """Text from outside: PostgreSQL cannot hold a NUL character, so it shows as U+FFFD."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else _without_nul(value)


class OrderedText(PlainText):
    """Text that the database puts into the same order as Python does: by code points, not by locale."""

    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(sa.Text(collation="C" if dialect.name == "postgresql" else None))


def direct_bind(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """What makes a value (never None) ready for the driver; None if it is ready as it is.

    The same as the types do, without their layers: the hot path binds a dozen values a message.
    """
    sqlite = dialect.name == "sqlite"
    if isinstance(kind, JsonText):
        return lambda value: orjson.dumps(value).decode()
    if isinstance(kind, UtcInstant):
        return _microseconds if sqlite else None
    if isinstance(kind, PlainText):
        return None if sqlite else _without_nul
    if isinstance(kind, sa.Uuid):
        return attrgetter("hex") if sqlite else None
    return None


def _without_nul(text: str) -> str:
    return text if "\x00" not in text else text.replace("\x00", "\ufffd")
