"""Sign-ins begun, continued and ended."""

from __future__ import annotations

from collections.abc import Callable

from emobility_core.errors import NotFound
from emobility_core.identity._client import ApiClient
from emobility_core.identity._ports import IdentityTools, IdentityWork
from emobility_core.identity._sign_in import (
    CODE_LASTS,
    SIGN_IN_LASTS,
    CredentialOver,
    CredentialReused,
    EndedBecause,
    SignIn,
)
from emobility_core.identity._user import User
from emobility_core.ids import ClientId, EventId, SignInId, shown
from emobility_core.instants import Instant
from emobility_core.work import Event


async def begin_sign_in(
    id: SignInId,
    user: User,
    client: ApiClient,
    *,
    scopes: tuple[str, ...],
    redirect_uri: str,
    code_challenge: str,
    code_digest: str,
    tools: IdentityTools,
) -> SignIn:
    """Keep what a code stands for."""
    now = tools.clock.now()
    sign_in = SignIn(
        id=id,
        tenant=user.tenant,
        created_at=now,
        updated_at=now,
        user=user.id,
        client=client.id,
        scopes=scopes,
        redirect_uri=redirect_uri,
        code_challenge=code_challenge,
        code_digest=code_digest,
        code_until=Instant(now + CODE_LASTS),
        ends_at=Instant(now + SIGN_IN_LASTS),
    )
    async with tools.transactions(tools.everything) as work:
        await work.sign_ins.add(sign_in)
        work.outbox.publish(_event(sign_in, "begun", now, tools))
    return sign_in


async def redeem_code(id: SignInId, code: str, refresh: str, *, tools: IdentityTools) -> tuple[SignIn, User]:
    """Give a code for the first refresh token, both as digests. One that was used before ends the sign-in.

    Raises `CredentialReused` and `CredentialOver`.
    """
    return await _step(id, lambda one, at: one.redeemed(code, refresh, at=at), tools)


async def refresh_sign_in(
    id: SignInId, refresh: str, new: str, *, tools: IdentityTools
) -> tuple[SignIn, User]:
    """Give a refresh token for the next one, both as digests; raises as `redeem_code` does."""
    return await _step(id, lambda one, at: one.refreshed(refresh, new, at=at), tools)


async def end_sign_in(id: SignInId, *, client: ClientId, tools: IdentityTools) -> None:
    """End a sign-in of a client, with all its tokens; nothing happens if there is no such."""
    try:
        async with tools.transactions(tools.everything) as work:
            sign_in = await work.sign_ins.get_for_change(id)
            if sign_in.client == client:
                await _end(sign_in, EndedBecause.REVOKED, work, tools)
    except NotFound:
        return


async def _step(
    id: SignInId, step: Callable[[SignIn, Instant], SignIn], tools: IdentityTools
) -> tuple[SignIn, User]:
    async with tools.transactions(tools.everything) as work:
        try:
            before = await work.sign_ins.get_for_change(id)
            user = await work.users.get(before.user)
        except NotFound as error:
            raise CredentialOver() from error
        try:
            after = step(before, tools.clock.now())
        except CredentialReused:
            # Kept with this unit, so the refusal follows it.
            await _end(before, EndedBecause.REUSED, work, tools)
        else:
            if not user.enabled:
                raise CredentialOver()
            return await work.sign_ins.replace(after), user
    raise CredentialReused()


async def _end(sign_in: SignIn, because: EndedBecause, work: IdentityWork, tools: IdentityTools) -> None:
    now = tools.clock.now()
    if sign_in.ended_at is None:
        ended = await work.sign_ins.replace(sign_in.ended(because, at=now))
        work.outbox.publish(_event(ended, "ended", now, tools))


def _event(sign_in: SignIn, what: str, at: Instant, tools: IdentityTools) -> Event:
    id = shown("sgn", sign_in.id)
    because = sign_in.ended_because
    return Event(
        id=EventId(tools.ids.uuid7(at)),
        tenant=sign_in.tenant,
        type=f"sign_in.{what}",
        subject=id,
        at=at,
        data={
            "sign_in": id,
            "user": shown("usr", sign_in.user),
            "client": shown("cli", sign_in.client),
            "because": None if because is None else because.value,
        },
    )
