"""What is behind hexadecimal or base64, whichever it is."""

from __future__ import annotations

import base64
import re

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


def decoded(text: str) -> bytes | None:
    """The bytes; None where text is neither."""
    compact = "".join(text.split())
    if not compact:
        return None
    if _HEX.fullmatch(compact):
        return bytes.fromhex(compact)
    try:
        return base64.b64decode(compact, validate=True)
    except ValueError:
        return None
