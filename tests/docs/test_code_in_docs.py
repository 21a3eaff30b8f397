"""Every Python block in the README and the documentation runs, and what it prints is what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.console import statements

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TYPED = re.compile(r"^```py\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks() -> Iterator[object]:
    for page in PAGES:
        text = page.read_text()
        for found in _BLOCK.finditer(text):
            line = text.count("\n", 0, found.start(1))
            yield pytest.param(page, line, found[1], id=f"{page.relative_to(ROOT)}:{line + 1}")


@pytest.mark.parametrize(("page", "line", "code"), list(blocks()))
def test_a_block_runs_and_prints_what_its_comments_say(
    page: Path, line: int, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # Lines are numbered as in the page, so that a traceback points there.
    exec(compile("\n" * line + code, str(page), "exec"), {"__name__": "documentation"})
    promised = re.findall(r"^print\(.*\)  # (.+)$", code, re.MULTILINE)
    if promised:
        assert capsys.readouterr().out.splitlines() == promised


def typed() -> Iterator[object]:
    for page in PAGES:
        if found := _TYPED.findall(page.read_text()):
            yield pytest.param(page, found, id=str(page.relative_to(ROOT)))


@pytest.mark.parametrize(("page", "found"), list(typed()))
def test_what_continues_from_block_to_block_can_be_pasted_into_a_console(
    page: Path, found: list[str]
) -> None:
    for code in found:
        assert list(statements(code, str(page)))


@pytest.mark.parametrize(
    "code",
    ["class A:\n    a = 1\n\n    b = 2\n", "for _ in ():\n    pass\nprint()\n", "call(\n"],
    ids=["empty-line-inside", "no-empty-line-behind", "unfinished"],
)
def test_what_a_console_does_not_take_is_found(code: str) -> None:
    with pytest.raises(SyntaxError):
        list(statements(code, "page"))


def test_the_readme_shows_how_to_embed_in_ten_lines_and_how_to_swap_an_adapter_in_thirty() -> None:
    text = (ROOT / "README.md").read_text()
    sizes = {
        name: sum(1 for line in code.splitlines() if line)  # the formatter owns the empty ones
        for name, code in re.findall(r"<!-- (\w+) -->\n```python\n(.*?)```\n<!-- \1 -->", text, re.DOTALL)
    }
    assert sizes.keys() == {"embedding", "adapter"}
    assert sizes["embedding"] <= 10
    assert sizes["adapter"] <= 30


def test_every_link_of_the_readme_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)", (ROOT / "README.md").read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_readme_leads_to_every_tutorial_and_how_to() -> None:
    text = (ROOT / "README.md").read_text()
    pages = [page for folder in ("tutorial", "how-to") for page in (ROOT / "docs" / folder).glob("*.md")]
    assert [page.name for page in pages if f"]({page.relative_to(ROOT)})" not in text] == []


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs" / "decisions").glob("0*.md")), ids=lambda page: str(page.name)
)
def test_a_decision_is_listed_and_ends_with_the_check_that_keeps_it(page: Path) -> None:
    paragraphs = page.read_text().strip().split("\n\n")
    assert paragraphs[-1].startswith("**Kept by** ")
    assert f"]({page.name})" in (page.parent / "index.md").read_text()
    assert f"decisions/{page.name}" in (ROOT / "mkdocs.yml").read_text()
