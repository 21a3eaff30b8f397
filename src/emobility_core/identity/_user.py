"""A user: a person who signs in here, in installations without an identity provider."""

from __future__ import annotations

import re
from uuid import UUID

import attrs

from emobility_core.errors import Denied, Invalid, NotFound
from emobility_core.ids import UserId
from emobility_core.work import Record

_LONGEST_EMAIL = 254
_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+\.[^\s@.\x00-\x1f\x7f]+")


@attrs.frozen
class UnknownUser(NotFound):
    """There is no such user within the caller's scope.

    Remedy: list the users and use one of their ids.
    """

    code = "unknown-user"
    user: UUID


@attrs.frozen
class MalformedEmail(Invalid):
    """A text is no e-mail address.

    Remedy: write it like name@company.example, at most 254 characters.
    """

    code = "malformed-email"
    text: str


@attrs.frozen
class UserBeyondCaller(Denied):
    """A user has a permission that whoever would take the account over does not hold.

    Remedy: have it done by somebody who holds all permissions of the user.
    """

    code = "user-beyond-caller"
    permission: str


def _lower(text: str) -> str:
    return text.lower()


def _an_email(_: object, __: object, text: str) -> None:
    if len(text) > _LONGEST_EMAIL or _EMAIL.fullmatch(text) is None:
        raise MalformedEmail(text[:100])


@attrs.frozen(kw_only=True)
class User(Record):
    """Who somebody is; how they prove it is kept apart, as `Credentials`. An e-mail address is one user's
    alone within its tenant: by both people sign in."""

    id: UserId
    email: str = attrs.field(converter=_lower, validator=_an_email)
    name: str = attrs.field(default="", validator=attrs.validators.max_len(200))
    enabled: bool = True
