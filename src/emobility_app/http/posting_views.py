"""What is shown of postings, and of why they go where they go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from emobility_app.http.schemas import ENERGY, Schema, objects, optional, schema_of
from emobility_app.wire import energy_text, wire
from emobility_core.accounting import (
    Assignment,
    Correction,
    LineAnswer,
    Posting,
    PostingExplanation,
    PostingLine,
    RuleVerdict,
    SessionPrice,
    Step,
    WorkItem,
    WorkReason,
)
from emobility_core.ids import shown
from emobility_core.tariffs import Amounts

_APART = frozenset({"lines", "assignments", "answers", "external_ids", "session_turn", "rating", "rated"})


def posting_view(posting: Posting) -> dict[str, Any]:
    """A posting; where a line goes and what was answered stand with the line."""
    told = {name: value for name, value in wire.unstructure(posting).items() if name not in _APART}
    answers = {one.line: wire.unstructure(one) for one in posting.answers}
    to = [wire.unstructure(one) for one in posting.assignments] or [None] * len(posting.lines)
    return told | {
        "lines": [
            {"line": number, **_line(line), "assignment": assignment, "answer": answers.get(number)}
            for number, (line, assignment) in enumerate(zip(posting.lines, to, strict=True), 1)
        ]
    }


def _line(line: PostingLine) -> dict[str, Any]:
    told: dict[str, Any] = wire.unstructure(line)
    del told["energy"]
    return told | {"energy_kwh": energy_text(line.energy)}


def explanation_view(posting: Posting, explanation: PostingExplanation) -> dict[str, Any]:
    return {
        "posting": shown("pst", posting.id),
        "as_of": wire.unstructure(explanation.as_of),
        "lines": [
            {"line": number, "mapped": one.assignment is not None, **wire.unstructure(one)}
            for number, one in enumerate(explanation.lines, 1)
        ],
    }


def work_view(posting: Posting, items: Sequence[WorkItem]) -> dict[str, Any]:
    return {
        "posting": posting_view(posting),
        "reasons": [
            {
                "reason": one.reason.value,
                "lines": list(one.lines),
                "details": list(one.details),
                "correction": None if one.correction is None else _correction(one.correction),
            }
            for one in items
        ],
    }


def _correction(correction: Correction) -> dict[str, Any]:
    return {
        "posted": _price(correction.posted),
        "now": _price(correction.now),
        "proposed": [step.value for step in correction.proposed],
    }


def _price(price: SessionPrice) -> dict[str, Any]:
    told: dict[str, Any] = wire.unstructure(price)
    del told["energy"]
    return {**told.pop("amounts"), **told, "energy_kwh": energy_text(price.energy)}


def _shown(kind: type[Any]) -> dict[str, Schema]:
    properties: dict[str, Schema] = schema_of(kind)["properties"]
    return properties


_NUMBER: Schema = {"type": "integer", "minimum": 1, "description": "Counts from 1."}
_ASSIGNMENT = objects(_shown(Assignment), title="AccountAssignment")
_OF_LINE = {name: schema for name, schema in _shown(PostingLine).items() if name != "energy"}
_LINE = objects(
    {
        "line": _NUMBER,
        **_OF_LINE,
        "energy_kwh": optional(ENERGY),
        "assignment": optional(_ASSIGNMENT),
        "answer": optional(objects(_shown(LineAnswer), title="PostingLineAnswer")),
    },
    title="PostingLine",
)
_OF_POSTING = {one.name for one in attrs.fields(Posting)} - _APART
POSTING = objects(
    {name: schema for name, schema in _shown(Posting).items() if name in _OF_POSTING}
    | {"lines": {"type": "array", "items": _LINE}},
    title="Posting",
)
_VERDICTS = {"type": "array", "items": objects(_shown(RuleVerdict), title="AccountRuleVerdict")}
EXPLANATION = objects(
    {
        "posting": _shown(Posting)["id"],
        "as_of": _shown(PostingExplanation)["as_of"],
        "lines": {
            "type": "array",
            "items": objects(
                {
                    "line": _NUMBER,
                    "mapped": {"type": "boolean"},
                    "assignment": optional(_ASSIGNMENT),
                    "verdicts": _VERDICTS,
                },
                title="AccountExplanation",
            ),
        },
    },
    title="PostingExplanation",
)
_PRICE = objects(
    {**_shown(Amounts), "reasons": _shown(SessionPrice)["reasons"], "energy_kwh": optional(ENERGY)},
    title="SessionPrice",
)
_CORRECTION = objects(
    {"posted": _PRICE, "now": _PRICE, "proposed": {"type": "array", "items": schema_of(Step)}},
    title="SessionCorrection",
)
_REASON = objects(
    {
        "reason": schema_of(WorkReason),
        "lines": {"type": "array", "items": _NUMBER},
        "details": {"type": "array", "items": {"type": "string"}},
        "correction": optional(_CORRECTION),
    },
    title="PostingWorkReason",
)
WORK = objects({"posting": POSTING, "reasons": {"type": "array", "items": _REASON}}, title="PostingWork")
