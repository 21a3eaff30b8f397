"""Whose present is which, from memory."""

from __future__ import annotations

import attrs

from emobility_core.clocks import TenantClocks, TestClock
from emobility_core.ids import TenantId
from emobility_core.tenancy import Tenant
from emobility_core.testing.builders import later, make_event, make_tenant, make_test_clock
from emobility_core.testing.clock import NOON, FrozenClock
from emobility_core.work import Event

ROOT = make_tenant()
TRIAL, BESIDE = make_tenant(ROOT), make_tenant(ROOT)
PART = make_tenant(TRIAL)


def _clock(tenant: Tenant, **fields: object) -> TestClock:
    return make_test_clock(tenant=TenantId(tenant.id), **fields)


def _event(what: str, now: object = NOON) -> Event:
    tenant = TenantId(TRIAL.id)
    data = {"test_clock": "tck_1", "now": str(now)}
    return attrs.evolve(make_event(type=f"test_clock.{what}", data=data), tenant=tenant)


def test_a_tenant_and_all_below_live_by_its_clock_and_all_others_by_real_time() -> None:
    real = FrozenClock()
    clocks = TenantClocks(real)
    kept = {name: clocks.of(path) for name, path in (("part", PART.path), ("beside", BESIDE.path))}
    clocks.load([_clock(TRIAL, now=later(days=30))])
    assert [clocks.of(one.path).now() for one in (TRIAL, PART)] == [later(days=30)] * 2
    assert [clocks.of(one.path).now() for one in (ROOT, BESIDE)] == [NOON] * 2
    assert clocks.of("/").now() == NOON
    # A clock that was handed out before goes on telling whatever time it is.
    assert (kept["part"].now(), kept["beside"].now()) == (later(days=30), NOON)


def test_what_happens_to_a_clock_is_heeded() -> None:
    clocks = TenantClocks(FrozenClock())
    clock = clocks.of(PART.path)
    clocks.heed(_event("created", later(hours=1)))
    assert clock.now() == later(hours=1)
    clocks.heed(_event("advanced", later(hours=2)))
    assert clock.now() == later(hours=2)
    clocks.heed(_event("deleted"))
    assert clock.now() == NOON
    assert clocks.keepers() == []


def test_time_does_not_go_back() -> None:
    clocks = TenantClocks(FrozenClock())
    clocks.stand(TenantId(TRIAL.id), later(hours=2))
    clocks.stand(TenantId(TRIAL.id), later(hours=1))
    assert clocks.of(TRIAL.path).now() == later(hours=2)
