"""Settings: what each may be, and how they are handed down."""

from __future__ import annotations

import pytest

from emobility_core.errors import Invalid
from emobility_core.money import UnknownCurrency
from emobility_core.tenancy import (
    CATALOGUE,
    MalformedSetting,
    OwnSetting,
    Tenant,
    UnknownCountry,
    UnknownLanguage,
    UnknownSetting,
    UnknownTimeZone,
    WatchRules,
    effective_settings,
    own_settings,
    rules_along,
    with_settings,
)
from emobility_core.testing.builders import make_tenant


def _line(*settings: dict[str, OwnSetting]) -> list[Tenant]:
    """Tenants from the root down, each with these settings."""
    line: list[Tenant] = []
    for own in settings:
        line.append(with_settings(make_tenant(line[-1] if line else None), own))
    return line


def test_every_default_is_a_value_that_its_setting_takes() -> None:
    for setting in CATALOGUE.values():
        if setting.default is not None:
            assert setting.require(setting.default) == setting.default


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time_zone", "America/Argentina/Ushuaia"),
        ("language", "de-AT"),
        ("currency", "CHF"),
        ("country", "AT"),
        ("company_name", "Stadtwerke Köln GmbH"),
        ("vat_id", "ATU12345678"),
        ("brand_primary", "#00FF7f"),
        ("logo", "https://example.org/logo.svg"),
        ("document_sender", "billing@example.org"),
        ("support_phone", "+49 (0)221 123-45"),
        ("retention_days", 30),
        ("watch_busy_h", 24),
    ],
)
def test_a_value_that_fits_is_kept_as_it_is(name: str, value: object) -> None:
    assert CATALOGUE[name].require(value) == value


@pytest.mark.parametrize(
    ("name", "value", "refusal"),
    [
        ("time_zone", "Mars/Base", UnknownTimeZone),
        ("time_zone", "../etc/passwd", UnknownTimeZone),
        ("language", "xx", UnknownLanguage),
        ("language", "de-XX", UnknownLanguage),
        ("language", "de-", UnknownLanguage),
        ("currency", "eur", UnknownCurrency),
        ("country", "Germany", UnknownCountry),
        ("company_name", "", MalformedSetting),
        ("company_name", "two\nlines", MalformedSetting),
        ("company_name", 7, MalformedSetting),
        ("company_name", "x" * 501, MalformedSetting),
        ("company_address", [], MalformedSetting),
        ("company_address", ["x"] * 9, MalformedSetting),
        ("company_address", "Markt 1", MalformedSetting),
        ("vat_id", "123", MalformedSetting),
        ("brand_primary", "red;}", MalformedSetting),
        ("logo", "javascript:alert(1)", MalformedSetting),
        ("document_sender", "a@b", MalformedSetting),
        ("document_sender", "a@b.de,c@d.de", MalformedSetting),
        ("support_phone", "call me", MalformedSetting),
        ("retention_days", 29, MalformedSetting),
        ("retention_days", True, MalformedSetting),
        ("retention_days", "30", MalformedSetting),
        ("watch_busy_h", 23, MalformedSetting),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(
    name: str, value: object, refusal: type[Invalid]
) -> None:
    with pytest.raises(refusal):
        CATALOGUE[name].require(value)


def test_a_setting_that_is_not_in_the_catalogue_is_refused() -> None:
    with pytest.raises(UnknownSetting):
        with_settings(make_tenant(), {"colour": OwnSetting("red")})


def test_without_any_setting_the_default_holds_and_comes_from_nobody() -> None:
    found = effective_settings(_line({}))["language"]
    assert (found.value, found.source, found.locked_by) == ("de", None, None)


def test_the_nearest_tenant_counts_and_is_named() -> None:
    line = _line({"language": OwnSetting("fr")}, {}, {"language": OwnSetting("it")}, {})
    found = effective_settings(line)["language"]
    assert (found.value, found.source) == ("it", line[2].id)
    assert [(link.source, link.value) for link in found.chain] == [
        (None, "de"),
        (line[0].id, "fr"),
        (line[2].id, "it"),
    ]


def test_what_is_locked_above_counts_whatever_is_set_below() -> None:
    own = {"currency": OwnSetting("CHF", locked=True)}
    line = _line({"currency": OwnSetting("SEK")}, own, {"currency": OwnSetting("NOK", locked=True)})
    found = effective_settings(line)["currency"]
    assert (found.value, found.source, found.locked_by) == ("CHF", line[1].id, line[1].id)


def test_a_value_below_counts_again_once_the_lock_is_gone() -> None:
    above, below = _line({"currency": OwnSetting("CHF", locked=True)}, {"currency": OwnSetting("NOK")})
    unlocked = with_settings(above, {"currency": OwnSetting("CHF")})
    assert effective_settings([unlocked, below])["currency"].value == "NOK"


def test_rules_of_watching_are_settings() -> None:
    tenant = make_tenant(watch_rules=WatchRules(gone_h=9))
    assert own_settings(tenant) == {"watch_gone_h": OwnSetting(9)}
    changed = with_settings(tenant, {"watch_free_min": OwnSetting(30, locked=True)})
    assert changed.watch_rules == WatchRules(free_min=30)
    assert own_settings(changed) == {"watch_free_min": OwnSetting(30, locked=True)}


def test_what_a_place_leaves_open_it_inherits() -> None:
    root = make_tenant(watch_rules=WatchRules(silent_h=5))
    tenant = make_tenant(root, watch_rules=WatchRules(free_min=15, gone_h=9))
    found = rules_along([root, tenant], WatchRules(free_min=30))
    assert (found.free_min, found.gone_h, found.silent_h) == (30, 9, 5)
    assert (found.busy_h, found.unreachable_min) == (168, 20)


def test_a_rule_that_a_tenant_locks_counts_at_every_site() -> None:
    root = with_settings(make_tenant(), {"watch_gone_h": OwnSetting(48, locked=True)})
    assert rules_along([root], WatchRules(gone_h=2)).gone_h == 48
