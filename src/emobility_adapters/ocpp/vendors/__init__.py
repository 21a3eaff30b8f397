"""What is known of makers' stations that do not say what they mean: files, matched when a station boots."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs
import jsonschema_rs

from emobility_core.charging import Sample
from emobility_core.errors import Invalid
from emobility_core.network import BootReport

_PATTERN = {"type": "string", "minLength": 1}
_WORDS = {"type": "array", "items": {"type": "string", "minLength": 1}}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "source": {"type": "string", "minLength": 1},
        "match": {
            "type": "object",
            "properties": {"vendor": _PATTERN, "model": _PATTERN, "firmware": _PATTERN},
            "required": ["vendor"],
            "additionalProperties": False,
        },
        "time_zone": {"type": "string", "minLength": 1},
        "register_unit": {"enum": ["Wh", "kWh"]},
        "register_location": {"type": "string", "minLength": 1},
        "phase_suffix": {"type": "boolean"},
        "ignored_measurands": _WORDS,
        "tag_separators": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 1}},
        "start_answer_delay_s": {"type": "number", "minimum": 0, "maximum": 10},
    },
    "required": ["source", "match"],
    "additionalProperties": False,
}
_VALID = jsonschema_rs.validator_for(dict(SCHEMA))
_REGISTER = "Energy.Active.Import.Register"


@attrs.frozen
class MalformedVendorProfile(Invalid):
    """A vendor profile cannot be read, or says something that none may say.

    Remedy: mend the file as the reason says; the reference lists what a profile may hold.
    """

    code = "malformed-vendor-profile"
    file: str
    reason: str


@attrs.frozen(kw_only=True)
class VendorProfile:
    """How stations that match deviate. `vendor`, `model` and `firmware` are patterns with `*` and `?`,
    compared without regard to case.

    `zone` is the one of times without an offset; `register_unit` what an energy labelled Wh is in;
    `register_location` where the register is taken that counts; `phase_suffix` says that a measurand
    carries its phase (`Voltage.L1-N`); a tag ends before a separator.
    """

    source: str
    vendor: str = "*"
    model: str = "*"
    firmware: str = "*"
    zone: tzinfo = UTC
    register_unit: str = "Wh"
    register_location: str | None = None
    phase_suffix: bool = False
    ignored_measurands: frozenset[str] = frozenset()
    tag_separators: tuple[str, ...] = ()
    start_answer_delay_s: float = 0.0

    def matches(self, boot: BootReport) -> bool:
        told = ((boot.vendor, self.vendor), (boot.model, self.model), (boot.firmware or "", self.firmware))
        return all(fnmatchcase(text.strip().lower(), pattern.lower()) for text, pattern in told)

    def tag(self, text: str) -> str:
        """The tag without what the reader appends."""
        for separator in self.tag_separators:
            head, _, _ = text.partition(separator)
            text = head or text
        return text

    def meant(self, samples: Sequence[Sample]) -> Sequence[Sample]:
        """The samples as they are meant; those that mean what they say stay the very same."""
        found = [self._sample(one) for one in samples]
        kept = [one for one in found if one.get("measurand") not in self.ignored_measurands]
        return samples if list(samples) == kept else kept

    def _sample(self, sample: Sample) -> Sample:
        changed = dict(sample)
        measurand = str(changed.get("measurand", _REGISTER))
        if self.phase_suffix:
            head, _, phase = measurand.rpartition(".")
            if head and phase[:1] in ("L", "N") and phase[1:2] in ("", "1", "2", "3"):
                changed["measurand"], measurand = head, head
                changed["phase"] = phase
        if measurand.startswith("Energy.") and changed.get("unit", "Wh") == "Wh" != self.register_unit:
            changed["unit"] = self.register_unit
        if self.register_location is not None and measurand == _REGISTER:
            counts = changed.get("location", "Outlet") == self.register_location
            # The reckoning takes the outlet's; elsewhere is what the profile does not ask for.
            changed["location"] = "Outlet" if counts else "Body"
        return changed


PLAIN = VendorProfile(source="OCPP 1.6")


@attrs.frozen
class VendorProfiles:
    """All profiles, the operator's own first: the first that matches counts."""

    profiles: tuple[VendorProfile, ...] = ()

    def of(self, boot: BootReport | None) -> VendorProfile:
        """The profile of a station by what it said when it booted; `PLAIN` for one like any other."""
        if boot is None:
            return PLAIN
        return next((one for one in self.profiles if one.matches(boot)), PLAIN)


@cache
def shipped() -> VendorProfiles:
    """The profiles that come with this package."""
    found = sorted(one.name for one in files(__name__).iterdir() if one.name.endswith(".toml"))
    return VendorProfiles(tuple(_profile(name, (files(__name__) / name).read_text()) for name in found))


def with_own(folder: Path | None) -> VendorProfiles:
    """The operator's profiles before those that are shipped; raise `MalformedVendorProfile`."""
    if folder is None:
        return shipped()
    own = [_own(file) for file in sorted(folder.glob("*.toml"))]
    return VendorProfiles((*own, *shipped().profiles))


def _own(file: Path) -> VendorProfile:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MalformedVendorProfile(str(file), str(error)) from error
    return _profile(str(file), text)


def _profile(name: str, text: str) -> VendorProfile:
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MalformedVendorProfile(name, str(error)) from error
    problem = next(iter(_VALID.iter_errors(told)), None)
    if problem is not None:
        raise MalformedVendorProfile(name, problem.message)
    zone = told.pop("time_zone", None)
    try:
        known = UTC if zone is None else ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise MalformedVendorProfile(name, f"{zone} is no time zone of the IANA database") from error
    separators, ignored = told.pop("tag_separators", ()), told.pop("ignored_measurands", ())
    return VendorProfile(
        **told.pop("match"),
        **told,
        zone=known,
        tag_separators=tuple(separators),
        ignored_measurands=frozenset(ignored),
    )
