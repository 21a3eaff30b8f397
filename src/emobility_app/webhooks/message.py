"""The body of a message: the event as the feed shows it."""

from __future__ import annotations

import orjson

from emobility_app.http.events import event_view
from emobility_core.work import FeedEntry

# Standard Webhooks 1.0 recommends less than 20 kB; receivers refuse more.
LONGEST_BODY = 20_000


def message(entry: FeedEntry) -> bytes:
    """The same bytes for each try. Of an event that is too large only the reference is sent: its data is read
    from the feed."""
    view = event_view(entry)
    body = orjson.dumps(view)
    if len(body) < LONGEST_BODY:
        return body
    del view["data"]
    return orjson.dumps(view | {"data_omitted": True})
