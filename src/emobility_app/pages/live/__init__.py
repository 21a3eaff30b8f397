"""The first page: stations and sessions as they are, live."""

from emobility_app.pages.live.broadcast import Broadcast
from emobility_app.pages.live.routes import LivePage, plain_page

__all__ = ["Broadcast", "LivePage", "plain_page"]
