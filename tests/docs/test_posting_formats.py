"""The reference of posting formats names what the formats hold, no more and no less."""

from __future__ import annotations

import json
import re
from pathlib import Path

import attrs

from emobility_adapters.erp_template import Template, read_template
from emobility_adapters.erp_template.template import TemplateColumn
from emobility_core.accounting import COLUMNS, JsonExport
from emobility_core.testing.contracts import closed_content

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "posting-formats.md"
TEXT = PAGE.read_text()


def _named(heading: str) -> str:
    return TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def test_the_columns_of_the_csv_are_listed_in_their_order() -> None:
    listed = re.findall(r"`([a-z_0-9]+)`", _named("csv").split("numbers stay numbers.")[1])
    assert tuple(listed) == COLUMNS


def test_the_fields_of_the_canonical_form_are_listed() -> None:
    told = json.loads(JsonExport().render(closed_content(), {}).content)
    (document, *_), listed = told["documents"], _named("json")
    for place, fields in (("documents", document), ("batch", told["batch"]), ("lines", document["lines"][0])):
        row = re.search(rf"^\| `{place}` \| (.*) \|$", listed, re.MULTILINE)
        assert row is not None
        assert set(re.findall(r"`([a-z_0-9]+)`", row[1])) == fields.keys()


def test_the_keys_of_templates_are_listed_and_the_example_is_one(tmp_path: Path) -> None:
    listed = set(re.findall(r"`([a-z_]+)`", _named("Templates")))
    for kind in (Template, TemplateColumn):
        assert {one.name for one in attrs.fields(kind)} - {"name"} <= listed
    example = re.search(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert example is not None
    (tmp_path / "sap.toml").write_text(example[1])
    assert [one.title for one in read_template(tmp_path / "sap.toml").columns] == ["BUDAT", "WRBTR", "SHKZG"]
