"""The five families of anticipated failure.

Every leaf is a named refusal with typed fields and a stable `code`. Its docstring says the cause in
the first sentence and what to do about it after "Remedy:"; the error catalogue is made from these.
"""

from collections.abc import Mapping
from typing import ClassVar


class EmobilityError(Exception):
    """Base of every anticipated failure; `code` is stable public API."""

    code: ClassVar[str]

    def __str__(self) -> str:
        return self.worded(self.fields())

    def worded(self, fields: Mapping[str, object]) -> str:
        """The cause, with `fields` as the reader knows them."""
        cause = " ".join((type(self).__doc__ or self.code).split("\n\n", 1)[0].split())
        facts = ", ".join(f"{name}={value}" for name, value in fields.items())
        return f"{cause} ({facts})" if facts else cause

    def fields(self) -> dict[str, object]:
        """The typed facts of this refusal, by name."""
        names: tuple[str, ...] = getattr(type(self), "__match_args__", ())
        return {name: getattr(self, name) for name in names}


class NotFound(EmobilityError):
    """There is no such thing within the caller's scope."""


class Conflict(EmobilityError):
    """The present state does not allow it."""


class Invalid(EmobilityError):
    """The request contradicts itself or the rules of its values."""


class Denied(EmobilityError):
    """The caller may not do this."""


class Unavailable(EmobilityError):
    """Something outside cannot be reached at the moment."""
