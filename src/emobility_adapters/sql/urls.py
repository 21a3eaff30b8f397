"""Database URLs: which file one names, and how it may be shown."""

from __future__ import annotations

import re

_PASSWORD = re.compile(r"((?:^|[?&])(?:ssl)?password=)[^&]*")


def sqlite_path(url: str) -> str | None:
    """The file of a SQLite URL, None for another database."""
    scheme, _, rest = url.partition(":///")
    return rest if scheme == "sqlite" else None


def without_password(url: str) -> str:
    """The URL as it may be shown, whether or not it can be read as one.

    Passwords hold what they like: whatever stands between the user and the last `@` is hidden, and what a
    query calls a password.
    """
    scheme, mark, rest = url.partition("://")
    if scheme == "sqlite":
        return url
    if not mark:
        scheme, rest = "", url
    authority, at, place = rest.rpartition("@")
    user, colon, _ = authority.partition(":")
    shown = f"{user}:***" if colon else authority
    return f"{scheme}{mark}{shown}{at}{_PASSWORD.sub(_hidden, place)}"


def _hidden(found: re.Match[str]) -> str:
    return f"{found[1]}***"
