"""Importing a file as a client does: sent, waited for, and its report read."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import attrs
import httpx

from tests.app.http.bare import Bare
from tests.app.http.house import House, Json

CSV, NDJSON = "text/csv", "application/x-ndjson"


@attrs.frozen(kw_only=True)
class Imported:
    """An import that has come to its end: as it is shown, its operation, and the lines of its report."""

    shown: Json
    operation: Json
    report: list[Json]

    @property
    def counts(self) -> dict[str, int]:
        """The counts that are not zero."""
        return {name: count for name, count in self.shown["counts"].items() if count}

    @property
    def refusals(self) -> dict[int, dict[str, str]]:
        """Of each row that was refused what is wrong with it: pointer -> code."""
        return {
            line["row"]: {flaw["pointer"]: flaw["code"] for flaw in line["errors"]}
            for line in self.report
            if line["result"] == "refused"
        }


async def send(
    http: httpx.AsyncClient,
    content: str | bytes | AsyncIterator[bytes],
    *,
    media_type: str = CSV,
    key: str | None = None,
    headers: dict[str, str] | None = None,
    **query: Any,
) -> httpx.Response:
    told = {"Content-Type": media_type} | ({} if key is None else {"Idempotency-Key": key})
    asked = {"kind": "customers", "system": "sap", **query}
    return await http.post("/v1/imports", params=asked, content=content, headers=told | (headers or {}))


async def imported(served: House, content: str | bytes, **asked: Any) -> Imported:
    answer = await send(served.http, content, **asked)
    assert answer.status_code == 202, answer.text
    return await ended(served, answer)


async def ended(served: House, answer: httpx.Response) -> Imported:
    """Wait for the end of an import that was begun."""
    wait = {"Prefer": "wait=30"}
    while (operation := (await served.http.get(answer.headers["location"], headers=wait)).json())[
        "status"
    ] == "running":
        pass
    one = f"/v1/imports/{answer.json()['id']}"
    report = await served.http.get(f"{one}/report")
    assert report.status_code == 200, report.text
    lines = [json.loads(line) for line in report.text.splitlines()]
    return Imported(shown=await served.get(one), operation=operation, report=lines)


async def worked(bare: Bare) -> None:
    """Have all that waits done."""
    working = asyncio.create_task(bare.services.transfers.run())
    await bare.services.transfers.idle()
    working.cancel()


def table(*rows: Json) -> str:
    """Rows as CSV, with a column for each name."""
    text = io.StringIO()
    names = dict.fromkeys(name for row in rows for name in row)
    writer = csv.DictWriter(text, names, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def lines(*rows: Json) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)
