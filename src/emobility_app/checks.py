"""Is this machine fit to run a server? Small checks with a verdict and what to do about it."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from importlib import metadata
from pathlib import Path

import attrs

from emobility_app.settings import Address

_PACKAGES = (
    "attrs", "cattrs", "click", "rich", "sqlalchemy", "aiosqlite", "asyncpg", "alembic", "websockets",
    "uvloop", "orjson", "jsonschema-rs", "ocpp", "litestar", "uvicorn", "jinja2", "joserfc",
)  # fmt: skip
_OLDEST = (3, 11)
_BUILT = datetime(2026, 11, 1, tzinfo=UTC)
_MEGABYTE = 1024 * 1024
_TIGHT, _FULL = 1024 * _MEGABYTE, 100 * _MEGABYTE


class Verdict(Enum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@attrs.frozen
class Check:
    """What was looked at, what was seen, and what to do about it."""

    name: str
    verdict: Verdict
    seen: str
    remedy: str = ""


def python() -> Check:
    version = sys.version.split()[0]
    if sys.version_info >= _OLDEST:
        return Check("Python", Verdict.OK, version)
    return Check("Python", Verdict.FAILED, version, "Install Python 3.11 or newer.")


def packages(names: Iterable[str] = _PACKAGES) -> Check:
    missing = [name for name in names if not _installed(name)]
    if missing:
        remedy = "Install the server with all it needs: pip install 'emobility[server]'."
        return Check("Packages", Verdict.FAILED, f"missing: {', '.join(missing)}", remedy)
    return Check("Packages", Verdict.OK, "all there")


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def port(name: str, address: Address) -> Check:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            remedy = "If that is not this server itself, stop the other program or choose another port."
            return Check(name, Verdict.WARNING, f"{address}: {error.strerror}", remedy)
    return Check(name, Verdict.OK, f"{address} is free")


def clock(now: datetime, newest_file: Path | None) -> Check:
    """A clock that runs behind makes wrong sessions and refused tokens."""
    known = [_BUILT]
    if newest_file is not None and newest_file.exists():
        known.append(datetime.fromtimestamp(newest_file.stat().st_mtime, UTC))
    if now < max(known) - timedelta(minutes=1):
        remedy = "Set the clock and keep it by NTP."
        return Check("Clock", Verdict.FAILED, f"{now:%Y-%m-%d %H:%M:%S} UTC is in the past", remedy)
    return Check("Clock", Verdict.OK, f"{now:%Y-%m-%d %H:%M:%S} UTC")


def disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    seen = f"{free // _MEGABYTE:,} MB free at {folder}"
    if free < _TIGHT:
        verdict = Verdict.FAILED if free < _FULL else Verdict.WARNING
        return Check("Disk", verdict, seen, "Make room: a server that cannot write answers nothing.")
    return Check("Disk", Verdict.OK, seen)


def machine(http: Address, ocpp: Address, *, now: datetime, database: Path | None) -> Iterator[Check]:
    """All checks but those of the database itself."""
    folder = database.parent if database is not None else Path.cwd()
    while not folder.exists():
        folder = folder.parent
    yield python()
    yield packages()
    yield clock(now, database)
    yield disk(folder.absolute())
    yield port("HTTP address", http)
    yield port("OCPP address", ocpp)
