"""Users over HTTP: made, changed, switched off, and let in by links."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import attrs

from emobility_app.auth.handles import Handles
from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.records import Resource
from emobility_app.http.schemas import INSTANT, TEXT, objects
from emobility_app.users import add_user, link_for, permitted, user_event
from emobility_app.wire import instant_text, read
from emobility_core.identity import (
    EndedBecause,
    User,
    UserBeyondCaller,
    end_sign_ins,
    remove_second_factor,
)
from emobility_core.ids import UserId, parse_id

Effect = Callable[[Call, Any], Awaitable[Answer]]


@attrs.frozen(kw_only=True)
class Nothing:
    """What is asked needs no more to be said."""


async def _added(user: User, call: Call, work: Any) -> User:
    return await add_user(user, work=work, at=call.clock.now(), ids=call.services.ids)


async def _changed(user: User, call: Call, work: Any) -> User:
    before = await work.users.get(user.id)
    if user.enabled or user.email != before.email:
        # A changed address is where a link will be sent one day.
        await require_within(before, call)
    changed: User = await work.users.replace(user)
    if before.enabled and not user.enabled:
        # Whoever begins a sign-in holds them too: it comes before this, and is ended, or after it.
        await work.credentials.get_for_change(changed.id)
        because, now = EndedBecause.SWITCHED_OFF, call.services.clock.now()
        await end_sign_ins(changed.id, because, work=work, at=now, ids=call.services.ids)
    event = user_event(changed, "changed", at=changed.updated_at, ids=call.services.ids)
    work.outbox.publish(event)
    return changed


async def require_within(user: User, call: Call) -> None:
    """Whoever lets somebody in could act as them, and so must hold all that they are permitted, be it by
    roles from above that the caller does not see."""
    for permission in sorted(await permitted(user, call.services.rights) - call.held):
        raise UserBeyondCaller(permission)


USER = Resource(
    path="users",
    name="user",
    prefix="usr",
    kind=User,
    port="users",
    filters={"email": str, "enabled": bool},
    add=_added,
    change=_changed,
    put=True,
)


def _user(call: Call) -> UserId:
    return UserId(parse_id("usr", call.path["id"]))


async def _link(call: Call, work: Any) -> Answer:
    user = await work.users.get(_user(call))
    read(call.json(), Nothing)
    await require_within(user, call)
    handles = Handles(call.services.digest)
    link, until = await link_for(user, handles=handles, work=work, at=call.services.clock.now())
    url = f"{call.services.public_url}/sign-in/password?link={link}"
    return Answer(content={"url": None, "expires_at": instant_text(until)}, once={"url": url}, status=201)


async def _remove_factor(call: Call) -> Answer:
    async with call.services.transactions(call.scope) as work:
        user = await work.users.get(_user(call))
        await require_within(user, call)
        services = call.services
        await remove_second_factor(user.id, work=work, at=services.clock.now(), ids=services.ids)
    return Answer(content={"second_factor": False})


_ONCE = {**TEXT, "type": ["string", "null"]}
_LINK = objects(
    {"url": {**_ONCE, "description": "Shown this once; it counts once."}, "expires_at": INSTANT},
    title="PasswordLink",
)
_REMOVED = objects({"second_factor": {"type": "boolean"}}, title="SecondFactorState")


def _input(title: str, **properties: Any) -> dict[str, Any]:
    return {
        "title": title,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    def once(effect: Effect) -> Callable[[Call], Awaitable[Answer]]:
        async def handle(call: Call) -> Answer:
            return await idempotency.run(call, lambda work: effect(call, work))

        return handle

    one, key = "/v1/users/{id}", {"Idempotency-Key": KEY}
    return [
        Endpoint(method="POST", path=f"{one}/password-links", operation="users_link",
                 summary="Make a link by which a user sets a password", scope="users:write",
                 handle=once(_link), takes=_input("PasswordLinkInput"), gives=_LINK, status=201, names="usr",
                 headers=key),
        Endpoint(method="DELETE", path=f"{one}/second-factor", operation="users_second_factor_remove",
                 summary="Take a user's second factor away", scope="users:write", handle=_remove_factor,
                 gives=_REMOVED, names="usr"),
    ]  # fmt: skip
