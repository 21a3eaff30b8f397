"""Users made and let in: by the API and by the command line alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from emobility_app.auth.handles import Handles
from emobility_app.auth.people import LINK
from emobility_app.clients import Store
from emobility_app.store import by_command
from emobility_core.access import AccessDirectory, Author, RoleAssignment, assign_role
from emobility_core.identity import SCOPES, Credentials, User
from emobility_core.ids import EventId, Ids, RoleAssignmentId, TenantId, UserId, shown
from emobility_core.instants import Instant
from emobility_core.tenancy import Tenant
from emobility_core.work import Event, Page

LINK_LASTS = timedelta(days=3)


async def add_user(user: User, *, work: Any, at: Instant, ids: Ids) -> User:
    """Store a new user, who cannot sign in before a password is set; raises `AlreadyTaken`."""
    await work.users.add(user)
    await work.credentials.add(Credentials(id=user.id, tenant=user.tenant, created_at=at, updated_at=at))
    work.outbox.publish(user_event(user, "created", at=at, ids=ids))
    return user


async def link_for(user: User, *, handles: Handles, work: Any, at: Instant) -> tuple[str, Instant]:
    """A link by which the user sets a password, once; those made before count no more."""
    link, until = handles.new(LINK, "usr", user.id), Instant(at + LINK_LASTS)
    credentials = await work.credentials.get_for_change(user.id)
    await work.credentials.replace(credentials.linked(handles.stored(link), until=until, at=at))
    return link, until


async def permitted(user: User, rights: AccessDirectory) -> frozenset[str]:
    """All that the roles assigned to a user permit, wherever and by whomever they were assigned: more than
    that no token carries."""
    return (await rights.standing(f"user:{shown('usr', user.id)}")).anywhere


async def create_user(
    email: str, name: str, role: str | None, *, tenant: Tenant, store: Store
) -> tuple[User, str]:
    """Store a user of a tenant, with a role there, and return the text of the link that sets the password."""
    now, ids = store.clock.now(), store.ids
    owner = TenantId(tenant.id)
    user = User(
        id=UserId(ids.uuid7(now)), tenant=owner, created_at=now, updated_at=now, email=email, name=name
    )
    async with store.transactions(by_command(tenant, "user create")) as work:
        await add_user(user, work=work, at=now, ids=ids)
        if role is not None:
            await _assign(user, role, tenant, work, now, ids)
        link, _ = await link_for(user, handles=Handles(store.digest), work=work, at=now)
    return user, link


async def new_link(email: str, *, tenant: Tenant, store: Store) -> str | None:
    """A new link for a user of a tenant, None where there is no such."""
    now = store.clock.now()
    async with store.transactions(by_command(tenant, "user link")) as work:
        found = await work.users.page(Page(limit=1, filters={"email": [email.lower()]}))
        if not found:
            return None
        link, _ = await link_for(found[0], handles=Handles(store.digest), work=work, at=now)
    return link


async def _assign(user: User, role: str, tenant: Tenant, work: Any, at: Instant, ids: Ids) -> None:
    assignment = RoleAssignment(
        id=RoleAssignmentId(ids.uuid7(at)),
        tenant=TenantId(tenant.id),
        created_at=at,
        updated_at=at,
        actor=f"user:{shown('usr', user.id)}",
        role=role,
    )
    # Who may open the database may do everything.
    await assign_role(assignment, by=Author(held=SCOPES, path=tenant.path), work=work, ids=ids)


def user_event(user: User, what: str, *, at: Instant, ids: Ids) -> Event:
    id = shown("usr", user.id)
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=user.tenant,
        type=f"user.{what}",
        subject=id,
        at=at,
        data={"user": id, "version": user.version},
    )
