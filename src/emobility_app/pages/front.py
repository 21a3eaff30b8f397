"""What is served at `/`: the live page where nobody else can see it, a plain one otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from litestar.handlers import HTTPRouteHandler

from emobility_app.pages.live import LivePage, plain_page
from emobility_app.settings import Settings
from emobility_core.instants import Clock
from emobility_core.overview import Overviews
from emobility_core.work import Scope


@attrs.frozen
class FrontPage:
    """The routes of `/`. Call `close` before the HTTP server waits for its connections to end."""

    routes: Sequence[HTTPRouteHandler]
    live: LivePage | None = None

    def close(self) -> None:
        if self.live is not None:
            self.live.close()


def front_page(settings: Settings, overviews: Overviews, *, scope: Scope, clock: Clock) -> FrontPage:
    """Choose the page that the settings allow; `scope` is what the live page shows."""
    if not settings.shows_live_page:
        return FrontPage(plain_page())
    live = LivePage(overviews, scope=scope, clock=clock)
    return FrontPage(live.routes(), live)
