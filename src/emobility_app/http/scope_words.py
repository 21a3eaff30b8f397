"""What each scope lets a client do, in a sentence, for whoever chooses among them."""

from __future__ import annotations

from emobility_core.identity import SCOPES

_RIGHTS = {"read": "Read", "write": "Create, change and remove"}
_NAMES = {
    "api-clients": "API clients",
    "load": "what limits and shares a site's power",
    "tokens": "tokens (cards)",
    "webhooks": "webhook endpoints and deliveries",
}
# What is dangerous, or does something else than its name says.
_OWN = {
    "doubts:write": "Resolve doubts about sessions.",
    "events:write": "Keep named cursors of the event feed.",
    "access-tokens:exchange": "Exchange somebody's token for a short one (RFC 8693).",
    "access-tokens:introspect": "Ask whether any token counts, and whom it stands for (RFC 7662).",
    "personal-data:erase": "Erase a person for good.",
    "personal-data:export": "Export all that is known of a person.",
    "postings:close": "Close posting batches for good; post sessions that may not be billed.",
    "stations:command": "Have stations act: start, stop, unlock, reset and the like.",
    "tariffs:publish": "Publish prices, and say for whom they count.",
    "tenants:admin": "Move tenants within the tree.",
}


def scope_words(scope: str) -> str:
    """Made of resource and right, if it has no words of its own."""
    if scope in _OWN:
        return _OWN[scope]
    resource, _, right = scope.partition(":")
    return f"{_RIGHTS[right]} {_NAMES.get(resource, resource.replace('-', ' '))}."


SCOPE_WORDS = {scope: scope_words(scope) for scope in sorted(SCOPES)}
