"""The handlers of `/`: the live page where it may be seen, else a plain one.

The headers that every answer carries (policy, no caching) are the application's.
"""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from emobility_app.pages.assets import Assets
from emobility_app.pages.live.broadcast import Broadcast
from emobility_app.pages.live.view import LiveView, live_view, moment
from emobility_core.instants import Clock
from emobility_core.overview import Overviews
from emobility_core.work import Scope

STREAM = "/live/events"
_UNDER = "/assets/live"
_STATIONS, _ENDED = 200, 12

_templates = Environment(
    loader=PackageLoader("emobility_app.pages.live"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)


class LivePage:
    """The page for one scope. `close` ends all streams, so that a server that stops need not wait."""

    def __init__(self, overviews: Overviews, *, scope: Scope, clock: Clock, every_s: float = 1.0) -> None:
        self._overviews = overviews
        self._scope = scope
        self._clock = clock
        self._assets = Assets("emobility_app.pages.live", _UNDER)
        self._fragment = _templates.get_template("fragment.html")
        self._page = _templates.get_template("page.html")
        self.broadcast = Broadcast(self.fragment, every_s=every_s)

    async def fragment(self) -> str:
        """The present state as HTML."""
        return self._fragment.render(view=await self._view())

    async def page(self) -> str:
        """The whole page, complete also without a script."""
        return self._page.render(
            view=await self._view(),
            drawn=moment(self._clock.now(), "UTC"),
            stream=STREAM,
            stylesheet=self._assets.url("live.css"),
            script=self._assets.url("live.js"),
            icon=self._assets.url("icon.svg"),
        )

    async def _view(self) -> LiveView:
        overview = await self._overviews.read(self._scope, stations=_STATIONS, ended=_ENDED)
        return live_view(overview)

    def close(self) -> None:
        self.broadcast.close()

    def routes(self) -> Sequence[HTTPRouteHandler]:
        @get("/", include_in_schema=False, media_type=MediaType.HTML)
        async def live() -> Response[str]:
            return Response(await self.page(), media_type=MediaType.HTML)

        @get(STREAM, include_in_schema=False)
        async def events() -> Stream:
            headers = {"X-Accel-Buffering": "no"}
            return Stream(self.broadcast.watch(), media_type="text/event-stream", headers=headers)

        return [live, events, self._assets.route()]


def plain_page() -> Sequence[HTTPRouteHandler]:
    """The routes of a server that shows nothing without sign-in."""
    assets = Assets("emobility_app.pages.live", _UNDER)
    text = _templates.get_template("plain.html").render(
        stylesheet=assets.url("live.css"), icon=assets.url("icon.svg")
    )

    @get("/", include_in_schema=False, media_type=MediaType.HTML, sync_to_thread=False)
    def front() -> Response[str]:
        return Response(text, media_type=MediaType.HTML)

    return [front, assets.route()]
