"""Token exchange (RFC 8693): what a client may have of another's access token, and who acts for whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from emobility_core.errors import Denied
from emobility_core.identity._client import MissingScope

# Whoever holds it may act for those whose tokens it is shown.
EXCHANGE = "access-tokens:exchange"
MOST_ACTORS = 3
_LONGEST_NAME = 255


@attrs.frozen
class ScopeBeyondSubject(Denied):
    """A token would be exchanged for one that may do more than itself.

    Remedy: ask for scopes of the subject token only, or for none: then you get all that client and subject
    have in common.
    """

    code = "scope-beyond-subject"
    scope: str


@attrs.frozen
class NoCommonScope(Denied):
    """Client and subject have no scope in common: the exchanged token could do nothing.

    Remedy: give the client the scopes that it is to use for others.
    """

    code = "no-common-scope"


@attrs.frozen
class ForeignSubject(Denied):
    """The subject of the token belongs to a tenant for which the client does not act.

    Remedy: exchange it with a client of the subject's tenant or of one above it.
    """

    code = "foreign-subject"


@attrs.frozen
class ActorsRefused(Denied):
    """Who acts for whom in a token cannot be read, or too many act for one another.

    Remedy: exchange the token that the subject itself was given, not one that was exchanged again and again.
    """

    code = "actors-refused"
    most: int = MOST_ACTORS


@attrs.frozen
class ActorNotAllowed(Denied):
    """The subject token names who may act for its subject (`may_act`), and it is somebody else.

    Remedy: have the identity provider name this client.
    """

    code = "actor-not-allowed"


def exchanged_scopes(own: frozenset[str], held: frozenset[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """The scopes of an exchanged token: none that the subject token lacks (`held`) or the client, by its
    scopes and its roles (`own`).

    Raises `ScopeBeyondSubject`, `MissingScope` and `NoCommonScope`.
    """
    asked = tuple(dict.fromkeys(wanted))
    for scope in asked:
        if scope not in held or scope == EXCHANGE:
            raise ScopeBeyondSubject(scope)
        if scope not in own:
            raise MissingScope(scope)
    found = asked or tuple(sorted(held & own - {EXCHANGE}))
    if not found:
        raise NoCommonScope()
    return found


def actors_of(claims: Mapping[str, object]) -> tuple[str, ...]:
    """Who acts in a token (its `act`, RFC 8693, 4.1), the one that acts now first; raise `ActorsRefused`."""
    found: list[str] = []
    act = claims.get("act")
    while act is not None:
        name = act.get("sub") if isinstance(act, Mapping) else None
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME or len(found) == MOST_ACTORS:
            raise ActorsRefused()
        assert isinstance(act, Mapping)
        found.append(name)
        act = act.get("act")
    return tuple(found)


def act_for(client: str, claims: Mapping[str, object]) -> Mapping[str, object]:
    """The `act` of a token that a client is given for one with these claims.

    Raises `ActorsRefused` and `ActorNotAllowed`.
    """
    allowed = claims.get("may_act")
    if allowed is not None and (not isinstance(allowed, Mapping) or allowed.get("sub") != client):
        raise ActorNotAllowed()
    before = actors_of(claims)
    if len(before) >= MOST_ACTORS:
        raise ActorsRefused()
    act: dict[str, object] = {}
    for name in (*reversed(before), client):
        act = {"sub": name, "act": act} if act else {"sub": name}
    return act
