"""What may be asked of another company's station under a grant, and for whose cards."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_app.http.endpoint import Call
from emobility_core.access import GrantRefused
from emobility_core.charging import AuthorizationStatus, TokenRefused, present_tag
from emobility_core.commands import CommandKind
from emobility_core.customers import IdTag
from emobility_core.ids import StationId
from emobility_core.work import Scope

# A station is operated, not set up: keys, certificates, configuration, software, lists and logs are its
# company's. What is not here is not open, so that no new kind is by mistake.
OPERATION = frozenset(
    {
        CommandKind.CANCEL_RESERVATION,
        CommandKind.CHANGE_AVAILABILITY,
        CommandKind.CLEAR_CHARGING_PROFILE,
        CommandKind.GET_COMPOSITE_SCHEDULE,
        CommandKind.REMOTE_START,
        CommandKind.REMOTE_STOP,
        CommandKind.RESERVE_NOW,
        CommandKind.RESET,
        CommandKind.SET_CHARGING_PROFILE,
        CommandKind.TRIGGER_MESSAGE,
        CommandKind.UNLOCK_CONNECTOR,
    }
)


def require_operation(kind: CommandKind, call: Call) -> None:
    """Raise `GrantRefused` for a kind of command that no grant opens."""
    if call.grant is not None and kind not in OPERATION:
        raise GrantRefused(f"no grant opens {kind.value}")


def own_scope(call: Call) -> Scope:
    """The scope of the company that acts, be it under a grant of another one."""
    if call.grant is None or call.admission is None:
        return call.scope
    asked = call.admission.asked
    return Scope(asked.tenant, asked.path, asked.actor)


async def require_own_card(
    tag: IdTag, station: StationId, call: Call, work: Any, *, parent: str | None = None
) -> None:
    """Under a grant, raise `TokenRefused` unless the tag is the acting company's and would charge there now,
    and belongs to the group of cards `parent` if one is named.

    The refusal is the same for all others: whose a tag is, and whether it is blocked, is not told.
    """
    if call.grant is None:
        return
    at_station = attrs.evolve(call.scope, tenant=(await work.stations.get(station)).tenant)
    tools, now = call.services.tools, call.clock.now()
    found = await present_tag(tag, station=station, scope=at_station, tools=tools, at=now)
    theirs = "" if found.token_tenant is None else await call.services.path_of(found.token_tenant)
    if not found.is_accepted or not own_scope(call).sees(theirs):
        raise TokenRefused(tag.text, AuthorizationStatus.INVALID.value)
    if parent is not None and found.parent != IdTag(parent):
        raise TokenRefused(parent, AuthorizationStatus.INVALID.value)
