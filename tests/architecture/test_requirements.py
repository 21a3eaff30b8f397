"""The locked requirements can be trusted and are complete, and nothing in them names an index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKED = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

each_file = pytest.mark.parametrize("file", LOCKED, ids=[file.name for file in LOCKED])


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: Path) -> dict[str, set[str]]:
    """Every distribution of a file with its versions (more than one where platforms differ)."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*?\])?==(\S+)", file.read_text(), re.MULTILINE):
        found.setdefault(normal(name), set()).add(version)
    return found


def asked(requirements: list[str]) -> set[str]:
    names = {normal(re.split(r"[\[<>=~!; ]", one, maxsplit=1)[0]) for one in requirements}
    return names - {"emobility"}


def test_there_is_a_file_for_the_core_the_client_the_server_and_the_checks() -> None:
    assert [file.name for file in LOCKED] == ["client.txt", "core.txt", "dev.txt", "server.txt"]


@each_file
def test_every_requirement_is_pinned_and_hashed(file: Path) -> None:
    entries = re.split(r"\n(?=\S)", file.read_text().strip())
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+==\S+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


@each_file
def test_no_file_names_an_index_a_url_or_a_path(file: Path) -> None:
    assert not re.search(r"://|index|find-links|file:|^-|\s@\s|^\s*/", file.read_text(), re.MULTILINE)


def test_the_core_needs_attrs_alone() -> None:
    assert asked(PROJECT["project"]["dependencies"]) == {"attrs"}
    assert pins(ROOT / "requirements" / "core.txt").keys() == {"attrs"}


@pytest.mark.parametrize(
    ("name", "extras", "groups"),
    [
        ("server.txt", ["sql", "ocpp", "metering", "server", "mail"], ["build"]),
        ("dev.txt", list(PROJECT["project"]["optional-dependencies"]), list(PROJECT["dependency-groups"])),
    ],
)
def test_a_file_holds_what_its_extras_ask_for(name: str, extras: list[str], groups: list[str]) -> None:
    wanted = asked(PROJECT["project"]["dependencies"])
    for extra in extras:
        wanted |= asked(PROJECT["project"]["optional-dependencies"][extra])
    for group in groups:
        wanted |= asked(PROJECT["dependency-groups"][group])
    assert wanted - pins(ROOT / "requirements" / name).keys() == set()


def test_the_checks_run_on_what_the_server_ships() -> None:
    shipped, checked = pins(ROOT / "requirements" / "server.txt"), pins(ROOT / "requirements" / "dev.txt")
    assert {name: versions for name, versions in shipped.items() if checked.get(name) != versions} == {}


def test_every_direct_dependency_has_its_reason_in_the_reference() -> None:
    project = PROJECT["project"]
    direct = asked(project["dependencies"]).union(
        *map(asked, project["optional-dependencies"].values()),
        *map(asked, PROJECT["dependency-groups"].values()),
    )
    page = (ROOT / "docs" / "reference" / "dependencies.md").read_text()
    explained = {normal(name) for name in re.findall(r"`([A-Za-z0-9._-]+)`", page)}
    assert direct - explained == set()
