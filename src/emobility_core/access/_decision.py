"""The decision whether somebody may do something, with every step that led to it.

There is this one: requests are let in by it, and explanations show its steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import attrs

from emobility_core.access._actor import is_client
from emobility_core.access._assignment import RoleAssignment
from emobility_core.access._grant import Grant, GrantRight, UnknownGrant
from emobility_core.access._permissions import permissions_of
from emobility_core.errors import Denied, EmobilityError
from emobility_core.identity import MissingScope
from emobility_core.ids import GrantId, SiteId, TenantId, shown
from emobility_core.instants import Instant
from emobility_core.tenancy import UnknownTenant


@attrs.frozen
class MissingPermission(Denied):
    """No role that is assigned to the caller at this tenant or above it permits this.

    Remedy: have somebody who holds the permission assign a role with it; `GET /v1/access-explanations`
    tells what was looked at.
    """

    code = "missing-permission"
    permission: str


@attrs.frozen
class BeyondLimits(Denied):
    """The caller's rights are limited to some stations, and this operation is not about stations alone.

    Remedy: leave it to somebody whose rights are not limited to sites, or who is not of another company.
    """

    code = "beyond-limits"


@attrs.frozen
class GrantRefused(Denied):
    """The grant does not let the caller do this: it is over or not begun, is for others, or gives other
    rights.

    Remedy: see `reason`; read the grant, and ask the company that gave it to change it.
    """

    code = "grant-refused"
    reason: str


class StepKind(Enum):
    """What was looked at, in this order."""

    TENANT = "tenant"
    TOKEN = "token"
    CLIENT = "client"
    VOUCHED_ROLE = "vouched_role"
    ROLE_ASSIGNMENT = "role_assignment"
    SITES = "sites"
    GRANT_RECEIVED = "grant_received"
    GRANT_PERIOD = "grant_period"
    GRANT_AUDIENCE = "grant_audience"
    GRANT_RIGHT = "grant_right"
    OBJECT = "object"


@attrs.frozen
class Step:
    """Something that was looked at, whether it speaks for the caller, and what was seen."""

    kind: StepKind
    passed: bool
    facts: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Standing:
    """What is known of an actor: its role assignments, the roles that a trusted issuer vouches for at its
    own tenant, and what each of these roles permits; `owners` tells whose a tenant's own role is, `paths`
    where the tenants of the assignments stand."""

    vouched: tuple[str, ...] = ()
    assignments: tuple[RoleAssignment, ...] = ()
    roles: Mapping[str, frozenset[str]] = attrs.field(factory=dict)
    owners: Mapping[str, TenantId] = attrs.field(factory=dict)
    paths: Mapping[TenantId, str] = attrs.field(factory=dict)

    def knows(self, role: str, path: str) -> bool:
        """Whether a role may be had at the tenant of this path: one of a former parent may not any more."""
        return role not in self.owners or f"/{self.owners[role].hex}/" in path

    def counting(self) -> tuple[RoleAssignment, ...]:
        """The assignments of roles that may be had where they are assigned."""
        return tuple(one for one in self.assignments if self.counts(one))

    def counts(self, one: RoleAssignment) -> bool:
        return self.knows(one.role, self.paths.get(one.tenant, ""))

    @property
    def anywhere(self) -> frozenset[str]:
        """All that the assigned roles permit, wherever: more than that no token of a person carries."""
        return frozenset[str]().union(*(self.roles.get(one.role, frozenset()) for one in self.counting()))

    def is_limited(self, home: str) -> bool:
        """Whether a role is assigned in the line of the actor's own tenant: there, above or below. What is
        assigned beside it is no business of the actor, and takes nothing from it."""
        return any(
            one.reaches(home) or self.paths.get(one.tenant, home).startswith(home) for one in self.assignments
        )


@attrs.frozen(kw_only=True)
class Asked:
    """Who wants to do what, where.

    `home` is the path of the actor's own tenant, `tenant` with `path` where it wants to act; `permission`
    what that takes, None where every caller may; `scopes` what its token carries; `shared` the rights of a
    grant each of which opens the operation to other companies, and, whichever they are, to those who are
    limited to sites; `grant` is the one under which it wants to act, and `at` the present of whoever gave
    that.
    """

    actor: str
    home: str
    tenant: TenantId
    path: str
    permission: str | None
    scopes: frozenset[str]
    shared: frozenset[GrantRight]
    at: Instant
    grant: GrantId | None = None


@attrs.frozen
class Decision:
    """`refusal` is why not, None if it may be done; `sites` those to which that is limited."""

    steps: tuple[Step, ...]
    refusal: EmobilityError | None = None
    sites: frozenset[SiteId] | None = None

    @property
    def allowed(self) -> bool:
        return self.refusal is None

    def require(self) -> None:
        """Raise the refusal."""
        if self.refusal is not None:
            raise self.refusal


def decide(asked: Asked, standing: Standing, grant: Grant | None = None) -> Decision:
    """Decide about an operation; nothing is allowed by default. `grant` is what is known of the one that the
    actor wants to act under, None if that does not exist."""
    steps: list[Step] = []
    refusal = _of_tenant(asked, steps) or _of_token(asked, steps)
    sites: frozenset[SiteId] | None = None
    if refusal is None:
        sites, refusal = _of_roles(asked, standing, steps)
    if refusal is None and asked.grant is not None:
        # What is limited to sites of the own company says nothing about those of another one.
        refusal = BeyondLimits() if sites is not None else _of_grant(asked, asked.grant, grant, steps)
    elif refusal is None and sites is not None:
        steps.append(Step(StepKind.SITES, bool(asked.shared), {"sites": _listed(sites)}))
        refusal = None if asked.shared else BeyondLimits()
    return Decision(tuple(steps), refusal, sites)


def held_by(asked: Asked, standing: Standing) -> frozenset[str]:
    """What an actor holds where it acts, not for some sites alone: no more than that may it hand out."""
    if _has_no_role(asked, standing):
        return asked.scopes
    held = permissions_of(standing.counting(), asked.path, standing.roles).everywhere
    vouched = [
        standing.roles.get(role, frozenset()) for role in standing.vouched if standing.knows(role, asked.home)
    ]
    return asked.scopes & held.union(*vouched)


def _has_no_role(asked: Asked, standing: Standing) -> bool:
    """Whether it is an API client with the scopes of its token alone."""
    return is_client(asked.actor) and not standing.vouched and not standing.is_limited(asked.home)


def _of_tenant(asked: Asked, steps: list[Step]) -> EmobilityError | None:
    below = asked.path.startswith(asked.home)
    steps.append(Step(StepKind.TENANT, below, {"tenant": shown("ten", asked.tenant)}))
    return None if below else UnknownTenant(asked.tenant)


def _of_token(asked: Asked, steps: list[Step]) -> EmobilityError | None:
    if asked.permission is None:
        return None
    carried = asked.permission in asked.scopes
    steps.append(Step(StepKind.TOKEN, carried, {"scope": asked.permission}))
    return None if carried else MissingScope(asked.permission)


def _of_roles(
    asked: Asked, standing: Standing, steps: list[Step]
) -> tuple[frozenset[SiteId] | None, EmobilityError | None]:
    """The sites that the permission is limited to, None for no limit, and why it is not held at all."""
    if asked.permission is None:
        return None, None
    if _has_no_role(asked, standing):
        steps.append(Step(StepKind.CLIENT, True, {"client": asked.actor.partition(":")[2]}))
        return None, None
    limits: list[tuple[SiteId, ...] | None] = []
    for role in standing.vouched:
        holds = asked.permission in standing.roles.get(role, frozenset()) and standing.knows(role, asked.home)
        steps.append(Step(StepKind.VOUCHED_ROLE, holds, {"role": role}))
        if holds:
            limits.append(None)
    for one in standing.assignments:
        holds = standing.counts(one) and one.permits(asked.permission, asked.path, standing.roles)
        steps.append(Step(StepKind.ROLE_ASSIGNMENT, holds, _facts(one, asked, standing)))
        if holds:
            limits.append(one.sites)
    if not limits:
        if not standing.assignments and not standing.vouched:
            steps.append(Step(StepKind.ROLE_ASSIGNMENT, False, {"reason": "none is assigned"}))
        return None, MissingPermission(asked.permission)
    if any(sites is None for sites in limits):
        return None, None
    return frozenset(site for sites in limits for site in sites or ()), None


def _facts(one: RoleAssignment, asked: Asked, standing: Standing) -> dict[str, str]:
    facts = {
        "role_assignment": shown("ras", one.id),
        "role": one.role,
        "tenant": shown("ten", one.tenant),
    }
    if not one.reaches(asked.path):
        facts["reason"] = "assigned neither here nor above"
    elif not standing.counts(one):
        facts["reason"] = "the role is of a tenant that no longer stands above"
    elif asked.permission not in standing.roles.get(one.role, frozenset()):
        facts["reason"] = "the role does not permit it"
    elif one.sites is not None:
        facts["sites"] = _listed(frozenset(one.sites))
    return facts


def _of_grant(asked: Asked, id: GrantId, grant: Grant | None, steps: list[Step]) -> EmobilityError | None:
    named = {"grant": shown("gra", id)}
    if grant is None or not grant.is_received_by(asked.path):
        steps.append(Step(StepKind.GRANT_RECEIVED, False, named))
        return UnknownGrant(id)
    steps.append(Step(StepKind.GRANT_RECEIVED, True, named))
    checks = (
        (StepKind.GRANT_PERIOD, grant.is_open(asked.at), grant.closed_because(asked.at)),
        (StepKind.GRANT_AUDIENCE, grant.is_for_all or asked.actor in grant.actors, "it is for others"),
        (StepKind.GRANT_RIGHT, bool(asked.shared & grant.rights), _not_given(asked, grant)),
    )
    for kind, passed, reason in checks:
        steps.append(Step(kind, passed, named if passed else named | {"reason": reason}))
        if not passed:
            return GrantRefused(reason)
    return None


def _not_given(asked: Asked, grant: Grant) -> str:
    if not asked.shared:
        return "no grant opens this"
    given, taken = (sorted(one.value for one in rights) for rights in (grant.rights, asked.shared))
    return f"it gives the right to {' and '.join(given)}, and this takes that to {' or '.join(taken)}"


def _listed(sites: frozenset[SiteId]) -> str:
    return ", ".join(shown("sit", site) for site in sorted(sites))
