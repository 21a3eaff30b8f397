"""What assigned roles permit, and what may be handed out."""

from __future__ import annotations

import pytest

from emobility_core.access import (
    BUILT_IN_ROLES,
    MalformedActor,
    NotHeld,
    Permissions,
    permissions_by_role,
    permissions_of,
    require_held,
)
from emobility_core.identity import SCOPES, UnknownScope
from emobility_core.ids import SiteId, shown
from emobility_core.testing.builders import make_role, make_role_assignment, make_site, make_tenant

ROOT = make_tenant()
COMPANY = make_tenant(ROOT)
DEPARTMENT = make_tenant(COMPANY)
SISTER = make_tenant(ROOT)
ROLES = permissions_by_role([])


def test_a_role_counts_at_its_tenant_and_all_below_it() -> None:
    held = [make_role_assignment(tenant=COMPANY.id, role="viewer")]
    viewing = Permissions(BUILT_IN_ROLES["viewer"].permissions)

    assert permissions_of(held, COMPANY.path, ROLES) == viewing
    assert permissions_of(held, DEPARTMENT.path, ROLES) == viewing


def test_a_role_says_nothing_above_its_tenant_or_beside_it() -> None:
    held = [make_role_assignment(tenant=COMPANY.id, role="owner")]

    assert permissions_of(held, ROOT.path, ROLES) == Permissions()
    assert permissions_of(held, SISTER.path, ROLES) == Permissions()


def test_nothing_is_permitted_without_an_assignment() -> None:
    assert permissions_of([], ROOT.path, ROLES).all == frozenset()


def test_a_role_that_is_gone_permits_nothing() -> None:
    held = [make_role_assignment(tenant=ROOT.id, role=shown("rol", make_role().id))]

    assert permissions_of(held, ROOT.path, ROLES).all == frozenset()


def test_a_role_of_ones_own_permits_what_it_lists() -> None:
    role = make_role(permissions=("stations:read", "stations:command"))
    held = [make_role_assignment(tenant=ROOT.id, role=shown("rol", role.id))]

    permitted = permissions_of(held, ROOT.path, permissions_by_role([role]))

    assert permitted.everywhere == {"stations:read", "stations:command"}


def test_several_roles_add_up() -> None:
    held = [make_role_assignment(tenant=ROOT.id, role=role) for role in ("viewer", "driver")]
    both = BUILT_IN_ROLES["viewer"].permissions | BUILT_IN_ROLES["driver"].permissions

    assert permissions_of(held, ROOT.path, ROLES).everywhere == both


def test_a_role_for_sites_permits_nothing_elsewhere() -> None:
    north, south = make_site().id, make_site().id
    held = [
        make_role_assignment(tenant=ROOT.id, role="viewer", sites=(north,)),
        make_role_assignment(tenant=ROOT.id, role="operator", sites=(south,)),
    ]

    permitted = permissions_of(held, ROOT.path, ROLES)

    assert permitted.everywhere == frozenset()
    assert permitted.by_site["stations:read"] == {north, south}
    assert permitted.by_site["stations:command"] == {south}


def test_what_is_permitted_everywhere_is_not_limited_by_a_further_role() -> None:
    held = [
        make_role_assignment(tenant=ROOT.id, role="viewer"),
        make_role_assignment(tenant=COMPANY.id, role="operator", sites=(make_site().id,)),
    ]

    permitted = permissions_of(held, DEPARTMENT.path, ROLES)

    assert "stations:read" in permitted.everywhere
    assert "stations:read" not in permitted.by_site
    assert "stations:command" in permitted.by_site


def test_a_limit_to_sites_cannot_be_emptied_into_none() -> None:
    nowhere: tuple[SiteId, ...] = ()
    with pytest.raises(ValueError, match="sites"):
        make_role_assignment(sites=nowhere)


def test_nobody_hands_out_what_they_do_not_hold() -> None:
    require_held(["stations:read"], frozenset({"stations:read", "sessions:read"}))
    with pytest.raises(NotHeld) as refused:
        require_held(["stations:read", "stations:command"], frozenset({"stations:read"}))
    assert refused.value.permission == "stations:command"


def test_a_role_permits_nothing_that_this_server_does_not_know() -> None:
    with pytest.raises(UnknownScope):
        make_role(permissions=("stations:explode",))


@pytest.mark.parametrize(
    "actor", ["", "usr_0", "user:usr_short", "client:usr_" + "0" * 26, "subject:", "subject:a b"]
)
def test_an_actor_is_named_as_the_api_shows_it(actor: str) -> None:
    with pytest.raises(MalformedActor):
        make_role_assignment(actor=actor)


def test_built_in_roles_permit_what_this_server_knows() -> None:
    for role in BUILT_IN_ROLES.values():
        assert role.permissions <= SCOPES
        assert role.permissions


def test_only_the_owner_decides_about_rights() -> None:
    deciding = {key for key, role in BUILT_IN_ROLES.items() if "roles:write" in role.permissions}
    assert deciding == {"owner"}
