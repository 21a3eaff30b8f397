"""Run the measurements: `python -m benchmarks [--quick] [--only NAME ...] [--json PATH] [--enforce]`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks import api, databases, measures
from benchmarks.authorization import authorization_cpu_us
from benchmarks.databases import Database
from benchmarks.imports import import_figures
from benchmarks.measures import Bench, Invalid, Serve, Target
from benchmarks.plan import FULL, NAMES, QUICK
from benchmarks.rating import rating_per_s, windows_us
from benchmarks.report import missed, table, write_json
from benchmarks.seed import create_client, seed
from benchmarks.servers import (
    Unusable,
    echo_server,
    emobility_server,
    empty_server,
    raise_open_files,
    stand_in_server,
)
from benchmarks.verification import verify_vs_bare

_WITHOUT_STATIONS = {"rating", "authorization", "verify", "import"}


def main() -> int:
    """0 unless a run is invalid (2) or, with `--enforce`, a bound is missed (1)."""
    options = _options()
    names = options.only or list(NAMES)
    bench = Bench(QUICK if options.quick else FULL, lambda line: print(line, flush=True))
    try:
        raise_open_files()
        with ExitStack() as stack, tempfile.TemporaryDirectory(prefix="emobility-bench-") as folder:
            _measure(bench, names, Path(folder), options, stack)
            stack.close()
    except (Invalid, Unusable) as reason:
        print(f"invalid: {reason}", file=sys.stderr)
        return 2
    label = _label(options)
    print("\n" + table(bench.findings, label))
    if options.json:
        conditions = {"label": label, "load_average_at_end": os.getloadavg()}
        write_json(options.json, bench.findings, conditions)
    return 1 if options.enforce and missed(bench.findings) else 0


def _measure(
    bench: Bench, names: Sequence[str], folder: Path, options: argparse.Namespace, stack: ExitStack
) -> None:
    if "rating" in names:
        bench.findings.figures["rating_per_s"] = rating_per_s(bench.plan.rounds)
        bench.findings.figures["rating_windows_us"] = windows_us(bench.plan.rounds)
    if "authorization" in names:
        figure = authorization_cpu_us(folder, bench.plan.rounds)
        bench.findings.figures["authorization_cpu_us"] = figure
    if "verify" in names:
        ratio, behind = verify_vs_bare(bench.plan.rounds)
        bench.findings.figures["verify_vs_bare"] = ratio
        bench.findings.raw |= behind
    if "import" in names:
        bench.findings.figures |= import_figures(folder, bench.plan.import_rows, os.getpid())
    if set(names) <= _WITHOUT_STATIONS:
        return
    serve = _serve(options)
    log = folder / "server.log"
    measured = set(names) - _WITHOUT_STATIONS
    all_databases, clients = [databases.sqlite(folder)], {}
    clients["sqlite"] = _prepare(bench, all_databases[0], serve, log, () if options.stand_in else measured)
    if both := measured & {"metervalues", "sessions", *_OF_CALLERS}:
        all_databases.append(stack.enter_context(databases.postgresql(folder)))
        wanted = () if options.stand_in else both
        clients["postgresql"] = _prepare(bench, all_databases[1], serve, log, wanted)
    embedded = all_databases[0]
    if "idle" in names:
        measures.idle(bench, embedded, serve, log)
    echo = Target("echo", stack.enter_context(echo_server(folder / "echo.log")))
    targets = [
        Target(database.name, stack.enter_context(serve(database.url, log)), database)
        for database in all_databases
    ]
    if "storm" in names:
        measures.storm(bench, targets[0])
    if "storm-queue" in names:
        measures.storm_queue(bench, targets[0])
    if "hostile" in names:
        measures.hostile(bench, targets[0])
    if "metervalues" in names:
        measures.meter_values(bench, echo, targets)
    if "sessions" in names:
        measures.session_mix(bench, echo, targets)
    if "open-loop" in names:
        measures.open_loop(bench, echo, targets[0])
    if measured & _OF_CALLERS:
        api.charged(bench, targets)
    if "get" in names:
        empty = stack.enter_context(empty_server(folder / "empty.log"))
        api.single_objects(bench, empty.http_port, targets, clients)
    if "far-end" in names:
        api.far_end(bench, targets, clients)


_OF_CALLERS = {"get", "far-end"}


def _prepare(
    bench: Bench, database: Database, serve: Serve, log: Path, names: Collection[str]
) -> tuple[str, str]:
    """Migrate a database, store what the measurements need, and return a client of the API."""
    with serve(database.url, log) as server:
        if not names:
            return "", ""
        client, plan = create_client(database.url), bench.plan
        stations, tokens = plan.stations(names), plan.charging_stations(names)
        asyncio.run(seed(server.http, client, stations=stations, tokens=tokens))
        return client


def _serve(options: argparse.Namespace) -> Serve:
    if not options.stand_in:
        return emobility_server
    faults = ("--lose", str(options.lose), "--refuse", str(options.refuse))
    return lambda url, log: stand_in_server(url, log, *faults)


def _label(options: argparse.Namespace) -> str:
    size = "quick run: smaller and shorter than the figures ask" if options.quick else "full run"
    return f"STAND-IN, not the product; {size}" if options.stand_in else size


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="PATH", help="also write figures and runs as JSON")
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--quick", action="store_true", help="fewer rounds, 1,000 idle stations for 5 s")
    parser.add_argument("--enforce", action="store_true", help="exit with 1 if a bound is missed")
    parser.add_argument("--stand-in", action="store_true", help="prove the harness without the server")
    parser.add_argument("--lose", type=int, default=0, help="stand-in: drop every Nth reading")
    parser.add_argument("--refuse", type=int, default=0, help="stand-in: refuse every Nth boot")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
