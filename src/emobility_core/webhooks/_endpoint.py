"""A webhook endpoint: a tenant's receiver of events."""

from __future__ import annotations

import re
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.errors import Conflict, Invalid, NotFound
from emobility_core.ids import WebhookEndpointId, shown
from emobility_core.instants import Instant
from emobility_core.work import Event, Record

# The event by which an endpoint is tried: it goes to the one that it names, whatever that subscribes to.
TESTED = "webhook_endpoint.tested"
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
    """Why an endpoint is sent nothing: somebody said so, or its receiver answered 410 Gone."""

    BY_HAND = "by_hand"
    GONE = "gone"


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
    receiver wants to be left alone.
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
            return attrs.evolve(self, enabled=True, disabled_reason=None)
        reason = self.disabled_reason or DisabledReason.BY_HAND
        return attrs.evolve(self, enabled=False, disabled_reason=reason)

    def gone(self, at: Instant) -> WebhookEndpoint:
        return attrs.evolve(self, enabled=False, disabled_reason=DisabledReason.GONE, updated_at=at)


def _covers(pattern: str, kind: str) -> bool:
    return pattern in ("*", kind) or (pattern.endswith(".*") and kind.startswith(pattern[:-1]))
