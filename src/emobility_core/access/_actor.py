"""How an actor is named: a person, a program, or somebody whom a trusted issuer vouches for."""

from __future__ import annotations

import re

import attrs

from emobility_core.errors import Invalid

LONGEST = 255
_ACTOR = re.compile(r"user:usr_[0-9a-z]{26}|client:cli_[0-9a-z]{26}|subject:[\x21-\x7e]+")


@attrs.frozen
class MalformedActor(Invalid):
    """A text names neither a user (`user:usr_…`), nor an API client (`client:cli_…`), nor the subject of a
    trusted issuer (`subject:…`).

    Remedy: write the kind of the actor, a colon, and its id as the API shows it.
    """

    code = "malformed-actor"
    text: str


def an_actor(_: object, __: object, text: str) -> None:
    """A validator: raises `MalformedActor`."""
    if len(text) > LONGEST or not _ACTOR.fullmatch(text):
        raise MalformedActor(text[:LONGEST])


def is_client(actor: str) -> bool:
    return actor.startswith("client:")
