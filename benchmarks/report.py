"""The table that people read and the JSON that machines keep."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.measures import Findings
from benchmarks.plan import BOUNDS

_MEASURED_WITH = ("websockets", "uvloop", "asyncpg")


def missed(findings: Findings) -> Sequence[str]:
    """The figures that are outside their bounds."""
    return [name for name, value in findings.figures.items() if not BOUNDS[name].holds(value)]


def table(findings: Findings, label: str) -> str:
    """Figures with their bounds, then what lies behind them."""
    lines = [label, "", f"{'figure':34} {'value':>12} {'bound':>12}"]
    for name, value in findings.figures.items():
        bound = BOUNDS[name]
        limit = f"{'>=' if bound.at_least else '<='} {bound.limit:,}"
        lines.append(f"{name:34} {value:12,.2f} {limit:>12}  {'met' if bound.holds(value) else 'MISSED'}")
    lines += ["", f"{'behind it (CPU in us a message)':46} {'value':>12}"]
    lines += [f"{name:46} {value:12,.1f}" for name, value in sorted(findings.raw.items())]
    lines += ["", *(f"remark: {remark}" for remark in findings.remarks)]
    return "\n".join(lines).rstrip()


def write_json(path: Path, findings: Findings, conditions: Mapping[str, object]) -> None:
    """The figures on top, everything behind them below."""
    document = {
        **findings.figures,
        "raw": findings.raw,
        "bounds": {name: BOUNDS[name].limit for name in findings.figures},
        "missed": missed(findings),
        "remarks": findings.remarks,
        "conditions": {**conditions, **_machine()},
        "runs": findings.runs,
    }
    path.write_text(json.dumps(document, indent=2) + "\n")


def _machine() -> Mapping[str, object]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "libraries": {name: version(name) for name in _MEASURED_WITH},
    }
