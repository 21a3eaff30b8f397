"""What queues and what sends, over the in-memory store and real sockets, with the clock in hand."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
from standardwebhooks import Webhook

from emobility_adapters.memory import MemoryStore, MemoryWork
from emobility_adapters.webhooks import HttpWebhookSender, SealedSecrets, open_sender
from emobility_app.relay import Tail
from emobility_app.webhooks import WebhookQueueing, WebhookSending
from emobility_app.webhooks.sending import Bounds
from emobility_core.ids import EventId, TenantId
from emobility_core.tenancy import Tenant, UnknownTenant, scope_of
from emobility_core.testing.builders import make_event, make_tenant, make_webhook_endpoint
from emobility_core.testing.clock import FrozenClock, SeededIds
from emobility_core.webhooks import DeliveryState, WebhookDelivery, WebhookEndpoint, WebhookReach
from emobility_core.work import Event, Scope
from tests.adapters.webhooks.receiver import Message, Receiver

WAIT_S = 20.0
SECRET = b"s" * 32


@attrs.define
class Places:
    """Positions that outlive a server."""

    kept: dict[str, int] = attrs.field(factory=dict)

    async def load(self, subscriber: str) -> int:
        return self.kept.get(subscriber, 0)

    async def save(self, subscriber: str, position: int) -> None:
        self.kept[subscriber] = position

    async def park(self, subscriber: str, event: Event, error: str) -> None: ...

    async def parked(self, subscriber: str) -> list[Event]:
        return []

    async def unpark(self, subscriber: str, event: Event) -> None: ...


@attrs.define
class World:
    """Tenants `a` > `b`, and `c` beside `a`; `held` keeps every unit that writes from beginning."""

    root: Tenant
    a: Tenant
    b: Tenant
    c: Tenant
    sender: HttpWebhookSender
    bounds: Bounds
    memory: MemoryStore = attrs.field(factory=MemoryStore)
    clock: FrozenClock = attrs.field(factory=FrozenClock)
    ids: SeededIds = attrs.field(factory=SeededIds)
    secrets: SealedSecrets = attrs.field(factory=lambda: SealedSecrets(b"k" * 32))
    places: Places = attrs.field(factory=Places)
    held: bool = False
    _changed: asyncio.Condition = attrs.field(factory=asyncio.Condition)
    _sending: WebhookSending | None = None

    @property
    def everything(self) -> Scope:
        return Scope(TenantId(self.root.id), "/", "test")

    @asynccontextmanager
    async def transactions(self, scope: Scope) -> AsyncIterator[MemoryWork]:
        if self.held:
            await asyncio.Future()
        async with self.memory.transactions(scope) as work:
            yield work
        async with self._changed:
            self._changed.notify_all()

    async def path_of(self, tenant: TenantId) -> str:
        path = self.memory.tables.path_of(tenant)
        if path is None:
            raise UnknownTenant(tenant)
        return path

    async def endpoint(self, receiver: Receiver | str, **changes: Any) -> WebhookEndpoint:
        """A new endpoint of tenant `a`, and the event that tells of it."""
        url = receiver if isinstance(receiver, str) else receiver.url
        usual = {"tenant": self.a.id, "url": url, "secret": self.secrets.seal(SECRET)}
        endpoint = make_webhook_endpoint(**{**usual, **changes})
        async with self.transactions(self.everything) as work:
            await work.webhook_endpoints.add(endpoint)
            work.outbox.publish(self._event("webhook_endpoint.created", self.a))
        return endpoint

    async def happen(self, *subjects: str, tenant: Tenant | None = None, **changes: Any) -> list[Event]:
        events = [self._event("session.ended", tenant or self.a, subject=one, **changes) for one in subjects]
        async with self.transactions(self.everything) as work:
            work.outbox.publish(*events)
        return events

    def _event(self, kind: str, tenant: Tenant, **changes: Any) -> Event:
        now = self.clock.now()
        return make_event(
            **{"id": EventId(self.ids.uuid7(now)), "tenant": tenant.id, "type": kind, "at": now, **changes}
        )

    def go_on(self, by: timedelta) -> None:
        """Let time pass, and the sender look again."""
        self.clock.advance(by)
        assert self._sending is not None
        self._sending.wake()

    def deliveries(self, endpoint: WebhookEndpoint | None = None) -> list[WebhookDelivery]:
        found: list[WebhookDelivery] = list(self.memory.tables["webhook deliveries"].values())
        return [one for one in found if endpoint is None or one.endpoint == endpoint.id]

    def known(self, endpoint: WebhookEndpoint) -> WebhookEndpoint:
        found: WebhookEndpoint = self.memory.tables["webhook endpoints"][endpoint.id]
        return found

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_S), self._changed:
            await self._changed.wait_for(true)

    async def tried(self, endpoint: WebhookEndpoint, times: int = 1) -> WebhookDelivery:
        """Wait until the one delivery of an endpoint has been tried so often."""
        await self.until(lambda: [len(one.attempts) for one in self.deliveries(endpoint)] == [times])
        return self.deliveries(endpoint)[0]

    async def delivered(self, endpoint: WebhookEndpoint, count: int) -> None:
        def all_there() -> bool:
            states = [one.state for one in self.deliveries(endpoint)]
            return states.count(DeliveryState.DELIVERED) == count

        await self.until(all_there)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """A server while the block runs; leaving it is as sudden as a crash."""
        tail = Tail(self.memory.feed, self.everything)
        await tail.start()
        sending = self._sending = WebhookSending(
            reading=self.memory.transactions,
            transactions=self.transactions,
            everything=self.everything,
            past=self.memory.feed,
            sender=self.sender,
            secrets=self.secrets,
            clock=self.clock,
            ids=self.ids,
            bounds=self.bounds,
        )
        queueing = WebhookQueueing(
            tail=tail,
            positions=self.places,
            reading=self.memory.transactions,
            transactions=self.transactions,
            everything=self.everything,
            path_of=self.path_of,
            clock=self.clock,
            ids=self.ids,
            queued=sending.wake,
        )
        jobs = [asyncio.create_task(one.run()) for one in (tail, queueing, sending)]
        try:
            yield
        finally:
            for job in jobs:
                job.cancel()
            for job in jobs:
                with suppress(asyncio.CancelledError):
                    await job


@asynccontextmanager
async def world(bounds: Bounds | None = None) -> AsyncIterator[World]:
    """A world whose server does not run yet."""
    root = make_tenant(name="root")
    a = make_tenant(root, name="a")
    b, c = make_tenant(a, name="b"), make_tenant(root, name="c")
    async with AsyncExitStack() as stack:
        sender = await stack.enter_async_context(open_sender(WebhookReach(private=True, http=True)))
        made = World(root=root, a=a, b=b, c=c, sender=sender, bounds=bounds or Bounds())
        async with made.transactions(scope_of(root, "test")) as work:
            for tenant in (root, a, b, c):
                await work.tenants.add(tenant)
        yield made


def signed_by(message: Message, secret: bytes) -> bool:
    """Whether one of the signatures is what the library of the standard makes of the message."""
    at = datetime.fromtimestamp(int(message.headers["webhook-timestamp"]), UTC)
    made = Webhook("whsec_" + base64.b64encode(secret).decode()).sign(message.id, at, message.body.decode())
    return made in message.headers["webhook-signature"].split(" ")
