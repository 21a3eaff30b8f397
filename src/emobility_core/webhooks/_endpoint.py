"""A webhook endpoint: a tenant's receiver of events."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.errors import Conflict, Invalid, NotFound
from emobility_core.ids import WebhookEndpointId, shown
from emobility_core.instants import Instant
from emobility_core.work import Event, Record

# The event by which an endpoint is tried: it goes to the one that it names, whatever that subscribes to.
TESTED = "webhook_endpoint.tested"
# A receiver that took nothing for so long is switched off: longer than all tries of one delivery last.
FAILING_FOR = timedelta(days=5)
_MOST_TYPES = 100
_PATTERN = re.compile(r"\*|[a-z_]+\.(?:\*|[a-z_]+)")


@attrs.frozen
class UnknownWebhookEndpoint(NotFound):
    """There is no such webhook endpoint within the caller's scope.

    Remedy: list the webhook endpoints and use one of their ids.
    """

    code = "unknown-webhook-endpoint"
    webhook_endpoint: UUID


@attrs.frozen
class WebhookEndpointDisabled(Conflict):
    """A webhook endpoint that is switched off is sent nothing.

    Remedy: switch it on (`enabled: true`), then ask again.
    """

    code = "webhook-endpoint-disabled"
    webhook_endpoint: UUID


@attrs.frozen
class MalformedSubscription(Invalid):
    """What a webhook endpoint subscribes to is no type of event.

    Remedy: give 1 to 100 types such as `session.ended`, those of a subject as `session.*`, or `*` for all.
    """

    code = "malformed-subscription"
    text: str


@attrs.frozen
class TooManyWebhookEndpoints(Conflict):
    """A tenant has as many webhook endpoints as it may have.

    Remedy: remove one that is not used, or subscribe one of them to more types of events.
    """

    code = "too-many-webhook-endpoints"
    most: int


class DisabledReason(Enum):
    """Why an endpoint is sent nothing: somebody said so, its receiver answered 410 Gone, or took nothing for
    days."""

    BY_HAND = "by_hand"
    GONE = "gone"
    FAILING = "failing"


def _patterns(_: object, __: object, given: tuple[str, ...]) -> None:
    if not 0 < len(given) <= _MOST_TYPES:
        raise MalformedSubscription(f"{len(given)} types")
    for text in given:
        if _PATTERN.fullmatch(text) is None:
            raise MalformedSubscription(text[:100])


@attrs.frozen(kw_only=True)
class WebhookEndpoint(Record):
    """A receiver and the `event_types` that it is sent; `session.*` means all that begin so, `*` all.

    `include_descendants` adds the events of the tenants below. Secrets are sealed; after a rotation the
    `previous_secret` counts beside the new one until `previous_secret_until`. `paused_until` is how long the
    receiver wants to be left alone, `failing_since` when the first of the tries failed that all have failed
    since.
    """

    id: WebhookEndpointId
    url: str
    event_types: tuple[str, ...] = attrs.field(validator=_patterns)
    include_descendants: bool = False
    description: str = ""
    enabled: bool = True
    disabled_reason: DisabledReason | None = None
    secret: str = attrs.field(repr=False)
    previous_secret: str | None = attrs.field(default=None, repr=False)
    previous_secret_until: Instant | None = None
    paused_until: Instant | None = None
    failing_since: Instant | None = None

    def hears(self, event: Event, *, path: str, own_path: str) -> bool:
        """Whether an event of the tenant at `path` is for this endpoint, whose tenant is at `own_path`."""
        if event.type == TESTED:
            return event.subject == shown("whe", self.id)
        near = path == own_path or (self.include_descendants and path.startswith(own_path))
        return near and any(_covers(one, event.type) for one in self.event_types)

    def secrets_at(self, at: Instant) -> tuple[str, ...]:
        """The sealed secrets that messages are signed with, the newest first."""
        if self.previous_secret is None or (self.previous_secret_until or at) <= at:
            return (self.secret,)
        return (self.secret, self.previous_secret)

    def rotated(self, secret: str, *, previous_until: Instant, at: Instant) -> WebhookEndpoint:
        return attrs.evolve(
            self,
            secret=secret,
            previous_secret=self.secret,
            previous_secret_until=previous_until,
            updated_at=at,
        )

    def switched(self, enabled: bool) -> WebhookEndpoint:
        """On, or off by hand; why an endpoint was off before is kept while it stays off."""
        if enabled:
            since = self.failing_since if self.disabled_reason is None else None
            return attrs.evolve(self, enabled=True, disabled_reason=None, failing_since=since)
        reason = self.disabled_reason or DisabledReason.BY_HAND
        return attrs.evolve(self, enabled=False, disabled_reason=reason)

    def off(self, reason: DisabledReason, at: Instant) -> WebhookEndpoint:
        return attrs.evolve(self, enabled=False, disabled_reason=reason, updated_at=at)

    def failed(self, at: Instant, *, paused_until: Instant | None) -> WebhookEndpoint:
        """A try failed; the receiver wants to be left alone until then, if it said so."""
        pauses = [one for one in (self.paused_until, paused_until) if one is not None]
        since = self.failing_since or at
        return attrs.evolve(self, failing_since=since, paused_until=max(pauses, default=None))

    def answered(self) -> WebhookEndpoint:
        return attrs.evolve(self, failing_since=None)

    def gives_up(self, at: Instant) -> bool:
        """Whether a delivery that failed for good is one too many."""
        return self.failing_since is not None and self.failing_since + FAILING_FOR <= at


def _covers(pattern: str, kind: str) -> bool:
    return pattern in ("*", kind) or (pattern.endswith(".*") and kind.startswith(pattern[:-1]))
