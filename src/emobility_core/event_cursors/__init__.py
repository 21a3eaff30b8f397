"""Event cursors: a client's place in the event feed, kept on the server under a name."""

from emobility_core.event_cursors._cursor import (
    NAME_PATTERN,
    CursorWouldGoBack,
    EventCursor,
    EventCursors,
    EventCursorWork,
    MalformedCursorName,
    UnknownEventCursor,
    keep_cursor,
)

__all__ = [
    "NAME_PATTERN",
    "CursorWouldGoBack",
    "EventCursor",
    "EventCursorWork",
    "EventCursors",
    "MalformedCursorName",
    "UnknownEventCursor",
    "keep_cursor",
]
