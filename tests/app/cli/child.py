"""The command as a child process, started and stopped as an operator would."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs


@attrs.define
class Child:
    """A running command; `ready` is the line of JSON that it printed."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]

    def stop(self, with_signal: int = signal.SIGTERM) -> tuple[int, str]:
        """Tell it to stop; its exit code and everything on standard error."""
        self.process.send_signal(with_signal)
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "emobility_app", *arguments]


def once(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment(),
    )


@contextmanager
def started(*arguments: str, folder: Path) -> Iterator[Child]:
    """Start a command that serves, and wait until it says that it is ready."""
    process = subprocess.Popen(
        command(*arguments),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate(timeout=20)[1]
        yield Child(process, json.loads(line))
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def environment() -> dict[str, str]:
    """This environment, with the modules found where they were found here."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
