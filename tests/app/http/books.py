"""Books over HTTP: a ledger, a rule for everything, documents, and a batch that was answered."""

from __future__ import annotations

from typing import Any

from tests.app.http.house import House, Json

GROSS = {"net": "10.00", "vat": "1.90", "gross": "11.90"}


def line(amounts: dict[str, str] = GROSS, **fields: Any) -> Json:
    money = {name: {"amount": amount, "currency": "EUR"} for name, amount in amounts.items()}
    return {"kind": "energy", "vat_percent": "19", "energy_kwh": "30.500", **money, **fields}


def invoice(ledger: Json, number: str, *lines: Json, **fields: Any) -> Json:
    return {
        "ledger": ledger["id"],
        "document_kind": "invoice",
        "document_number": number,
        "document_date": "2026-06-10",
        "lines": list(lines or (line(),)),
        **fields,
    }


async def act(served: House, path: str, body: Json, status: int = 201) -> Json:
    """Ask for something that moves money."""
    answer = await served.http.post(path, json=body, headers={"Idempotency-Key": path})
    assert answer.status_code == status, answer.text
    told: Json = answer.json()
    return told


async def ledger_with_rule(served: House, **fields: Any) -> tuple[Json, Json]:
    ledger = await served.post("/v1/ledgers", {"name": "main", **fields})
    rule = {"name": "All", "account": "1410", "contra_account": "8400"}
    return ledger, await served.post("/v1/account-rules", rule)


async def closed_batch(served: House, ledger: Json, *bodies: Json) -> tuple[Json, list[Json]]:
    """A batch of these documents, closed."""
    posted = [await served.post("/v1/postings", body) for body in bodies]
    batch = await served.post("/v1/posting-batches", {"ledger": ledger["id"]})
    return await act(served, f"/v1/posting-batches/{batch['id']}/closings", {}), posted


async def exported(served: House, batch: Json, format: str = "json") -> Json:
    headers = {"Idempotency-Key": f"{batch['id']}-{format}"}
    path = f"/v1/posting-batches/{batch['id']}/exports"
    answer = await served.http.post(path, json={"format": format}, headers=headers)
    assert answer.status_code == 201, answer.text
    told: Json = answer.json()
    return told


async def content(served: House, export: Json) -> bytes:
    answer = await served.http.get(f"/v1/posting-exports/{export['id']}/content")
    assert answer.status_code == 200, answer.text
    return answer.content


def answer_to(posting: Json, number: int, **fields: Any) -> Json:
    return {"posting": posting["id"], "line": number, "accepted": True, "document": "4900000001", **fields}


def rejection(posting: Json, number: int) -> Json:
    return {"posting": posting["id"], "line": number, "accepted": False, "reason": "period is locked"}


async def booked(served: House) -> dict[str, Json]:
    """One of each kind, a posting and a batch that are open; and, `answered`, a posting with a line that was
    accepted and one that was rejected."""
    ledger, rule = await ledger_with_rule(served)
    batch, (posting,) = await closed_batch(served, ledger, invoice(ledger, "RE-1", line(), line()))
    export = await exported(served, batch)
    answers = {"answers": [answer_to(posting, 1), rejection(posting, 2)]}
    await act(served, f"/v1/posting-batches/{batch['id']}/acknowledgements", answers)
    await served.post("/v1/postings", invoice(ledger, "RE-2"))
    opened = await served.post("/v1/posting-batches", {"ledger": ledger["id"]})
    loose = await served.post("/v1/postings", invoice(ledger, "RE-9"))
    found = {"ldg": ledger, "acr": rule, "pst": loose, "pba": opened, "pex": export}
    return {**found, "answered": posting}
