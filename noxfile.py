"""Every check and every tool of the project; plain `nox` runs all checks.

The checks share one environment in `.nox/checks`, set up once from hashed requirements.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import nox

nox.needs_version = ">=2025.10.14"  # the first with `requires`
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "imports", "types", "core_alone", "client_alone", "docs", "tests", "browser"]

ROOT = Path(__file__).parent
CHECKS = ROOT / ".nox" / "checks" / "bin"


def prepare(session: nox.Session, requirements: str) -> None:
    """Install what `requirements` pins and the project itself, unless this environment already has it."""
    locked = ROOT / "requirements" / requirements
    digest = hashlib.sha256(locked.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = Path(session.virtualenv.location) / "emobility-installed"
    if stamp.exists() and stamp.read_text() == digest:
        return
    session.install("--require-hashes", "-r", str(locked))
    # The build backend is among the pinned: nothing is fetched that has no hash.
    session.install("--no-deps", "--no-build-isolation", "-e", str(ROOT))
    stamp.write_text(digest)


@nox.session(reuse_venv=True, default=False)
def checks(session: nox.Session) -> None:
    """Set up the environment of all checks."""
    prepare(session, "dev.txt")


# A session that runs in the environment of `checks` and has none of its own.
check = nox.session(python=False, requires=["checks"])


def run(session: nox.Session, program: str, *arguments: str, silent: bool = False) -> None:
    """Run a program of the checks' environment, or one given by its whole path."""
    env = {
        "PATH": f"{CHECKS}{os.pathsep}{os.environ['PATH']}",
        "VIRTUAL_ENV": str(CHECKS.parent),
        "NO_MKDOCS_2_WARNING": "1",
    }
    session.run(str(CHECKS / program), *arguments, env=env, silent=silent)


@check
def lint(session: nox.Session) -> None:
    """Style and likely mistakes: ruff."""
    run(session, "ruff", "check", ".")
    run(session, "ruff", "format", "--check", ".")


@check
def imports(session: nox.Session) -> None:
    """The direction of imports: app -> adapters -> core, and downwards inside the core."""
    run(session, "lint-imports", "--no-cache")


@check
def types(session: nox.Session) -> None:
    """mypy --strict over everything."""
    run(session, "mypy")


@check
def core_alone(session: nox.Session) -> None:
    """The base distribution in a clean environment: the core works with attrs alone beside it."""
    python = alone(session, "core.txt")
    run(session, python, "-I", str(ROOT / "tests" / "core_alone.py"), str(ROOT / "README.md"))


@check
def client_alone(session: nox.Session) -> None:
    """The client in a clean environment: it imports and works without what the server needs."""
    run(session, alone(session, "client.txt"), "-I", str(ROOT / "tests" / "client_alone.py"))


def alone(session: nox.Session, requirements: str) -> str:
    """Install the distribution as users get it beside these requirements, and return the Python there."""
    folder = Path(session.create_tmp()).resolve()
    wheels, place = folder / "wheels", folder / "alone"
    run(session, "python", "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels), silent=True)
    run(session, "python", "-m", "venv", "--clear", str(place))
    python = str(place / "bin" / "python")
    pip = (python, "-m", "pip", "install", "-q", "--disable-pip-version-check")
    run(session, *pip, "--require-hashes", "-r", str(ROOT / "requirements" / requirements))
    (wheel,) = wheels.glob("emobility-*.whl")
    run(session, *pip, "--no-index", str(wheel))
    return python


@check
def docs(session: nox.Session) -> None:
    """Build the documentation, warnings as errors (the tests execute its code)."""
    # Not --quiet: that hides warnings from --strict too.
    site = Path(session.create_tmp()).resolve() / "site"
    run(session, "mkdocs", "build", "--strict", "--site-dir", str(site))


@check
def tests(session: nox.Session) -> None:
    """All tests but those in a browser, on SQLite and on a real PostgreSQL, a process for each core."""
    every = ["--ignore=tests/browser", "-n", "logical", "--dist", "loadfile"]
    run(session, "pytest", *(session.posargs or every))


@check
def browser(session: nox.Session) -> None:
    """The pages in a real Chromium."""
    run(session, "pytest", *(session.posargs or ["tests/browser"]))


@check
def quick(session: nox.Session) -> None:
    """What a programmer runs between two edits: style, directions, the core's tests."""
    run(session, "ruff", "check", ".")
    run(session, "lint-imports")
    run(session, "pytest", "-q", "-m", "not slow", *(session.posargs or ["tests/core"]))


@check
def golden(session: nox.Session) -> None:
    """Write the golden files anew; look at the difference before you commit it."""
    run(session, "pytest", "--update-golden", *session.posargs)


@check
def bench(session: nox.Session) -> None:
    """What the server costs; `nox -s bench -- --json PATH` also writes the figures."""
    run(session, "python", "-m", "benchmarks", *session.posargs)


@nox.session(name="proof-sessions", python=False, requires=["checks"], default=False)
def proof_sessions(session: nox.Session) -> None:
    """Play stations against the endpoint, seed after seed, from where the last run ended."""
    run(session, "python", "-m", "tests.adapters.ocpp.machine", *session.posargs)


@nox.session(reuse_venv=True)
def demo(session: nox.Session) -> None:
    """A server with simulated stations that charge; ends with Ctrl-C."""
    prepare(session, "server.txt")
    session.run("emobility", "demo", *session.posargs)


@nox.session(reuse_venv=True)
def lock(session: nox.Session) -> None:
    """Pin the newest versions that fit pyproject.toml, for every platform, with hashes, without an index."""
    session.install("uv")
    compiled = [
        "uv", "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes",
        "--no-emit-index-url", "--no-header", "--no-annotate", "--quiet", *session.posargs,
    ]  # fmt: skip
    server = ["--extra", "server", "--extra", "mail", "--group", "build"]
    checks = ["--extra", "documents", "--extra", "payments", "--extra", "testing", "--group", "checks"]
    pinned = ["-c", "requirements/server.txt"]
    session.run(*compiled, "pyproject.toml", *server, "-o", "requirements/server.txt")
    session.run(*compiled, "pyproject.toml", *server, *checks, *pinned, "-o", "requirements/dev.txt")
    session.run(*compiled, "pyproject.toml", *pinned, "-o", "requirements/core.txt")
    session.run(*compiled, "pyproject.toml", "--extra", "client", *pinned, "-o", "requirements/client.txt")
