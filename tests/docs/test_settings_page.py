"""The page of settings lists every setting of the catalogue with its form, default and meaning."""

from __future__ import annotations

from collections.abc import Callable

from emobility_core.tenancy import CATALOGUE, Setting, SettingKind

_HEAD = """\
# Settings of tenants

What a tenant may set at `PATCH /v1/tenants/{id}/settings`, for itself and all below it that set nothing else:
[how](../how-to/arrange-companies.md). What no tenant of the line sets has its default.

This page is made from the code; `nox -s golden` writes it.

| setting | value | default | meaning |
|---|---|---|---|"""
_VALUES = {SettingKind.TEXT: "text", SettingKind.INTEGER: "whole number", SettingKind.LINES: "list of lines"}


def _row(setting: Setting) -> str:
    default = "none" if setting.default is None else f"`{setting.default}`"
    return f"| `{setting.name}` | {_VALUES[setting.kind]} | {default} | {setting.meaning} |"


def test_the_page_of_settings_says_what_the_code_says(golden: Callable[[str, str], None]) -> None:
    page = "\n".join([_HEAD, *(_row(setting) for setting in CATALOGUE.values()), ""])
    golden("../../docs/reference/settings.md", page)
