"""The decision whether somebody may do something, and the steps that explain it."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.access import (
    BUILT_IN_ROLES,
    Asked,
    BeyondLimits,
    Decision,
    EmptyGrant,
    Grant,
    GrantOver,
    GrantRefused,
    GrantRight,
    MissingPermission,
    Permissions,
    RoleAssignment,
    Standing,
    StepKind,
    UnknownGrant,
    decide,
    held_by,
    permissions_by_role,
    permissions_of,
)
from emobility_core.errors import EmobilityError
from emobility_core.identity import SCOPES, MissingScope
from emobility_core.ids import SiteId, shown
from emobility_core.instants import Period
from emobility_core.tenancy import Tenant, UnknownTenant
from emobility_core.testing.builders import (
    later,
    make_client,
    make_grant,
    make_role,
    make_role_assignment,
    make_site,
    make_station,
    make_tenant,
    make_user_group,
)
from emobility_core.testing.clock import NOON

ROOT = make_tenant()
COMPANY = make_tenant(ROOT)
DEPARTMENT = make_tenant(COMPANY)
SISTER = make_tenant(ROOT)
ROLES = permissions_by_role([])
ERIKA = make_role_assignment().actor
CLIENT = f"client:{shown('cli', make_client().id)}"


def asked(**changes: Any) -> Asked:
    usual = {
        "actor": ERIKA,
        "home": COMPANY.path,
        "tenant": COMPANY.id,
        "path": COMPANY.path,
        "permission": "stations:read",
        "scopes": SCOPES,
        "shared": frozenset({GrantRight.SEE}),
        "at": NOON,
    }
    return Asked(**{**usual, **changes})


def standing(*assignments: RoleAssignment) -> Standing:
    return Standing(assignments=assignments, roles=ROLES)


def having(role: str, tenant: Tenant = COMPANY, sites: tuple[SiteId, ...] | None = None) -> Standing:
    return standing(make_role_assignment(tenant=tenant.id, actor=ERIKA, role=role, sites=sites))


def refusal(asked: Asked, standing: Standing, grant: Grant | None = None) -> type[EmobilityError] | None:
    found = decided(asked, standing, grant).refusal
    return None if found is None else type(found)


def decided(asked: Asked, standing: Standing, grant: Grant | None = None) -> Decision:
    return decide(attrs.evolve(asked, grant=None if grant is None else grant.id), standing, grant)


def test_nothing_is_allowed_by_default() -> None:
    assert refusal(asked(), standing()) is MissingPermission


def test_a_role_allows_what_it_permits_and_the_token_carries() -> None:
    assert refusal(asked(), having("viewer")) is None
    assert refusal(asked(permission="tokens:write"), having("viewer")) is MissingPermission
    assert refusal(asked(scopes=frozenset({"sessions:read"})), having("viewer")) is MissingScope


def test_a_role_above_allows_and_one_below_or_beside_does_not() -> None:
    assert refusal(asked(), having("viewer", ROOT)) is None
    assert refusal(asked(), having("viewer", DEPARTMENT)) is MissingPermission
    assert refusal(asked(), having("owner", SISTER)) is MissingPermission


def test_nobody_acts_above_or_beside_the_own_tenant_whatever_is_assigned_there() -> None:
    for elsewhere in (ROOT, SISTER):
        there = asked(tenant=elsewhere.id, path=elsewhere.path)
        assert refusal(there, having("owner", ROOT)) is UnknownTenant


def test_a_role_that_a_trusted_issuer_vouches_for_counts_at_home_and_below() -> None:
    vouched = Standing(vouched=("viewer", "gone"), roles=ROLES)
    below = asked(tenant=DEPARTMENT.id, path=DEPARTMENT.path)
    assert decide(asked(), vouched).allowed
    assert decide(below, vouched).allowed
    assert held_by(asked(), vouched) == BUILT_IN_ROLES["viewer"].permissions
    assert refusal(asked(permission="tokens:write"), vouched) is MissingPermission


def test_a_client_without_roles_has_the_scopes_of_its_token() -> None:
    assert refusal(asked(actor=CLIENT), standing()) is None
    assert refusal(asked(actor=CLIENT, scopes=frozenset()), standing()) is MissingScope


def test_a_client_with_a_role_has_no_more_than_that() -> None:
    site = make_site().id
    limited = standing(make_role_assignment(tenant=COMPANY.id, actor=CLIENT, role="viewer", sites=(site,)))
    assert decided(asked(actor=CLIENT), limited).sites == frozenset({site})
    assert refusal(asked(actor=CLIENT, permission="tokens:write"), limited) is MissingPermission


def test_a_role_for_sites_limits_what_is_done_to_them() -> None:
    north, south = make_site().id, make_site().id
    both = standing(
        make_role_assignment(tenant=COMPANY.id, role="viewer", sites=(north,)),
        make_role_assignment(tenant=ROOT.id, role="operator", sites=(south,)),
    )
    assert decided(asked(), both).sites == frozenset({north, south})
    assert decided(asked(permission="stations:command"), both).sites == frozenset({south})


def test_a_role_for_sites_allows_nothing_that_is_not_about_stations() -> None:
    assert refusal(asked(shared=frozenset()), having("viewer", sites=(make_site().id,))) is BeyondLimits


def test_an_operation_of_every_caller_needs_no_role() -> None:
    assert refusal(asked(permission=None, shared=frozenset(), scopes=frozenset()), standing()) is None


def grant(**changes: Any) -> Grant:
    return make_grant(tenant=SISTER.id, grantee=COMPANY.id, **changes)


def test_a_grant_opens_what_it_gives_the_right_to() -> None:
    assert refusal(asked(), having("viewer"), grant()) is None
    operating = asked(permission="stations:command", shared=frozenset({GrantRight.OPERATE}))
    assert refusal(operating, having("operator"), grant()) is GrantRefused
    both = grant(rights=frozenset({GrantRight.SEE, GrantRight.OPERATE}))
    assert refusal(operating, having("operator"), both) is None


def test_a_grant_opens_no_operation_that_is_not_marked_for_it() -> None:
    everything = grant(rights=frozenset(GrantRight))
    assert refusal(asked(shared=frozenset()), having("owner"), everything) is GrantRefused


def test_a_grant_gives_nobody_a_permission_that_is_not_held_at_home() -> None:
    assert refusal(asked(), standing(), grant()) is MissingPermission
    assert refusal(asked(), having("viewer", sites=(make_site().id,)), grant()) is BeyondLimits


def test_a_grant_counts_for_the_grantee_and_below_it_alone() -> None:
    below = asked(tenant=DEPARTMENT.id, path=DEPARTMENT.path)
    assert refusal(below, having("viewer"), grant()) is None
    above = asked(home=ROOT.path, tenant=ROOT.id, path=ROOT.path)
    assert refusal(above, having("viewer", ROOT), grant()) is UnknownGrant
    beside = asked(home=SISTER.path, tenant=SISTER.id, path=SISTER.path)
    assert refusal(beside, having("viewer", SISTER), grant()) is UnknownGrant


def test_a_grant_that_does_not_exist_is_refused_as_one_for_others_is() -> None:
    unknown = attrs.evolve(asked(), grant=grant().id)
    nowhere, foreign = decide(unknown, having("viewer")), decided(asked(), having("viewer"), make_grant())
    assert isinstance(nowhere.refusal, UnknownGrant)
    assert isinstance(foreign.refusal, UnknownGrant)
    assert [one.kind for one in nowhere.steps] == [one.kind for one in foreign.steps]


def test_a_grant_counts_from_until_and_not_after_it_is_revoked() -> None:
    an_hour = grant(validity=Period(since=NOON, until=later(hours=1)))
    for at, allowed in ((later(seconds=-1), False), (NOON, True), (later(hours=1), False)):
        assert decided(asked(at=at), having("viewer"), an_hour).allowed is allowed
    revoked = grant().revoked(at=NOON)
    assert decided(asked(at=later(seconds=-1)), having("viewer"), revoked).allowed
    assert not decided(asked(at=NOON), having("viewer"), revoked).allowed


def test_a_refusal_under_a_grant_says_what_is_wrong_with_it() -> None:
    an_hour = grant(validity=Period(since=NOON, until=later(hours=1)))
    for one, at, shared, reason in (
        (an_hour, later(seconds=-1), {GrantRight.SEE}, "it has not begun"),
        (an_hour, later(hours=1), {GrantRight.SEE}, "it is over"),
        (grant().revoked(at=NOON), NOON, {GrantRight.SEE}, "it was revoked"),
        (grant(), NOON, (), "no grant opens this"),
        (
            grant(),
            NOON,
            {GrantRight.USE, GrantRight.OPERATE},
            "it gives the right to see, and this takes that to operate or use",
        ),
    ):
        found = decided(asked(at=at, shared=frozenset(shared)), having("viewer"), one).refusal
        assert isinstance(found, GrantRefused)
        assert found.reason == reason


def test_a_grant_to_some_is_for_nobody_else() -> None:
    assert refusal(asked(), having("viewer"), grant(actors=(ERIKA,))) is None
    assert refusal(asked(), having("viewer"), grant(actors=(CLIENT,))) is GrantRefused
    # Named for charging alone.
    assert refusal(asked(), having("viewer"), grant(user_groups=(make_user_group().id,))) is GrantRefused


def test_tokens_are_admitted_of_all_or_of_the_groups_named() -> None:
    staff, guests = make_user_group().id, make_user_group().id
    assert grant().admits(())
    assert grant(user_groups=(staff,)).admits((guests, staff))
    assert not grant(user_groups=(staff,)).admits((guests,))
    assert not grant(actors=(ERIKA,)).admits(())


def test_a_grant_covers_stations_by_name_by_site_and_by_group() -> None:
    station = make_station(site=make_site().id)
    assert grant(stations=(station.id,)).covers(station.id, None, ())
    assert grant(sites=(make_site().id, station.site)).covers(station.id, station.site, ())
    assert not grant(sites=(make_site().id,)).covers(station.id, None, ())


@pytest.mark.parametrize("nothing", [{"rights": frozenset()}, {"stations": ()}])
def test_a_grant_names_a_right_and_a_place(nothing: dict[str, Any]) -> None:
    with pytest.raises(EmptyGrant):
        grant(**nothing)


def test_a_grant_is_revoked_once() -> None:
    with pytest.raises(GrantOver):
        grant().revoked(at=NOON).revoked(at=later(hours=1))


def test_the_steps_tell_what_was_looked_at_in_order() -> None:
    several = standing(
        make_role_assignment(tenant=SISTER.id, role="owner"),
        make_role_assignment(tenant=COMPANY.id, role="driver"),
        make_role_assignment(tenant=ROOT.id, role="viewer"),
    )
    steps = decided(asked(permission="sessions:read"), several, grant()).steps
    assert [(one.kind, one.passed) for one in steps] == [
        (StepKind.TENANT, True),
        (StepKind.TOKEN, True),
        (StepKind.ROLE_ASSIGNMENT, False),
        (StepKind.ROLE_ASSIGNMENT, False),
        (StepKind.ROLE_ASSIGNMENT, True),
        (StepKind.GRANT_RECEIVED, True),
        (StepKind.GRANT_PERIOD, True),
        (StepKind.GRANT_AUDIENCE, True),
        (StepKind.GRANT_RIGHT, True),
    ]
    assert [one.facts.get("reason") for one in steps[2:5]] == [
        "assigned neither here nor above",
        "the role does not permit it",
        None,
    ]


def test_the_last_step_of_a_refusal_is_the_one_that_failed() -> None:
    for question, held, under in (
        (asked(), standing(), None),
        (asked(scopes=frozenset()), having("viewer"), None),
        (asked(shared=frozenset()), having("viewer", sites=(make_site().id,)), None),
        (asked(), having("viewer"), grant(actors=(CLIENT,))),
        (asked(at=later(days=1)), having("viewer"), grant(validity=Period(until=NOON))),
    ):
        decision = decided(question, held, under)
        assert not decision.allowed
        assert not decision.steps[-1].passed


def test_what_is_assigned_beside_a_clients_own_tenant_takes_nothing_from_it() -> None:
    question = asked(actor=CLIENT)
    for tenant, limits in ((SISTER, False), (ROOT, True), (COMPANY, True), (DEPARTMENT, True)):
        known = attrs.evolve(having("gone", tenant), paths={tenant.id: tenant.path})
        assert refusal(question, known) is (MissingPermission if limits else None)
        assert ("stations:read" in held_by(question, known)) is not limits


def test_a_role_of_a_former_parent_permits_nothing_and_frees_no_client() -> None:
    role = make_role(tenant=SISTER.id, permissions=("stations:read",))
    name = shown("rol", role.id)
    for owner, permitted in ((ROOT, True), (COMPANY, True), (SISTER, False), (DEPARTMENT, False)):
        of_role: dict[str, Any] = {"roles": permissions_by_role([role]), "owners": {name: owner.id}}
        assigned = attrs.evolve(having(name), **of_role, paths={COMPANY.id: COMPANY.path})
        for known in (assigned, Standing(vouched=(name,), **of_role)):
            for actor in (ERIKA, CLIENT):
                question = asked(actor=actor)
                assert refusal(question, known) is (None if permitted else MissingPermission)
                assert ("stations:read" in held_by(question, known)) is permitted


def _in_line(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


TENANTS = (ROOT, COMPANY, DEPARTMENT, SISTER)
SITES = tuple(make_site().id for _ in range(3))
OWN = make_role(permissions=("stations:command", "sessions:read"))
KNOWN = permissions_by_role([OWN])
PATHS = {one.id: one.path for one in TENANTS}
an_assignment = st.builds(
    lambda tenant, role, sites: make_role_assignment(tenant=tenant.id, actor=ERIKA, role=role, sites=sites),
    st.sampled_from(TENANTS),
    st.sampled_from([*BUILT_IN_ROLES, shown("rol", OWN.id), "gone"]),
    st.none() | st.lists(st.sampled_from(SITES), min_size=1, max_size=2).map(tuple),
)


@given(
    st.lists(an_assignment, max_size=4),
    st.sampled_from(TENANTS),
    st.sampled_from(TENANTS),
    st.sampled_from(sorted(SCOPES)),
    st.frozensets(st.sampled_from(sorted(SCOPES))),
    st.sampled_from([ERIKA, CLIENT]),
)
def test_whoever_is_allowed_holds_it_there_and_whoever_holds_it_there_is_allowed(
    held: list[RoleAssignment],
    home: Tenant,
    there: Tenant,
    permission: str,
    scopes: frozenset[str],
    actor: str,
) -> None:
    known = Standing(assignments=tuple(held), roles=KNOWN, paths=PATHS)
    place: dict[str, Any] = {"home": home.path, "tenant": there.id, "path": there.path}
    question = asked(actor=actor, permission=permission, scopes=scopes, **place)
    decision = decide(question, known)
    permitted = permissions_of(held, there.path, KNOWN)
    if actor == CLIENT and not any(_in_line(PATHS[one.tenant], home.path) for one in held):
        permitted = Permissions(everywhere=scopes)
    within = there.path.startswith(home.path) and permission in scopes
    assert decision.allowed == (within and permission in permitted.all)
    if decision.allowed:
        assert decision.sites == permitted.by_site.get(permission)
    if within:
        assert (permission in held_by(question, known)) == (decision.allowed and decision.sites is None)


@given(
    st.lists(an_assignment, max_size=3),
    an_assignment,
    st.sampled_from(TENANTS),
    st.sampled_from(sorted(SCOPES)),
)
def test_a_further_role_never_takes_anything_away(
    held: list[RoleAssignment], further: RoleAssignment, there: Tenant, permission: str
) -> None:
    question = asked(home=ROOT.path, tenant=there.id, path=there.path, permission=permission)
    before = decide(question, Standing(assignments=tuple(held), roles=KNOWN))
    after = decide(question, Standing(assignments=(*held, further), roles=KNOWN))
    assert after.allowed or not before.allowed
    if before.allowed and after.sites is not None:
        assert before.sites is not None
        assert before.sites <= after.sites


@given(
    st.frozensets(st.sampled_from(list(GrantRight)), min_size=1),
    st.sampled_from(TENANTS),
    st.sampled_from(TENANTS),
    st.frozensets(st.sampled_from(list(GrantRight))),
    st.booleans(),
)
def test_a_grant_never_opens_more_than_its_rights_to_others_than_its_grantee(
    rights: frozenset[GrantRight],
    grantee: Tenant,
    there: Tenant,
    shared: frozenset[GrantRight],
    revoked: bool,
) -> None:
    given_one = make_grant(grantee=grantee.id, rights=rights)
    under = attrs.evolve(given_one, revoked_at=NOON) if revoked else given_one
    question = asked(home=ROOT.path, tenant=there.id, path=there.path, shared=shared)
    decision = decided(question, having("owner", ROOT), under)
    assert decision.allowed == (bool(shared & rights) and there.path.startswith(grantee.path) and not revoked)
