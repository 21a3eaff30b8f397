"""The page of errors lists every refusal with the cause and the remedy of its docstring."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator

import emobility_adapters
import emobility_app
import emobility_core
from emobility_app.problems import STATUS, RequestRefused
from emobility_core.errors import EmobilityError

# Alembic's files run only within a migration; `__main__` runs the program; test suites refuse nothing.
_APART = (".migrations.", ".__main__", "emobility_core.testing")
_HEAD = """\
# Errors

Every anticipated failure has a `code` that does not change. Over HTTP it arrives as
`application/problem+json` with the status of its family, unless the API's reference says otherwise for an
operation. Anything else is a fault of the program: a bare 500.

This page is made from the code; `nox -s golden` writes it.
"""


def refusals() -> list[type[EmobilityError]]:
    for package in (emobility_core, emobility_adapters, emobility_app):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not any(part in module.name for part in _APART):
                importlib.import_module(module.name)
    found = [kind for kind in _below(EmobilityError) if "code" in vars(kind)]
    # By code: attrs makes each class anew with slots, and the first one is gone only once it is collected.
    ours = {kind.code: kind for kind in found if kind.__module__.startswith("emobility_")}
    return [ours[code] for code in sorted(ours)]


def _below(kind: type[EmobilityError]) -> Iterator[type[EmobilityError]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def page() -> str:
    parts = [_HEAD]
    for family, status in STATUS.items():
        parts.append(f"## {family.__name__} ({status})\n\n{inspect.getdoc(family)}\n")
        parts.append("| code | cause | remedy |\n|---|---|---|")
        parts += [_row(kind) for kind in refusals() if issubclass(kind, family)]
        parts.append("")
    parts.append(f"## Of HTTP itself\n\n{inspect.getdoc(RequestRefused)}\n")
    parts.append("| code | cause | remedy |\n|---|---|---|")
    parts += [_row(kind, f" ({kind.status})") for kind in refusals() if issubclass(kind, RequestRefused)]
    return "\n".join([*parts, ""])


def _row(kind: type[EmobilityError], status: str = "") -> str:
    cause, _, remedy = (inspect.getdoc(kind) or "").partition("Remedy:")
    cells = (" ".join(text.split()).replace("|", "\\|") for text in (cause, remedy))
    return f"| `{kind.code}`{status} | {' | '.join(cells)} |"


def test_the_page_of_errors_says_what_the_code_says(golden: Callable[[str, str], None]) -> None:
    golden("../../docs/reference/errors.md", page())


def test_every_refusal_says_its_remedy() -> None:
    assert [kind.__name__ for kind in refusals() if "Remedy:" not in (kind.__doc__ or "")] == []


def test_no_refusal_is_missing_on_the_page() -> None:
    shown = page()
    assert [kind.code for kind in refusals() if f"| `{kind.code}`" not in shown] == []
