"""Whether somebody is who they say: password and second factor, with failures counted."""

from __future__ import annotations

from emobility_core.identity._credentials import (
    Credentials,
    NoSecondFactor,
    PasswordLinkRefused,
    require_password,
)
from emobility_core.identity._ports import IdentityTools
from emobility_core.identity._user import UnknownUser, User
from emobility_core.ids import UserId, shown
from emobility_core.work import Page


async def check_password(email: str, password: str, *, tools: IdentityTools) -> User | None:
    """The user, if the password fits and the account is neither off nor locked.

    Whoever is unknown is answered after as long, and in the same way, as somebody with a wrong password.
    """
    user, known = await _find(email, tools)
    counts = (
        user is not None and known is not None and user.enabled and not known.is_locked(tools.clock.now())
    )
    hashed = known.password_hash if counts and known is not None else None
    fits = await tools.passwords.fits(hashed, password)
    if not counts or user is None:
        return None
    async with tools.transactions(tools.everything) as work:
        credentials = await work.credentials.get_for_change(user.id)
        now = tools.clock.now()
        if credentials.is_locked(now) or credentials.password_hash != hashed:
            return None
        # A second factor is still to come: until it has, failures are not forgiven.
        if not fits:
            await work.credentials.replace(credentials.failed(now))
        elif credentials.failures and not credentials.totp_confirmed:
            await work.credentials.replace(credentials.succeeded(now))
    return user if fits else None


async def check_second_factor(id: UserId, code: str, *, tools: IdentityTools) -> bool:
    """Whether a code of the app or a recovery code fits; each counts once, failures count as those of
    passwords do."""
    async with tools.transactions(tools.everything) as work:
        credentials, now = await work.credentials.get_for_change(id), tools.clock.now()
        if credentials.is_locked(now) or credentials.totp_secret is None:
            return False
        secret = tools.sealing.open(credentials.totp_secret)
        proven = credentials.proven(secret, code, recovery_digest(id, code, tools), at=now)
        await work.credentials.replace(credentials.failed(now) if proven is None else proven.succeeded(now))
    return proven is not None


async def set_password(
    id: UserId, link_digest: str, password: str, *, common: frozenset[str], tools: IdentityTools
) -> User:
    """Set a password by a link, which counts once; raise `PasswordLinkRefused` and `PasswordRefused`."""
    async with tools.transactions(tools.everything) as work:
        try:
            user = await work.users.get(id)
        except UnknownUser as error:
            raise PasswordLinkRefused() from error
    require_password(password, email=user.email, common=common)
    hashed = await tools.passwords.hash(password)
    async with tools.transactions(tools.everything) as work:
        credentials = await work.credentials.get_for_change(id)
        changed = credentials.with_password(hashed, link=link_digest, at=tools.clock.now())
        await work.credentials.replace(changed)
    return user


async def begin_second_factor(id: UserId, secret: bytes, *, tools: IdentityTools) -> User:
    """Keep a secret that is yet to be confirmed; raise `SecondFactorInUse`."""
    async with tools.transactions(tools.everything) as work:
        credentials = await work.credentials.get_for_change(id)
        sealed = tools.sealing.seal(secret)
        await work.credentials.replace(credentials.enrolled(sealed, at=tools.clock.now()))
        return await work.users.get(id)


async def confirm_second_factor(
    id: UserId, code: str, recovery_codes: list[str], *, tools: IdentityTools
) -> None:
    """Have the second factor count from now on; raise `NoSecondFactor` and `SecondFactorRefused`."""
    digests = tuple(recovery_digest(id, one, tools) for one in recovery_codes)
    async with tools.transactions(tools.everything) as work:
        credentials = await work.credentials.get_for_change(id)
        if credentials.totp_secret is None or credentials.totp_confirmed:
            raise NoSecondFactor()
        secret = tools.sealing.open(credentials.totp_secret)
        await work.credentials.replace(credentials.confirmed(secret, code, digests, at=tools.clock.now()))


def recovery_digest(id: UserId, code: str, tools: IdentityTools) -> str:
    """Of a recovery code however it is spaced."""
    plain = "".join(one for one in code.casefold() if one.isalnum())
    return tools.digest(f"recovery {shown('usr', id)} {plain}".encode())


async def _find(email: str, tools: IdentityTools) -> tuple[User | None, Credentials | None]:
    async with tools.transactions(tools.everything) as work:
        named = Page(limit=1, filters={"email": [email.strip().lower()]}, descendants=True)
        found = await work.users.page(named)
        if not found:
            return None, None
        return found[0], await work.credentials.get(found[0].id)
