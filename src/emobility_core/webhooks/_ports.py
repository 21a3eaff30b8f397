"""What webhooks need from outside: to be stored, sealed, and sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import attrs

from emobility_core.errors import Unavailable
from emobility_core.ids import EventId, WebhookEndpointId
from emobility_core.instants import Instant
from emobility_core.webhooks._delivery import WebhookDelivery
from emobility_core.webhooks._endpoint import WebhookEndpoint
from emobility_core.work import FeedEntry, Outbox, Records, Scope


@attrs.frozen
class ReceiverUnreachable(Unavailable):
    """A receiver of webhooks gave no answer: it is not there, takes too long, or is where nothing may go.

    Remedy: see the reason; the delivery is tried again by its schedule.
    """

    code = "receiver-unreachable"
    reason: str


@attrs.frozen
class WebhookSecretLocked(Unavailable):
    """The secret of a webhook endpoint was sealed with a key that this server does not have.

    Remedy: restore the server's keys from the backup that the database came from, or rotate the secret.
    """

    code = "webhook-secret-locked"


@attrs.frozen
class WebhookAnswer:
    """How a receiver answered, and what it said of when to come again."""

    status: int
    retry_after: str | None = None


class WebhookEndpoints(Records[WebhookEndpoint], Protocol):
    """Receivers of events."""

    async def due(
        self, at: Instant, *, limit: int, behind: WebhookEndpointId | None = None
    ) -> list[WebhookEndpointId]:
        """Those that are enabled, not paused, and have a delivery to be tried; ordered by id, and round from
        `behind`, so that many that are due never hide the others."""
        ...

    async def remove(self, id: WebhookEndpointId) -> None:
        """Drop an endpoint with its deliveries."""
        ...


class WebhookDeliveries(Records[WebhookDelivery], Protocol):
    """Deliveries, one for each event and endpoint."""

    async def queue(self, deliveries: Sequence[WebhookDelivery]) -> None:
        """Keep new ones; where the endpoint has one of the event already, that stays as it is."""
        ...

    async def replay(self, deliveries: Sequence[WebhookDelivery]) -> None:
        """Keep new ones; where the endpoint has one of the event already, that begins again."""
        ...

    async def claim(
        self, endpoint: WebhookEndpointId, *, at: Instant, until: Instant, limit: int
    ) -> list[WebhookDelivery]:
        """Take those that are due, the longest waiting first; until then they are due for nobody else."""
        ...

    async def discard(self, endpoint: WebhookEndpointId, *, at: Instant) -> None:
        """Give up all that an endpoint has not been sent yet."""
        ...

    async def forget(self, before: Instant, *, limit: int) -> int:
        """Drop some of what was made before that and is not pending; return how many."""
        ...


class WebhookWork(Protocol):
    """What a unit of work about webhooks has."""

    @property
    def webhook_endpoints(self) -> WebhookEndpoints: ...
    @property
    def webhook_deliveries(self) -> WebhookDeliveries: ...
    @property
    def outbox(self) -> Outbox: ...


class PastEvents(Protocol):
    """The event log by time."""

    async def between(
        self,
        since: Instant,
        until: Instant,
        *,
        after: EventId | None = None,
        scope: Scope,
        limit: int,
        descendants: bool,
    ) -> list[FeedEntry]:
        """Up to `limit` entries that came about from `since` on and before `until`, in that order, which
        `after` goes on in."""
        ...

    async def entry(self, event: EventId, *, scope: Scope) -> FeedEntry | None:
        """An event with its place; None if it is gone."""
        ...


class WebhookSecrets(Protocol):
    """Makes secrets, and seals those that are stored."""

    def new(self) -> bytes:
        """Make one that nobody guesses, of `SECRET_BYTES`."""
        ...

    def seal(self, secret: bytes) -> str: ...

    def open(self, sealed: str) -> bytes:
        """Give back what was sealed; raise `WebhookSecretLocked`."""
        ...


class WebhookSender(Protocol):
    """Sends one message."""

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> WebhookAnswer:
        """Send it once, following nothing; raise `ReceiverUnreachable` without an answer."""
        ...
