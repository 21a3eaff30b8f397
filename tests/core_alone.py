"""Run in a clean environment with the base distribution alone: `python core_alone.py README.md`."""

import contextlib
import importlib
import io
import pkgutil
import re
import sys
from importlib.metadata import distributions
from pathlib import Path

import emobility_core

# pip and setuptools came with the environment.
EXPECTED = {"emobility", "attrs"}
TOOLS = {"pip", "setuptools"}
# Shipped for those who have pytest and Hypothesis: the extra `testing`.
FOR_TESTERS = ("emobility_core.testing.contracts", "emobility_core.testing.strategies")


def main(readme: Path) -> None:
    installed = {found.metadata["Name"].lower() for found in distributions()} - TOOLS
    assert installed == EXPECTED, f"beside the core there should be attrs alone, there is {installed}"
    names = [
        found.name for found in pkgutil.walk_packages(emobility_core.__path__, "emobility_core.", _raise)
    ]
    modules = [name for name in names if not name.startswith(FOR_TESTERS)]
    for name in modules:
        importlib.import_module(name)
    loaded = {name.partition(".")[0] for name in sys.modules}
    assert not loaded & {"emobility_adapters", "emobility_app"}, "the core imported what stands above it"
    blocks = re.findall(r"<!-- embedding -->\n```python\n(.*?)```", readme.read_text(), re.DOTALL)
    (block,) = blocks
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(block, str(readme), "exec"), {"__name__": "readme"})
    assert said.getvalue() == "8.53\n", said.getvalue()
    print(f"{len(modules)} modules of the core imported with attrs alone; the README's lines print 8.53")


def _raise(name: str) -> None:
    """`walk_packages` imports packages; those for testers may fail for want of pytest, others may not."""
    if not name.startswith(FOR_TESTERS):
        raise ImportError(f"{name} cannot be imported with attrs alone")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
