"""Lists: limit, cursor, filters; the same for every resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlencode

import attrs
from cattrs.errors import BaseValidationError

from emobility_app.http.cursors import cursor_of, parse_cursor
from emobility_app.http.endpoint import Answer, Call, Parameter
from emobility_app.http.schemas import INSTANT, MOST_COUNTED, schema_of
from emobility_app.problems import MalformedRequest
from emobility_app.wire import Misfit, wire
from emobility_core.errors import EmobilityError
from emobility_core.instants import Instant
from emobility_core.work import Page

USUAL = 50
MOST = 200
CURSOR = Parameter("Where to go on: `next_cursor` of the page before.")
DESCENDANTS = Parameter("`true` adds what the tenants below have.", {"type": "boolean"})


def limit(usual: int, most: int) -> Parameter:
    return Parameter(
        f"How many at most (default {usual}, from 1 to {most}).",
        {"type": "integer", "minimum": 1, "maximum": most},
    )


PARAMETERS = {
    "limit": limit(USUAL, MOST),
    "cursor": CURSOR,
    "include_descendants": DESCENDANTS,
    "updated_after": Parameter("Only what changed after this instant.", INSTANT),
    "sort": Parameter(
        "`id` lists the oldest first, which is usual, `-id` the newest.",
        {"type": "string", "enum": ["id", "-id"]},
    ),
    "count": Parameter(
        f"`estimate` adds to the page how many the filters find, counted up to {MOST_COUNTED}.",
        {"type": "string", "enum": ["estimate"]},
    ),
}


class Listable(Protocol):
    """A port whose records can be listed and counted."""

    async def page(self, page: Page) -> list[Any]: ...

    async def count(self, page: Page) -> int: ...


def parameters(filters: Mapping[str, Any]) -> dict[str, Parameter]:
    """What a list with these filters takes; a filter that is repeated allows any of its values."""
    return PARAMETERS | {
        name: Parameter(f"Only those with this {name}.", {"type": "array", "items": schema_of(kind)})
        for name, kind in filters.items()
    }


def page_of(call: Call, filters: Mapping[str, Any]) -> Page:
    """Read the list parameters; `filters` maps a parameter to the type of its values."""
    cursor = call.one("cursor")
    return Page(
        # One more than asked for tells whether there is a next page.
        limit=call.number("limit", USUAL, least=1, most=MOST) + 1,
        after=None if cursor is None else parse_cursor(cursor, call),
        filters={name: _values(call, name, kind) for name, kind in filters.items() if name in call.query},
        updated_after=instant(call, "updated_after"),
        descendants=call.flag("include_descendants"),
        backwards=_is_backwards(call),
    )


def _is_backwards(call: Call) -> bool:
    sort = call.one("sort")
    if sort not in (None, "id", "-id"):
        raise MalformedRequest("sort must be id or -id")
    return sort == "-id"


async def listed(call: Call, page: Page, port: Listable, view: Callable[[Any], Any]) -> Answer:
    """Answer with a page of what a port has."""
    return shown_page(call, page, await port.page(page), view, await counted(call, page, port))


async def counted(call: Call, page: Page, port: Listable) -> int | None:
    """How many the page's filters find, but one more than `MOST_COUNTED` at most; None unless asked for."""
    wanted = call.one("count")
    if wanted not in (None, "estimate"):
        raise MalformedRequest("count must be estimate")
    # Bounded, so that a count costs no more however much there is.
    whole = attrs.evolve(page, after=None, limit=MOST_COUNTED + 1)
    return None if wanted is None else await port.count(whole)


def shown_page(
    call: Call, page: Page, found: list[Any], view: Callable[[Any], Any], count: int | None
) -> Answer:
    """Answer with a page of records, where the next one begins, and how many there are if it was counted."""
    shown, more = found[: page.limit - 1], len(found) >= page.limit
    cursor = cursor_of(shown[-1].id, call) if more else None
    answer = continued(call, [view(one) for one in shown], cursor)
    if count is None:
        return answer
    told = {"number": min(count, MOST_COUNTED), "exact": count <= MOST_COUNTED}
    return attrs.evolve(answer, content=answer.content | {"count": told})


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
    return [value_of(text, kind, name) for text in call.query[name]]


def value_of(text: str, kind: Any, name: str) -> Any:
    """Read a parameter's value; raise `MalformedRequest`."""
    try:
        return wire.structure(_PLAIN.get(text, text) if kind is bool else text, kind)
    except (Misfit, EmobilityError, BaseValidationError) as error:
        raise MalformedRequest(f"{name} has a value that does not fit: {text[:80]}") from error


def instant(call: Call, name: str) -> Instant | None:
    """A parameter that is an instant, if it is given; raise `MalformedRequest`."""
    text = call.one(name)
    return None if text is None else value_of(text, Instant, name)


_PLAIN = {"true": True, "false": False}
