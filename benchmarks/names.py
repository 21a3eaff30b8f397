"""The names, keys and tags of the simulated stations."""

from __future__ import annotations


def identity(number: int) -> str:
    """The name under which station `number` connects."""
    return f"BENCH-{number:06d}"


def key(number: int) -> str:
    """Its HTTP Basic password: an OCPP AuthorizationKey has 16 to 40 characters."""
    return f"benchmark-key-{number:06d}"


def tag(number: int) -> str:
    """The id tag presented at station `number`."""
    return f"TAG{number:06d}"
