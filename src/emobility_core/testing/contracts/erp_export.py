"""What every export format promises."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import attrs
import pytest

from emobility_core.accounting import (
    BatchContent,
    DocumentKind,
    ErpExport,
    ExportSettingsRefused,
    LineAnswer,
    PostingBatch,
    determine,
    with_accounts,
)
from emobility_core.testing.builders import (
    later,
    make_account_rule,
    make_ledger,
    make_posting,
    make_posting_batch,
    make_posting_line,
    make_station_group,
    make_user_group,
)
from emobility_core.testing.clock import NOON


def closed_content(settings: Mapping[str, str] | None = None, *, format: str = "") -> BatchContent:
    """A closed batch of three documents: an invoice of two lines, a credit note, a reversal."""
    ledger = make_ledger(name="main", exports={format: settings or {}} if format else {})
    rule = make_account_rule(tenant=ledger.tenant)
    several = {
        "further_station_groups": (make_station_group().id,),
        "further_user_groups": (make_user_group().id,),
    }
    lines = (
        make_posting_line("119.00", **several),
        make_posting_line("11.90", text="Grundgebühr", energy=None),
    )
    invoice = make_posting(ledger=ledger.id, lines=lines, document_number="RE-1", text="=Juni")
    credited = (make_posting_line("-1.19"),)
    credit = make_posting(
        ledger=ledger.id, lines=credited, document_kind=DocumentKind.CREDIT_NOTE, document_number="GU-1"
    )
    answers = tuple(LineAnswer(line=one, accepted=True, document="49-1", at=NOON) for one in (1, 2))
    posted = invoice.closed((), NOON).answered(answers, NOON)
    reversal = posted.reversal(id=make_posting().id, number="ST-1", on=date(2026, 6, 11), at=NOON)
    postings = []
    for one in (invoice, credit, reversal):
        found = [
            determine([rule], ledger="main", document_kind=one.document_kind, line=line) for line in one.lines
        ]
        mapped = with_accounts(one, found)
        postings.append(mapped.closed(mapped.assignments, NOON))
    batch: PostingBatch = make_posting_batch(ledger=ledger.id, tenant=ledger.tenant)
    closed = batch.numbered(postings, number=1, previous=None, at=NOON, rules_digest="d0")
    return BatchContent(ledger=ledger, batch=attrs.evolve(closed, digest="d1"), postings=tuple(postings))


class ErpExportContract:
    """Give the fixtures `export`, and `settings` with which it makes files."""

    def test_it_takes_its_settings_and_refuses_one_that_it_does_not_know(
        self, export: ErpExport, settings: Mapping[str, str]
    ) -> None:
        export.check(settings)
        with pytest.raises(ExportSettingsRefused) as refusal:
            export.check({**settings, "no_such_setting": "1"})
        assert refusal.value.setting == "no_such_setting"

    def test_the_same_batch_gives_the_same_bytes(
        self, export: ErpExport, settings: Mapping[str, str]
    ) -> None:
        content = closed_content()
        first = export.render(content, settings)
        turned = dict(reversed(list(settings.items())))  # a mapping has no order to rely on
        # Answers come after closing; they are no part of what was closed.
        later_on = attrs.evolve(content.batch, updated_at=later(days=9), answered=2, version=9)
        again = export.render(attrs.evolve(content, batch=later_on), turned)
        assert again == first

    def test_it_names_a_file_that_every_file_system_takes(
        self, export: ErpExport, settings: Mapping[str, str]
    ) -> None:
        content = closed_content()
        odd = attrs.evolve(content, ledger=attrs.evolve(content.ledger, name="../Bücher & Söhne"))
        name = export.render(odd, settings).name
        assert name.isascii()
        assert not {*name} & {*'/\\:*?"<>| &'}
        assert not name.startswith(".")

    def test_it_has_nothing_against_plain_documents(
        self, export: ErpExport, settings: Mapping[str, str]
    ) -> None:
        assert export.flaws(closed_content().postings, settings) == []
