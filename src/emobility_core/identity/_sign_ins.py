"""Sign-ins begun, continued and ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

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
    UnknownSignIn,
)
from emobility_core.identity._user import User
from emobility_core.ids import ClientId, EventId, Ids, SignInId, UserId, shown
from emobility_core.instants import Instant
from emobility_core.work import Event, Page


async def begin_sign_in(
    id: SignInId,
    user: User,
    client: ApiClient,
    *,
    scopes: tuple[str, ...],
    redirect_uri: str,
    code_challenge: str,
    code_digest: str,
    proven_at: Instant,
    tools: IdentityTools,
) -> SignIn:
    """Keep what a code stands for, of a user who proved who they are at an instant. Raises `CredentialOver`
    for one who was switched off since, or whose password or second factor has changed."""
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
        kept_until=Instant(now + CODE_LASTS),
    )
    async with tools.transactions(tools.everything) as work:
        # Whoever changes them ends what was begun before: one after the other.
        credentials = await work.credentials.get_for_change(user.id)
        if not credentials.is_proof_of(proven_at) or not (await work.users.get(user.id)).enabled:
            raise CredentialOver()
        await work.sign_ins.add(sign_in)
        work.outbox.publish(_event(sign_in, "begun", now, tools.ids))
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
                await _end(sign_in, EndedBecause.REVOKED, work, tools.clock.now(), tools.ids)
    except NotFound:
        return


async def end_sign_ins(
    user: UserId, because: EndedBecause, *, work: IdentityWork, at: Instant, ids: Ids
) -> None:
    """End all sign-ins of a user, with all their tokens."""
    last: SignInId | None = None
    filters: dict[str, Sequence[object]] = {"user": [user], "ended_at": [None]}
    while found := await work.sign_ins.page(Page(after=last, filters=filters, descendants=True)):
        for sign_in in found:
            # Its refresh token may turn over at this moment, or its time be up.
            with suppress(UnknownSignIn):
                await _end(await work.sign_ins.get_for_change(sign_in.id), because, work, at, ids)
        last = found[-1].id


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
            await _end(before, EndedBecause.REUSED, work, tools.clock.now(), tools.ids)
        else:
            if not user.enabled:
                raise CredentialOver()
            return await work.sign_ins.replace(after), user
    raise CredentialReused()


async def _end(sign_in: SignIn, because: EndedBecause, work: IdentityWork, at: Instant, ids: Ids) -> None:
    if sign_in.ended_at is None:
        ended = await work.sign_ins.replace(sign_in.ended(because, at=at))
        work.outbox.publish(_event(ended, "ended", at, ids))


def _event(sign_in: SignIn, what: str, at: Instant, ids: Ids) -> Event:
    id = shown("sgn", sign_in.id)
    because = sign_in.ended_because
    return Event(
        id=EventId(ids.uuid7(at)),
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
