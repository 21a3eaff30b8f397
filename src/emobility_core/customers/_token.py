"""Tokens: RFID cards, app identities and vehicles as a station reads them."""

from __future__ import annotations

from uuid import UUID

import attrs

from emobility_core.errors import Invalid, NotFound
from emobility_core.ids import ContractId, CustomerId, TokenId
from emobility_core.instants import Instant, Period
from emobility_core.work import Record

# OCPP 1.6, 7.28: IdToken is CiString20Type.
_COMPARED = 20


@attrs.frozen
class UnknownToken(NotFound):
    """There is no such token within the caller's scope.

    Remedy: list the tokens and use one of their ids.
    """

    code = "unknown-token"
    token: UUID


@attrs.frozen
class MalformedIdTag(Invalid):
    """An id tag to store or to send is empty, longer than 20 characters, or not printable ASCII.

    Remedy: give the identifier as the station reads it, at most 20 characters (OCPP 1.6, 7.28).
    """

    code = "malformed-id-tag"
    text: str


@attrs.frozen
class IdTag:
    """What a station reads from a card: the first 20 characters count, without regard to case.

    Stations send longer ones and any character; so a reported tag is always representable.
    """

    text: str = attrs.field(eq=False)
    folded: str = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "folded", self.text.strip()[:_COMPARED].lower())

    def require_storable(self) -> None:
        """Raise `MalformedIdTag` for what stations may say but nobody should store or send."""
        text = self.text
        if not 0 < len(text) <= _COMPARED or text.strip() != text:
            raise MalformedIdTag(text)
        if not (text.isascii() and text.isprintable()):
            raise MalformedIdTag(text)

    @property
    def without_suffix(self) -> IdTag | None:
        """The tag before an underscore: some readers append their serial number (`12345678_serial`)."""
        head, mark, _ = self.text.partition("_")
        return IdTag(head) if mark and head else None


def _storable(_: object, __: object, tag: IdTag) -> None:
    tag.require_storable()


@attrs.frozen(kw_only=True)
class Token(Record):
    """A token; those with the same `parent` may end each other's sessions (OCPP: parentIdTag).

    One that is not `concurrent` has one session at a time.
    """

    id: TokenId
    id_tag: IdTag = attrs.field(validator=_storable)
    customer: CustomerId | None = None
    contract: ContractId | None = None
    parent: IdTag | None = attrs.field(default=None, validator=attrs.validators.optional(_storable))
    validity: Period = attrs.field(factory=Period)
    blocked: bool = False
    blocked_since: Instant | None = None
    concurrent: bool = True
    label: str = ""

    def is_blocked(self, at: Instant) -> bool:
        """Whether the token was blocked at `at`; blocking does not reach back before `blocked_since`."""
        return self.blocked and (self.blocked_since is None or at >= self.blocked_since)
