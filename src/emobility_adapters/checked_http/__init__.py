"""HTTP to addresses that tenants wrote down: each is checked before anything is sent to it."""

from emobility_adapters.checked_http.client import CheckedHttp, NotReached, Resolve, open_http

__all__ = ["CheckedHttp", "NotReached", "Resolve", "open_http"]
