"""The canonical form of a closed batch: JSON and CSV, version 1."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import attrs

from emobility_core.accounting._batch import PostingBatch
from emobility_core.accounting._ports import BatchContent, ExportedFile, ExportFlaw
from emobility_core.accounting._posting import Posting, PostingFile
from emobility_core.accounting._rule import AccountRule
from emobility_core.accounting._settings import ExportSettingsRefused
from emobility_core.energy import Energy
from emobility_core.ids import shown
from emobility_core.money import Money
from emobility_core.tariffs import Amounts

FORM = "emobility.posting-batch"
VERSION = 1
_PREFIXES = {
    "ledger": "ldg", "session": "ses", "reverses": "pst", "reposts": "pst", "station_group": "sgr",
    "site": "sit", "user_group": "ugr", "rule": "acr", "rule_tenant": "ten", "tenant": "ten",
    "further_station_groups": "sgr", "further_user_groups": "ugr",
    "station_groups": "sgr", "user_groups": "ugr",
}  # fmt: skip
# Later than version 1: a batch that was closed before is to have the same digest.
_WHERE_THERE_ARE_ANY = frozenset({"further_station_groups", "further_user_groups", "rules_digest"})
_OF_RULE = (
    "name", "position", "ledgers", "document_kinds", "line_kinds", "tax_categories", "vat_percents",
    "station_groups", "user_groups", "account", "contra_account", "tax_key", "cost_centre_1", "cost_centre_2",
    "product",
)  # fmt: skip
_OF_DOCUMENT = (
    "document_kind", "document_number", "revision", "document_date", "supply_date", "due_date", "text",
    "partner_account", "totals", "session", "reverses", "reposts", "file",
)  # fmt: skip
_OF_BATCH = (
    "number",
    "closed_at",
    "previous_digest",
    "rules_digest",
    "postings",
    "lines",
    "first_date",
    "last_date",
    "totals",
)


def canonical(batch: PostingBatch, postings: Sequence[Posting]) -> bytes:
    """The bytes that the digest of a batch is taken of: JSON with sorted keys, UTF-8, without spaces."""
    return b"".join(_framed(batch, [written(document_of(posting)) for posting in postings]))


def _framed(batch: PostingBatch, documents: Iterable[bytes]) -> Iterator[bytes]:
    """The canonical form in pieces, its keys in their order."""
    told = {"id": shown("pba", batch.id), "ledger": shown("ldg", batch.ledger)}
    told |= {name: _plain(name, getattr(batch, name)) for name in _OF_BATCH}
    yield b'{"batch":' + written(_without_later(told)) + b',"documents":['
    for place, document in enumerate(documents):
        yield b"," + document if place else document
    yield b'],"form":' + written(FORM) + b',"version":' + written(VERSION) + b"}"


def written(told: Any) -> bytes:
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def digest_of_batch(batch: PostingBatch, documents: Iterable[bytes]) -> str:
    """That of the canonical form with these documents, each as it is written."""
    digest = hashlib.sha256()
    for piece in _framed(batch, documents):
        digest.update(piece)
    return digest.hexdigest()


def rules_told(ledger: str, rules: Sequence[AccountRule]) -> bytes:
    """The bytes that the digest of the rules of a batch is taken of."""
    return written({"ledger": ledger, "rules": [_rule(one) for one in rules]})


def _rule(rule: AccountRule) -> dict[str, Any]:
    told = {name: _plain(name, getattr(rule, name)) for name in _OF_RULE}
    return {"rule": shown("acr", rule.id), "rule_tenant": shown("ten", rule.tenant)} | told


def document_of(posting: Posting) -> dict[str, Any]:
    """A posting with its lines and where they go, as plain JSON values."""
    told = {name: _plain(name, getattr(posting, name)) for name in _OF_DOCUMENT}
    lines = [
        {"line": number} | _fields(line) | (_fields(to) if to is not None else {})
        for number, line, to in zip(
            range(1, len(posting.lines) + 1),
            posting.lines,
            posting.assignments or [None] * len(posting.lines),
            strict=True,
        )
    ]
    return {"posting": shown("pst", posting.id)} | told | {"lines": lines}


def _fields(record: Any) -> dict[str, Any]:
    told = {one.name: _plain(one.name, getattr(record, one.name)) for one in attrs.fields(type(record))}
    if "energy" in told:
        told["energy_kwh"] = told.pop("energy")
    return _without_later(told)


def _without_later(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value or name not in _WHERE_THERE_ARE_ANY}


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, Amounts):
        return {one: _plain(one, getattr(value, one)) for one in ("net", "vat", "gross")}
    if isinstance(value, PostingFile):
        return attrs.asdict(value)
    if isinstance(value, Money):
        return {"amount": format(value.amount, "f"), "currency": value.currency}
    if isinstance(value, Energy):
        return format(value.kwh, "f")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple):
        return [_plain(name, one) for one in value]
    if isinstance(value, UUID):
        return shown(_PREFIXES[name], value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


@attrs.frozen
class JsonExport:
    """The canonical form itself."""

    name: str = "json"

    def check(self, settings: Mapping[str, str]) -> None:
        require_no_settings(self.name, settings)

    def flaws(self, postings: Sequence[Posting], settings: Mapping[str, str]) -> list[ExportFlaw]:
        return []

    def render(self, content: BatchContent, settings: Mapping[str, str]) -> ExportedFile:
        told = canonical(content.batch, content.postings)
        return ExportedFile(name=f"{file_stem(content)}.json", media_type="application/json", content=told)


def file_stem(content: BatchContent) -> str:
    """A name for the file of a batch, harmless in every file system."""
    name = "".join(one if one.isascii() and one.isalnum() else "-" for one in content.ledger.name)[:40]
    return f"{name}-{content.batch.number:06}"


def require_no_settings(name: str, settings: Mapping[str, str]) -> None:
    """Raise `ExportSettingsRefused` for any."""
    if settings:
        raise ExportSettingsRefused(name, min(settings), "is no setting of this format")
