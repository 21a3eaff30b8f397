"""Every import contract holds for the tree as it is, and breaks on a violation planted in a copy of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
PRIVATE = [contract for contract in CONTRACTS if contract["type"] == "protected"]

# Contract -> (module that sins, line that is the sin).
PLANTED: dict[str, tuple[str, str]] = {
    "The app composes adapters; adapters serve the core; the core knows neither": (
        "emobility_core/money.py",
        "import emobility_adapters.memory",
    ),
    "The client of the API and the server know nothing of each other": (
        "emobility_client/_answer.py",
        "import emobility_core.money",
    ),
    "Concepts depend downwards only": ("emobility_core/energy.py", "import emobility_core.tariffs"),
    "The core imports attrs and nothing else": ("emobility_core/money.py", "import sqlalchemy"),
    "Adapters do not know each other": (
        "emobility_adapters/memory/store.py",
        "import emobility_adapters.sql.engine",
    ),
    "What goes out to addresses of tenants goes through one door": (
        "emobility_adapters/checked_http/client.py",
        "import emobility_adapters.oidc",
    ),
    "What all versions of OCPP share knows none of them": (
        "emobility_adapters/ocpp/line.py",
        "import emobility_adapters.ocpp.v16.version",
    ),
    "No cycles between siblings": (
        "emobility_app/settings.py",
        "import emobility_app.cli.serve",
    ),
} | {
    contract["name"]: ("emobility_app/settings.py", f"import {contract['protected_modules'][0]}")
    for contract in PRIVATE
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def lint(folder: Path, contract: str | None = None) -> subprocess.CompletedProcess[str]:
    """import-linter over the copy's own sources, for one contract or for all."""
    config = folder / "pyproject.toml"
    if contract is not None:
        config = folder / "one.toml"
        config.write_text(_only(contract))
    program = (
        "import sys; sys.path.insert(0, 'src');"
        "from importlinter.cli import lint_imports as lint;"
        "sys.exit(lint(config_filename=sys.argv[1], no_cache=True))"
    )
    return subprocess.run(
        [sys.executable, "-c", program, str(config)], cwd=folder, capture_output=True, text=True, timeout=60
    )


def _only(name: str) -> str:
    """The configuration with this contract alone."""
    head, *parts = (ROOT / "pyproject.toml").read_text().split("[[tool.importlinter.contracts]]")
    (chosen,) = [part for part in parts if part.strip().startswith(f'name = "{name}"')]
    return f"{head[head.index('[tool.importlinter]') :]}[[tool.importlinter.contracts]]{chosen}"


def test_a_violation_is_planted_for_every_contract() -> None:
    assert [contract["name"] for contract in CONTRACTS] == list(PLANTED)


def test_the_tree_keeps_all_contracts(copy: Path) -> None:
    result = lint(copy)
    assert result.returncode == 0, result.stdout[-3000:]
    assert " 0 broken" in result.stdout


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_violation_breaks_its_contract(copy: Path, contract: str) -> None:
    path, line = PLANTED[contract]
    file = copy / "src" / path
    honest = file.read_text()
    try:
        file.write_text(f"{honest}\n{line}\n")
        result = lint(copy, contract)
    finally:
        file.write_text(honest)
    assert result.returncode == 1, result.stdout[-3000:] + result.stderr[-3000:]
    assert f"{contract} BROKEN" in " ".join(result.stdout.split())


def test_every_private_module_is_protected() -> None:
    """A new `_module` or `_package` is listed in pyproject.toml; this test says which is missing."""
    tops = [ROOT / "src" / top for top in ("emobility_core", "emobility_adapters")]
    modules = [file for top in tops for file in top.rglob("_[a-z]*.py")]
    packages = [file.parent for top in tops for file in top.rglob("_[a-z]*/__init__.py")]
    private = {
        ".".join(file.relative_to(ROOT / "src").with_suffix("").parts) for file in [*modules, *packages]
    }
    protected = {module for contract in PRIVATE for module in contract["protected_modules"]}
    assert private - protected - {"emobility_core.testing.contracts._assertions"} == set()
    assert protected - private == set()
