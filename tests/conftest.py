"""What all tests share: golden files, the folder of third-party vectors, and the count of oracles."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run, and no verdict by the clock of a busy machine.
settings.register_profile(
    "emobility", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("emobility")

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"

Golden = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --update-golden only those tests run that hold a golden file."""
    if config.getoption("--update-golden"):
        holding = [item for item in items if "golden" in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=[item for item in items if item not in holding])
        items[:] = holding


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """`golden(path, text)` fails unless the file holds this text; a relative path is one in tests/golden."""

    def compare(path: str, text: str) -> None:
        file = (GOLDEN / path).resolve()
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        assert file.exists(), f"no {file.name}: `nox -s golden` writes it"
        assert text == file.read_text(), f"{file.name} differs: look, and `nox -s golden` writes it anew"

    return compare


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of third-party vectors; where they are required they cannot vanish unnoticed."""
    folder = Path(os.environ.get("EMOBILITY_VECTORS", ROOT.parent / "shared" / "vectors"))
    if not folder.is_dir():
        refuse = pytest.fail if os.environ.get("CI_REQUIRE_VECTORS") == "1" else pytest.skip
        refuse(f"no vectors in {folder}: name their folder in EMOBILITY_VECTORS")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> object:
    report = yield
    assert isinstance(report, pytest.TestReport)
    for mark in item.iter_markers("oracle"):
        report.user_properties.append(("oracle", mark.args[0] if mark.args else "unnamed"))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line per oracle: how many of its comparisons ran and how many were skipped."""
    ran: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for outcome, count in (("passed", ran), ("failed", ran), ("skipped", skipped)):
        for report in terminalreporter.getreports(outcome):
            oracles = [value for key, value in report.user_properties if key == "oracle"]
            count.update(str(oracle) for oracle in oracles)
    for name in sorted(ran | skipped):
        terminalreporter.write_line(f"oracle {name}: {ran[name]} run, {skipped[name]} skipped")
