"""Changing the settings of a tenant."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from emobility_core.errors import Conflict
from emobility_core.ids import EventId, Ids, TenantId, shown
from emobility_core.instants import Clock
from emobility_core.tenancy._effective import effective_settings
from emobility_core.tenancy._ports import TenancyWork
from emobility_core.tenancy._settings import CATALOGUE, WATCH, setting_named
from emobility_core.tenancy._tenant import Tenant
from emobility_core.tenancy._watch import USUAL, WatchRules
from emobility_core.work import Event


@attrs.frozen
class SettingLocked(Conflict):
    """A tenant above has locked a setting, so that nobody below sets another value.

    Remedy: ask whoever looks after that tenant to change or unlock it; `locked_by` is its id.
    """

    code = "setting-locked"
    setting: str
    locked_by: TenantId


@attrs.frozen
class OwnSetting:
    """What a tenant sets itself; `locked` keeps those below from setting another value."""

    value: object
    locked: bool = False


def own_settings(tenant: Tenant) -> dict[str, OwnSetting]:
    """The settings that a tenant makes itself, in the order of the catalogue."""
    layer = tenant.layer
    return {
        name: OwnSetting(layer.values[name], name in layer.locked)
        for name in CATALOGUE
        if name in layer.values
    }


def with_settings(tenant: Tenant, settings: Mapping[str, OwnSetting]) -> Tenant:
    """The tenant with these settings of its own and no others.

    Raises `UnknownSetting`, and an `Invalid` leaf for a value that does not fit its setting.
    """
    values = {name: setting_named(name).require(own.value) for name, own in settings.items()}
    watched = {rule: values.pop(f"{WATCH}{rule}", None) for rule in USUAL}
    return attrs.evolve(
        tenant,
        settings=values,
        watch_rules=WatchRules(**watched),  # type: ignore[arg-type]
        locked=tuple(sorted(name for name, own in settings.items() if own.locked)),
    )


async def change_settings(work: TenancyWork, changed: Tenant, *, clock: Clock, ids: Ids) -> Tenant:
    """Store a tenant whose settings have changed, and tell which; nothing is stored if none has.

    Raises `SettingLocked` for one that a tenant above has locked, and `StaleWrite`.
    """
    line = await work.tenants.line(changed.id)
    before, after = own_settings(line[-1]), own_settings(changed)
    names = [name for name in CATALOGUE if before.get(name) != after.get(name)]
    require_unlocked(line[:-1], [name for name in names if name in after])
    if not names:
        return line[-1]
    now = clock.now()
    stored = await work.tenants.replace(attrs.evolve(changed, updated_at=now))
    id = shown("ten", stored.id)
    work.outbox.publish(
        Event(
            id=EventId(ids.uuid7(now)),
            tenant=TenantId(stored.id),
            type="tenant.settings_changed",
            subject=id,
            at=now,
            data={"tenant": id, "version": stored.version, "settings": names},
        )
    )
    return stored


def require_unlocked(above: list[Tenant], names: list[str]) -> None:
    """Raise `SettingLocked` if the tenants above have locked one of these settings."""
    handed = effective_settings(above)
    for name in names:
        locked_by = handed[name].locked_by
        if locked_by is not None:
            raise SettingLocked(name, locked_by)
