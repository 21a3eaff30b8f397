"""The fixtures of all tests of the HTTP API."""

from tests.app.http.callers import callers
from tests.app.http.house import served, template

__all__ = ["callers", "served", "template"]
