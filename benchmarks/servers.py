"""Child processes under measurement: the echo, the server, and the load generator that drives them."""

from __future__ import annotations

import importlib.util
import json
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.load import Job, Load

HOST = "127.0.0.1"
_START_S = 60.0
_STOP_S = 30.0
_ENDED_TAIL = 2_000


class Unusable(Exception):
    """A process did not start, or ended before its time."""


@dataclass(frozen=True)
class Running:
    """A server that accepts connections."""

    pid: int
    ocpp_port: int
    http_port: int = 0

    @property
    def http(self) -> str:
        """Base URL of its HTTP API."""
        return f"http://{HOST}:{self.http_port}"


def raise_open_files(needed: int = 12_000) -> None:
    """Let this process and its children hold that many sockets; raises `Unusable` where it may not."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise Unusable(f"{needed} open files are needed, the hard limit is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def emobility_command() -> Sequence[str]:
    """How the product's command line is started from this environment."""
    if importlib.util.find_spec("emobility_app.__main__") is not None:
        return (sys.executable, "-m", "emobility_app")
    return (str(Path(sys.executable).with_name("emobility")),)


@contextmanager
def echo_server(log: Path) -> Iterator[Running]:
    """A bare echo in its own process."""
    port = _free_port()
    command = (sys.executable, "-m", "benchmarks.echo", HOST, str(port))
    with _started(command, (port,), log) as pid:
        yield Running(pid, port)


@contextmanager
def empty_server(log: Path) -> Iterator[Running]:
    """A Litestar application with an empty handler, in its own process."""
    port = _free_port()
    command = (sys.executable, "-m", "benchmarks.empty", HOST, str(port))
    with _started(command, (port,), log) as pid:
        yield Running(pid, 0, port)


@contextmanager
def emobility_server(database: str, log: Path) -> Iterator[Running]:
    """`emobility serve` on a database that it migrates itself."""
    ocpp, http = _free_port(), _free_port()
    doors = ("--http", f"{HOST}:{http}", "--ocpp", f"{HOST}:{ocpp}", "--uploads", f"{log.parent}/uploads")
    # One client asks as much as many would.
    options = ("serve", "--database", database, *doors, "--api-requests", "1000000000")
    with _started((*emobility_command(), *options), (ocpp, http), log) as pid:
        _await_answer(http)
        yield Running(pid, ocpp, http)


@contextmanager
def stand_in_server(database: str, log: Path, *options: str) -> Iterator[Running]:
    """The stand-in that proves this harness; its figures say nothing about the product."""
    port = _free_port()
    command = (sys.executable, "-m", "benchmarks.stand_in", database, HOST, str(port), *options)
    with _started(command, (port,), log) as pid:
        yield Running(pid, port)


def drive(job: Job) -> Load:
    """Run the load generator to its end."""
    limit_s = 240 + job.warm_up_s + job.window_s + 3 * job.spread_s
    command = (sys.executable, "-m", "benchmarks.load", json.dumps(asdict(job)))
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s)
    if done.returncode:
        raise Unusable(f"the load generator failed:\n{done.stderr[-_ENDED_TAIL:]}")
    return Load(**json.loads(done.stdout))


@contextmanager
def _started(command: Sequence[str], ports: Sequence[int], log: Path) -> Iterator[int]:
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        _await_ports(process, ports, log)
        yield process.pid
        if process.poll() is not None:
            raise Unusable(f"{_shown(command)} ended by itself:\n{_tail(log)}")
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_ports(process: subprocess.Popen[bytes], ports: Sequence[int], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    for port in ports:
        while not _accepts(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Unusable(f"{_shown(process.args)} did not start:\n{_tail(log)}")
            time.sleep(0.05)


def _await_answer(http: int) -> None:
    """The ports are held from the beginning; who asks is answered once the database is migrated."""
    connection = HTTPConnection(HOST, http, timeout=_START_S)
    connection.request("GET", "/v1/me")
    connection.getresponse().read()
    connection.close()


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _shown(command: object) -> str:
    return " ".join(map(str, command[1:])) if isinstance(command, tuple) else str(command)


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-_ENDED_TAIL:]
