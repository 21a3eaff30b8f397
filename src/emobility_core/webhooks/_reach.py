"""Where webhooks may go."""

from __future__ import annotations

import attrs

from emobility_core.errors import Invalid
from emobility_core.reach import Reach


@attrs.frozen
class WebhookUrlRefused(Invalid):
    """A webhook cannot go to this URL.

    Remedy: give an https URL of a host that the internet reaches, without user name, password or fragment; an
    operator may allow http and private addresses (`emobility serve --webhooks-allow-http
    --webhooks-allow-private`).
    """

    code = "webhook-url-refused"
    url: str
    reason: str


@attrs.frozen(kw_only=True)
class WebhookReach(Reach):
    """What an operator allows webhooks."""

    def check_url(self, url: str) -> None:
        """Raise `WebhookUrlRefused` for what no webhook goes to, whatever its host resolves to."""
        if why := self.flaw_of_url(url):
            raise WebhookUrlRefused(url[:200], why)
