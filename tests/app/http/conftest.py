"""What the tests of the HTTP API share."""

from tests.app.http.house import served, template

__all__ = ["served", "template"]
