"""Webhooks: what queues and what sends them, for as long as the server runs."""

from __future__ import annotations

import hmac
from collections.abc import Coroutine

from emobility_adapters.sql.positions import SqlPositions
from emobility_adapters.webhooks import HttpWebhookSender, SealedSecrets
from emobility_app.compose.ground import EVERYTHING, Ground
from emobility_app.relay import Tail
from emobility_app.webhooks import SUBSCRIBER, WebhookQueueing, WebhookSending


def sealing(ground: Ground) -> SealedSecrets:
    """Secrets of receivers are sealed with a key of the server's own."""
    return SealedSecrets(hmac.digest(bytes.fromhex(ground.secret), b"webhook secrets", "sha256"))


async def webhook_jobs(
    ground: Ground, tail: Tail, sender: HttpWebhookSender
) -> list[Coroutine[None, None, None]]:
    transactions, positions = ground.transactions, SqlPositions(ground.database, EVERYTHING, ground.clock)
    await positions.enter([SUBSCRIBER])
    sending = WebhookSending(
        reading=transactions.reading,
        transactions=transactions,
        everything=EVERYTHING,
        past=ground.feed,
        sender=sender,
        secrets=sealing(ground),
        clock=ground.clock,
        ids=ground.ids,
    )
    queueing = WebhookQueueing(
        tail=tail,
        positions=positions,
        reading=transactions.reading,
        transactions=transactions,
        everything=EVERYTHING,
        path_of=ground.hot.directories.tree.path,
        clock=ground.clock,
        ids=ground.ids,
        queued=sending.wake,
    )
    return [queueing.run(), sending.run()]
