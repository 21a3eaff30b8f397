"""Whether somebody is who they say: password and second factor, with failures counted."""

from __future__ import annotations

from uuid import UUID

from emobility_core.identity._credentials import (
    Credentials,
    NoSecondFactor,
    PasswordLinkRefused,
    require_password,
)
from emobility_core.identity._ports import IdentityTools, IdentityWork
from emobility_core.identity._sign_in import CredentialOver, EndedBecause
from emobility_core.identity._sign_ins import end_sign_ins
from emobility_core.identity._user import UnknownUser, User
from emobility_core.ids import Ids, TenantId, UserId, shown
from emobility_core.instants import Instant
from emobility_core.work import Page

_NOBODY = UserId(UUID(int=0))


async def check_password(email: str, password: str, *, tenant: TenantId, tools: IdentityTools) -> User | None:
    """The user of a tenant, if the password fits and the name is neither off nor locked.

    Whoever is unknown is answered after as long as somebody with a wrong password, in the same way, and with
    the same written down.
    """
    async with tools.reading(tools.everything) as work:
        user = await _find(email, tenant, work)
        hashed = await _hash_of(user, work)
    fits = await tools.passwords.fits(hashed, password)
    async with tools.transactions(tools.everything) as work:
        now = tools.clock.now()
        failures = await work.sign_in_failures.hold(sign_in_mark(email, tools), tenant=tenant, at=now)
        known = await _credentials(user, work)
        if failures.is_locked(now):
            return None
        if not fits or known is None or known.password_hash != hashed:
            await work.sign_in_failures.put(failures.one_more(now))
            return None
        # A second factor is still to come: until it has, failures are not forgiven.
        if not known.totp_confirmed:
            await work.sign_in_failures.drop(failures)
    return user


async def check_second_factor(id: UserId, code: str, *, tools: IdentityTools) -> bool:
    """Whether a code of the app or a recovery code fits; each counts once, failures count as those of
    passwords do."""
    async with tools.transactions(tools.everything) as work:
        user, now = await work.users.get(id), tools.clock.now()
        mark = sign_in_mark(user.email, tools)
        failures = await work.sign_in_failures.hold(mark, tenant=user.tenant, at=now)
        credentials = await work.credentials.get_for_change(id)
        if failures.is_locked(now) or not credentials.totp_confirmed:
            return False
        proven = _proven(credentials, code, tools)
        if proven is None:
            await work.sign_in_failures.put(failures.one_more(now))
            return False
        await work.credentials.replace(proven)
        await work.sign_in_failures.drop(failures)
    return True


async def set_password(
    id: UserId, link_digest: str, password: str, *, common: frozenset[str], tools: IdentityTools
) -> User:
    """Set a password by a link, which counts once, and end all sign-ins so far; raise `PasswordLinkRefused`
    and `PasswordRefused`."""
    async with tools.reading(tools.everything) as work:
        try:
            user = await work.users.get(id)
        except UnknownUser as error:
            raise PasswordLinkRefused() from error
    require_password(password, email=user.email, common=common)
    hashed = await tools.passwords.hash(password)
    async with tools.transactions(tools.everything) as work:
        now, mark = tools.clock.now(), sign_in_mark(user.email, tools)
        failures = await work.sign_in_failures.hold(mark, tenant=user.tenant, at=now)
        credentials = await work.credentials.get_for_change(id)
        await work.credentials.replace(credentials.with_password(hashed, link=link_digest, at=now))
        await work.sign_in_failures.drop(failures)
        await end_sign_ins(id, EndedBecause.NEW_PASSWORD, work=work, at=now, ids=tools.ids)
    return user


async def begin_second_factor(id: UserId, secret: bytes, *, tools: IdentityTools) -> User:
    """Keep a secret that is yet to be confirmed; raise `SecondFactorInUse`."""
    async with tools.transactions(tools.everything) as work:
        credentials = await work.credentials.get_for_change(id)
        sealed = tools.sealing.seal(secret)
        await work.credentials.replace(credentials.enrolled(sealed, at=tools.clock.now()))
        return await work.users.get(id)


async def confirm_second_factor(
    id: UserId, code: str, recovery_codes: list[str], *, proven_at: Instant, tools: IdentityTools
) -> None:
    """Have the second factor count from now on, and end all sign-ins so far, of a user who proved who they
    are at an instant. Raises `NoSecondFactor`, `SecondFactorRefused`, and `CredentialOver` for one who was
    switched off since, or whose password has changed."""
    digests = tuple(recovery_digest(id, one, tools) for one in recovery_codes)
    async with tools.transactions(tools.everything) as work:
        credentials = await work.credentials.get_for_change(id)
        if credentials.totp_secret is None or credentials.totp_confirmed:
            raise NoSecondFactor()
        if not credentials.is_proof_of(proven_at) or not (await work.users.get(id)).enabled:
            raise CredentialOver()
        secret, now = tools.sealing.open(credentials.totp_secret), tools.clock.now()
        await work.credentials.replace(credentials.confirmed(secret, code, digests, at=now))
        await end_sign_ins(id, EndedBecause.SECOND_FACTOR_ADDED, work=work, at=now, ids=tools.ids)


async def remove_second_factor(id: UserId, *, work: IdentityWork, at: Instant, ids: Ids) -> None:
    """Take a second factor away, and end all sign-ins so far."""
    credentials = await work.credentials.get_for_change(id)
    await work.credentials.replace(credentials.without_second_factor(at))
    await end_sign_ins(id, EndedBecause.SECOND_FACTOR_REMOVED, work=work, at=at, ids=ids)


def recovery_digest(id: UserId, code: str, tools: IdentityTools) -> str:
    """Of a recovery code however it is spaced."""
    plain = "".join(one for one in code.casefold() if one.isalnum())
    return tools.digest(f"recovery {shown('usr', id)} {plain}".encode())


def sign_in_mark(email: str, tools: IdentityTools) -> str:
    """Under what failures of a name are counted: nobody who reads it learns what strangers have typed."""
    return tools.digest(f"sign-in name {email.strip().lower()}".encode())


def _proven(credentials: Credentials, code: str, tools: IdentityTools) -> Credentials | None:
    assert credentials.totp_secret is not None
    secret = tools.sealing.open(credentials.totp_secret)
    digest = recovery_digest(UserId(credentials.id), code, tools)
    return credentials.proven(secret, code, digest, at=tools.clock.now())


async def _find(email: str, tenant: TenantId, work: IdentityWork) -> User | None:
    named = Page(limit=1, filters={"email": [email.strip().lower()], "tenant": [tenant]}, descendants=True)
    found = await work.users.page(named)
    return found[0] if found else None


async def _credentials(user: User | None, work: IdentityWork) -> Credentials | None:
    """Of nobody none, asked for all the same."""
    found = await work.credentials.page(Page.of("id", [_NOBODY if user is None else user.id]))
    return found[0] if found else None


async def _hash_of(user: User | None, work: IdentityWork) -> str | None:
    known = await _credentials(user, work)
    return None if known is None or user is None or not user.enabled else known.password_hash
