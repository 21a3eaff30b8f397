"""Lists: limit, cursor, filters; the same for every resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from cattrs.errors import BaseValidationError

from emobility_app.http.cursors import cursor_of, parse_cursor
from emobility_app.http.endpoint import Answer, Call
from emobility_app.problems import MalformedRequest
from emobility_app.wire import Misfit, wire
from emobility_core.errors import EmobilityError
from emobility_core.instants import Instant
from emobility_core.work import Page

USUAL = 50
MOST = 200
PARAMETERS: dict[str, str] = {
    "limit": f"How many at most (default {USUAL}, at most {MOST}).",
    "cursor": "Where to go on: `next_cursor` of the page before.",
    "include_descendants": "`true` adds what the tenants below have.",
    "updated_after": "Only what changed after this instant.",
}


def page_of(call: Call, filters: Mapping[str, Any]) -> Page:
    """Read the list parameters; `filters` maps a parameter to the type of its values."""
    call.require_known({*filters, *PARAMETERS})
    cursor, updated = call.one("cursor"), call.one("updated_after")
    return Page(
        # One more than asked for tells whether there is a next page.
        limit=max(1, call.number("limit", USUAL, MOST)) + 1,
        after=None if cursor is None else parse_cursor(cursor, call.services),
        filters={name: _values(call, name, kind) for name, kind in filters.items() if name in call.query},
        updated_after=None if updated is None else _value(updated, Instant, "updated_after"),
        descendants=call.flag("include_descendants"),
    )


def listed(call: Call, page: Page, found: list[Any], view: Callable[[Any], Any]) -> Answer:
    """Answer with a page of records, and where the next one begins."""
    shown, more = found[: page.limit - 1], len(found) >= page.limit
    cursor = cursor_of(shown[-1].id, call.services) if more else None
    return continued(call, [view(one) for one in shown], cursor)


def continued(call: Call, views: list[Any], cursor: str | None) -> Answer:
    """A page, the cursor of the next one and the link to it."""
    headers = {}
    if cursor is not None:
        query = {
            **{name: values for name, values in call.query.items() if name != "cursor"},
            "cursor": [cursor],
        }
        headers["Link"] = f'<?{urlencode(query, doseq=True)}>; rel="next"'
    return Answer(content={"data": views, "next_cursor": cursor}, headers=headers)


def _values(call: Call, name: str, kind: Any) -> list[Any]:
    return [_value(text, kind, name) for text in call.query[name]]


def _value(text: str, kind: Any, name: str) -> Any:
    try:
        return wire.structure(_PLAIN.get(text, text) if kind is bool else text, kind)
    except (Misfit, EmobilityError, BaseValidationError) as error:
        raise MalformedRequest(f"{name} has a value that does not fit: {text[:80]}") from error


_PLAIN = {"true": True, "false": False}
