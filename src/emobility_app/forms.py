"""Forms and queries as OAuth 2.0 wants them read."""

from __future__ import annotations

from urllib.parse import parse_qsl

# A token of an identity provider may be as long as we read one.
LONGEST = 24 * 1024
FORM = "application/x-www-form-urlencoded"


def form_fields(kind: str, body: bytes) -> dict[str, str] | None:
    """RFC 6749, 3.2 and 4.4.2: a form of UTF-8 in which no parameter stands twice; None for anything else."""
    if kind.partition(";")[0].strip().lower() != FORM or len(body) > LONGEST:
        return None
    try:
        return query_fields(body.decode())
    except ValueError:
        return None


def query_fields(text: str) -> dict[str, str] | None:
    """The same of a query (RFC 6749, 3.1)."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError:
        return None
    fields = dict(pairs)
    return fields if len(text) <= LONGEST and len(fields) == len(pairs) else None
