"""The settings that a tenant may make: each with its kind, its default, its meaning and what it must be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from emobility_core.errors import Invalid
from emobility_core.money import EXPONENTS, UnknownCurrency
from emobility_core.tenancy._codes import COUNTRIES, LANGUAGES
from emobility_core.tenancy._watch import USUAL, WatchRules


@attrs.frozen
class UnknownTimeZone(Invalid):
    """A time zone is not in the IANA database.

    Remedy: use a name such as Europe/Berlin.
    """

    code = "unknown-time-zone"
    time_zone: str


@attrs.frozen
class UnknownLanguage(Invalid):
    """A language is not one of ISO 639-1, alone or with a country behind a hyphen.

    Remedy: use a code such as de or de-AT.
    """

    code = "unknown-language"
    language: str


@attrs.frozen
class UnknownCountry(Invalid):
    """A country is not one of ISO 3166-1.

    Remedy: use a code of two capital letters such as DE.
    """

    code = "unknown-country"
    country: str


@attrs.frozen
class UnknownSetting(Invalid):
    """There is no setting of this name.

    Remedy: take a name from the list of settings in the reference.
    """

    code = "unknown-setting"
    setting: str


@attrs.frozen
class MalformedSetting(Invalid):
    """The value of a setting does not have the form that the setting takes.

    Remedy: see the reason; the reference shows each setting with its form.
    """

    code = "malformed-setting"
    setting: str
    reason: str


class SettingKind(Enum):
    """What the value of a setting is made of."""

    TEXT = "text"
    INTEGER = "integer"
    LINES = "lines"


@attrs.frozen(kw_only=True)
class Setting:
    """A setting; its `default` holds where no tenant of the line sets it, None for nothing.

    `check` raises an `Invalid` leaf for a value of the right kind that it may not have.
    """

    name: str
    kind: SettingKind
    default: object
    meaning: str
    check: Callable[[str, object], None] = lambda _, __: None

    def require(self, value: object) -> object:
        """Return the value as it is kept; raise an `Invalid` leaf for one that does not fit."""
        kept = _OF_KIND[self.kind](self.name, value)
        self.check(self.name, kept)
        return kept


LONGEST_TEXT, MOST_LINES = 500, 8


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.isprintable() or value != value.strip():
        raise MalformedSetting(name, "must be a line of text without space around it")
    if not 0 < len(value) <= LONGEST_TEXT:
        raise MalformedSetting(name, f"must have 1 to {LONGEST_TEXT} characters")
    return value


def _integer(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedSetting(name, "must be a whole number")
    return value


def _lines(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not 0 < len(value) <= MOST_LINES:
        raise MalformedSetting(name, f"must be a list of 1 to {MOST_LINES} lines")
    return tuple(_text(name, line) for line in value)


_OF_KIND: Mapping[SettingKind, Callable[[str, object], object]] = {
    SettingKind.TEXT: _text,
    SettingKind.INTEGER: _integer,
    SettingKind.LINES: _lines,
}


def require_time_zone(name: object) -> None:
    """Raise `UnknownTimeZone` for what the IANA database does not have."""
    try:
        ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimeZone(str(name)) from None


def _language(_: str, value: object) -> None:
    language, hyphen, country = str(value).partition("-")
    if language not in LANGUAGES or (hyphen and country not in COUNTRIES):
        raise UnknownLanguage(str(value))


def _currency(_: str, value: object) -> None:
    if value not in EXPONENTS:
        raise UnknownCurrency(str(value))


def _country(_: str, value: object) -> None:
    if value not in COUNTRIES:
        raise UnknownCountry(str(value))


def _like(pattern: str, words: str) -> Callable[[str, object], None]:
    form = re.compile(pattern)

    def check(name: str, value: object) -> None:
        if form.fullmatch(str(value)) is None:
            raise MalformedSetting(name, f"must be {words}")

    return check


def _between(least: int, most: int) -> Callable[[str, object], None]:
    def check(name: str, value: object) -> None:
        if not isinstance(value, int) or not least <= value <= most:
            raise MalformedSetting(name, f"must be from {least} to {most}")

    return check


def _watch(name: str, value: object) -> None:
    try:
        WatchRules(**{name.removeprefix(WATCH): value})  # type: ignore[arg-type]
    except ValueError as error:
        bound = re.search(r"must be (.*?):", str(error))
        raise MalformedSetting(name, f"must be {bound[1] if bound else 'another number'}") from None


# Settings of this kind are kept as the tenant's rules of watching, which have an older place in the API.
WATCH = "watch_"
_EMAIL = _like(r"[^@\s<>,;]{1,64}@[^@\s<>,;]+\.[^@\s<>,;.]{2,}", "an e-mail address")
_COLOUR = _like("#[0-9a-fA-F]{6}", "a colour such as #0a7d4f")
_TEXT, _INTEGER = SettingKind.TEXT, SettingKind.INTEGER
_WATCHED = {
    "free_min": "Minutes for which a connector must be said to be free until its session ends.",
    "silent_h": "Hours without a value until a session ends.",
    "busy_h": "Hours without a value until a session ends whose connector is said to serve a vehicle.",
    "gone_h": "Hours for which a station must be away until its sessions end.",
    "unreachable_min": "Minutes for which a station must be away until it raises an alarm.",
}
CATALOGUE: Mapping[str, Setting] = {
    one.name: one
    for one in (
        Setting(name="time_zone", kind=_TEXT, default="Europe/Berlin",
                meaning="The IANA time zone in which local hours and days are meant.",
                check=lambda _, value: require_time_zone(value)),
        Setting(name="language", kind=_TEXT, default="de", check=_language,
                meaning="The language of texts to people: ISO 639-1, with a country where forms differ."),
        Setting(name="currency", kind=_TEXT, default="EUR", check=_currency,
                meaning="The ISO 4217 currency of amounts."),
        Setting(name="country", kind=_TEXT, default="DE", check=_country,
                meaning="The ISO 3166-1 country of the seat."),
        Setting(name="company_name", kind=_TEXT, default=None,
                meaning="The name of the company as it stands on documents."),
        Setting(name="company_address", kind=SettingKind.LINES, default=None,
                meaning="The lines of its address, as they stand on documents."),
        Setting(name="vat_id", kind=_TEXT, default=None, meaning="Its VAT identification number.",
                check=_like("[A-Z]{2}[0-9A-Z+*]{2,13}", "a country's code and 2 to 13 letters or digits")),
        Setting(name="brand_primary", kind=_TEXT, default="#0b6b53", check=_COLOUR,
                meaning="The colour of headings and buttons, in pages and documents."),
        Setting(name="brand_accent", kind=_TEXT, default="#c2410c", check=_COLOUR,
                meaning="The colour of what is to catch the eye."),
        Setting(name="brand_surface", kind=_TEXT, default="#ffffff", check=_COLOUR,
                meaning="The colour behind text."),
        Setting(name="logo", kind=_TEXT, default=None, meaning="Where the logo is.",
                check=_like(r"https://[^\s/]+/\S+", "an address that begins with https://")),
        Setting(name="document_sender", kind=_TEXT, default=None, check=_EMAIL,
                meaning="The e-mail address that documents are sent from."),
        Setting(name="support_phone", kind=_TEXT, default=None, meaning="Where drivers call for help.",
                check=_like(r"\+?[0-9][0-9 ()/.-]{3,30}", "a telephone number")),
        Setting(name="support_email", kind=_TEXT, default=None, check=_EMAIL,
                meaning="Where drivers write for help."),
        Setting(name="retention_days", kind=_INTEGER, default=1_095, check=_between(30, 36_500),
                meaning="Days for which personal data is kept that no law asks to be kept."),
        *(Setting(name=f"{WATCH}{rule}", kind=_INTEGER, default=USUAL[rule], meaning=words, check=_watch)
          for rule, words in _WATCHED.items()),
    )
}  # fmt: skip


def setting_named(name: str) -> Setting:
    """Return the setting; raise `UnknownSetting`."""
    if name not in CATALOGUE:
        raise UnknownSetting(name)
    return CATALOGUE[name]
