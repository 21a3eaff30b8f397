"""What the HTTP API costs its callers: single objects, and the far end of long lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median, quantiles

from benchmarks.asking import Asker
from benchmarks.crowd import crowd
from benchmarks.load import Kind
from benchmarks.measures import Bench, Target
from benchmarks.plan import Plan

# The id and secret of a client of each database.
Clients = Mapping[str, tuple[str, str]]
_OBJECTS = ("stations", "tokens", "tariffs", "sessions")
_PAGE = 100
_LONGEST = 200
# So many pages are taken at either end.
_PAGES = 200


def charged(bench: Bench, targets: Sequence[Target]) -> None:
    """Let stations charge, so that there are sessions with readings and prices."""
    for target in targets:
        bench.run("api", target, Kind.SESSIONS, bench.plan.closed_stations, window_s=1.0)


def single_objects(bench: Bench, empty_port: int, targets: Sequence[Target], clients: Clients) -> None:
    """The 95th percentile of reading one object, as a multiple of the empty handler's in the same round; the
    kind of object that fares worst counts."""
    plan = bench.plan
    for target in targets:
        api, empty = Asker.signed_in(target.server.http_port, clients[target.name]), Asker.nobody(empty_port)
        ratios: dict[str, list[float]] = {}
        for _ in range(plan.rounds):
            floor = _p95(empty, "/empty", plan)
            for kind in _OBJECTS:
                (first,) = api.get(f"/v1/{kind}?limit=1")[1]["data"]
                ratios.setdefault(kind, []).append(_p95(api, f"/v1/{kind}/{first['id']}", plan) / floor)
        each = {kind: median(found) for kind, found in ratios.items()}
        bench.findings.figures[f"get_p95_vs_empty_{target.name}"] = max(each.values())
        bench.findings.raw |= {f"get_p95_vs_empty_{target.name}_{kind}": one for kind, one in each.items()}
        bench.findings.raw[f"get_p95_empty_us_{target.name}"] = floor * 1e6


def _p95(asker: Asker, path: str, plan: Plan) -> float:
    for _ in range(plan.api_warm_up):
        asker.get(path)
    return quantiles([asker.get(path)[0] for _ in range(plan.api_requests)], n=20)[-1]


def far_end(bench: Bench, targets: Sequence[Target], clients: Clients) -> None:
    """Go through all sessions by the cursor, then take pages of the beginning and of the end in turn, so that
    whatever else the machine does is beside both: what a page takes at the end against one at the beginning.

    Raises RuntimeError unless each session came exactly once.
    """
    for target in targets:
        assert target.database is not None
        crowd(target.database.url, bench.plan.listed_sessions)
    with ThreadPoolExecutor(len(targets)) as walkers:
        askers = [Asker.signed_in(one.server.http_port, clients[one.name]) for one in targets]
        walks = list(walkers.map(_walked, askers, [bench.plan.listed_sessions] * len(askers)))
    for target, api, paths in zip(targets, askers, walks, strict=True):
        # The last page may be short.
        part = min(_PAGES, len(paths) // 2 - 1)
        pairs = zip(paths[:part], paths[-part - 1 : -1], strict=True)
        took = [(api.get(near)[0], api.get(far)[0]) for near, far in pairs]
        near, far = (median(one) for one in zip(*took, strict=True))
        bench.findings.figures[f"list_far_vs_near_{target.name}"] = far / near
        bench.findings.raw |= {
            f"list_page_near_ms_{target.name}": near * 1e3,
            f"list_page_far_ms_{target.name}": far * 1e3,
            f"list_sessions_{target.name}": bench.plan.listed_sessions,
        }


def _walked(api: Asker, sessions: int) -> list[str]:
    """Take everything in the longest pages; return the paths of pages that begin where these did."""
    first, seen, last = f"/v1/sessions?limit={_PAGE}", 0, ""
    paths = [first]
    while True:
        page = api.get(paths[-1].replace(first, f"/v1/sessions?limit={_LONGEST}"))[1]
        ids = [one["id"] for one in page["data"]]
        if ids != sorted(ids) or (ids and ids[0] <= last):
            raise RuntimeError("a page repeats or is out of order")
        seen, last = seen + len(ids), ids[-1] if ids else last
        if page["next_cursor"] is None:
            break
        paths.append(f"{first}&cursor={page['next_cursor']}")
    if seen != sessions:
        raise RuntimeError(f"{seen} of {sessions} sessions came")
    return paths
