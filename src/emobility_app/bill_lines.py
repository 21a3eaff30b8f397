"""Lines of a bill as whoever asks sees them, over HTTP and on the command line."""

from __future__ import annotations

from typing import Any

from emobility_app.wire import decimal_text, wire
from emobility_core.tariffs import Line, Taxed


def line_view(line: Line, part: Taxed) -> dict[str, Any]:
    """A line, and what it comes to before and after tax: all exact."""
    return {
        "component": line.component.value,
        "quantity": decimal_text(line.quantity),
        "unit": line.unit.value,
        "unit_price": decimal_text(line.unit_price),
        "amount": decimal_text(line.amount),
        "rule": line.rule,
        "since": wire.unstructure(line.since),
        "until": wire.unstructure(line.until),
        "vat_percent": decimal_text(part.vat_percent),
        "net": decimal_text(part.net),
        "tax": decimal_text(part.tax),
        "gross": decimal_text(part.gross),
    }
