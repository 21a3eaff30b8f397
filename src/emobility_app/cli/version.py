"""The version of the installed program."""

from __future__ import annotations

from importlib import metadata


def version() -> str:
    """As released, or `unknown` where it runs from a source folder that is not installed."""
    try:
        return metadata.version("emobility")
    except metadata.PackageNotFoundError:
        return "unknown"
