"""Python as a reader types it: what is pasted into a console line by line, statement by statement."""

from __future__ import annotations

from codeop import CommandCompiler
from collections.abc import Iterator
from types import CodeType


def statements(text: str, name: str) -> Iterator[CodeType]:
    """The statements of a block as a console cuts them; raise `SyntaxError` where it would.

    There an empty line ends what is indented, and nothing else does.
    """
    compiler, held = CommandCompiler(), ""
    for line in [*text.splitlines(), ""]:
        held += line
        code = compiler(held, name, "single")
        if code is None:
            held += "\n"
        else:
            yield code
            held = ""
    if held:
        raise SyntaxError(f"{name}: a console waits for more of {held!r}")
