"""`emobility import`: a file brought in by way of the API, as its caller, and what became of its rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import httpx

from emobility_app.cli.console import Console, json_option
from emobility_app.cli.failures import Exit, Failure
from emobility_client import Answer, Client, OperationFailed, Problem, SignInRefused

_FORMS = {".csv": "text/csv", ".ndjson": "application/x-ndjson", ".jsonl": "application/x-ndjson",
          ".sql": "application/sql"}  # fmt: skip
# It is the server that ends an import, not whoever waits for it.
_A_DAY_S = 86_400.0


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", required=True, help="What the rows are: customers, tokens, contracts, sites, ...")
@click.option("--system", required=True, help="The system whose ids the rows have, such as sap.")
@click.option("--dry-run", is_flag=True, help="Report what would change, and keep nothing.")
@click.option("--deactivate-missing", is_flag=True, help="Switch off what the file leaves out.")
@click.option(
    "--confirm-deactivations",
    type=click.IntRange(0),
    default=None,
    help="Exactly so many are to be switched off, although that is more than a tenth.",
)
@click.option("--server", default="http://127.0.0.1:8000", show_default=True, help="Where the API is.")
@click.option("--client-id", required=True, help="An API client with the rights to import.")
@click.option("--client-secret", prompt=True, hide_input=True, help="Better from the environment.")
@click.option("--tenant", default=None, help="Id of the tenant to import for (default: the client's own).")
@json_option
def import_(
    file: Path,
    server: str,
    client_id: str,
    client_secret: str,
    tenant: str | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Import FILE (.csv, .ndjson or the .sql of a SteVe dump, also as .gz) over the API of a running server.

    Rows that are refused are told by their line; the command ends with 1 if there are any.
    """
    console = Console(as_json)
    form = _FORMS.get(Path(file.name.removesuffix(".gz")).suffix)
    if form is None:
        raise click.BadParameter("its name must end with .csv, .ndjson, .jsonl or .sql, or with .gz after it")
    with _told(), Client(server, client_id, client_secret, tenant=tenant) as api:
        with console.progress(file.name) as progress:
            begun = api.upload("/v1/imports", file, form, **asked)
            problem = _followed(api, begun, lambda done, total: progress(done, total, ""))
        done = api.get(f"/v1/imports/{begun['id']}")
        for line in _refused(api, done):
            for flaw in line["errors"]:
                console.tell(f"row {line['row']} {flaw['pointer']} {flaw['code']}: {flaw['detail']}")
    counts = {name: count for name, count in done["counts"].items() if count}
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    console.result({"import": done["id"], "problem": done["problem"], **done["counts"]}, text=told)
    if problem is not None:
        raise Failure(problem)
    if refused := done["counts"]["refused"]:
        raise Failure("1 row was refused." if refused == 1 else f"{refused} rows were refused.")


def _followed(api: Client, begun: Answer, progress: Any) -> str | None:
    """Wait for the end of an import; return why it failed, if it did."""
    try:
        api.wait(begun, timeout_s=_A_DAY_S, progress=progress)
    except OperationFailed as failed:
        result = failed.operation["result"] or {}
        return f"{failed.operation['error']}: {result.get('detail', 'nothing more is known')}"
    return None


def _refused(api: Client, done: Answer) -> Iterator[dict[str, Any]]:
    """The lines of the report that tell of a refusal."""
    if not done["counts"]["refused"]:
        return
    for text in api.request("GET", f"/v1/imports/{done['id']}/report").iter_lines():
        line = json.loads(text)
        if line["result"] == "refused":
            yield line


@contextmanager
def _told() -> Iterator[None]:
    """One message for whatever the server refuses, or if it is not there."""
    try:
        yield
    except (Problem, SignInRefused) as refused:
        raise Failure(str(refused)) from None
    except httpx.HTTPError as error:
        raise Failure(f"The server is not reached: {error}", Exit.NOT_REACHED) from None
