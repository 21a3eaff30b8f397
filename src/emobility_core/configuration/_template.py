"""What stations' configuration is expected to be: templates per maker and model, handed down the tree."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from fnmatch import fnmatchcase
from itertools import groupby
from uuid import UUID

import attrs

from emobility_core.commands import is_secret
from emobility_core.configuration._value import folded, integer, is_list, known_members, members, same
from emobility_core.errors import Invalid, NotFound
from emobility_core.ids import ConfigurationTemplateId
from emobility_core.network import BootReport
from emobility_core.work import Record

# OCPP 1.6, 6.9: what ChangeConfiguration has room for.
_LONGEST_KEY, _LONGEST_VALUE = 50, 500


@attrs.frozen
class UnknownConfigurationTemplate(NotFound):
    """There is no such configuration template within the caller's scope.

    Remedy: list the configuration templates and use one of their ids.
    """

    code = "unknown-configuration-template"
    configuration_template: UUID


@attrs.frozen
class MalformedExpectation(Invalid):
    """What is expected of a configuration key contradicts itself, or no station could be told it.

    Remedy: mend the named field: keys have 1 to 50 characters, values at most 500, bounds need whole numbers,
    `includes` a list; a secret key cannot be expected, since no station tells it.
    """

    code = "malformed-expectation"
    key: str
    field: str


@attrs.frozen(kw_only=True)
class ExpectedKey:
    """What is expected of one key: `value`, or one of `also`, or with bounds any whole number within them.

    With `includes` it is a list that must hold the members of `value` and may hold more. `repair` says that
    `value` is set where it is not met (see `may_be_set`), `billing` that sessions cannot be billed rightly
    without it, `optional` that a station need not have the key.
    """

    key: str
    value: str
    also: tuple[str, ...] = ()
    includes: bool = False
    at_least: int | None = None
    at_most: int | None = None
    repair: bool = True
    billing: bool = False
    optional: bool = False

    def __attrs_post_init__(self) -> None:
        if not 0 < len(self.key) <= _LONGEST_KEY or self.key != self.key.strip() or is_secret(self.key):
            raise MalformedExpectation(self.key, "key")
        if len(self.value) > _LONGEST_VALUE or (self.includes and not members(self.key, self.value)):
            raise MalformedExpectation(self.key, "value")
        if self.includes and not is_list(self.key):
            raise MalformedExpectation(self.key, "includes")
        if self._is_bounded and (self.includes or not self._is_within(self.value)):
            raise MalformedExpectation(self.key, "at_least" if self.at_least is not None else "at_most")

    @property
    def may_be_set(self) -> bool:
        """Whether a check may set it. A security profile is never lowered, and raised by a command alone,
        which looks whether the station has what it needs to connect again."""
        return self.repair and folded(self.key) != "securityprofile"

    @property
    def _is_bounded(self) -> bool:
        return self.at_least is not None or self.at_most is not None

    def _is_within(self, value: str) -> bool:
        number = integer(value)
        if number is None:
            return False
        above = self.at_least is None or number >= self.at_least
        return above and (self.at_most is None or number <= self.at_most)

    def is_met(self, value: str) -> bool:
        """Whether what a station reports is as good as `value`."""
        if any(same(self.key, one, value) for one in self.also):
            return True
        if self._is_bounded:
            return self._is_within(value)
        if self.includes:
            return members(self.key, self.value).keys() <= members(self.key, value).keys()
        return same(self.key, self.value, value)

    def mended(self, value: str, *, most: int | None = None) -> str:
        """What to set instead of `value`; a list keeps what OCPP knows of it while it has at most `most`."""
        if not self.includes:
            return self.value
        joined = members(self.key, self.value) | known_members(self.key, value)
        text = ",".join(joined.values())
        return self.value if len(text) > _LONGEST_VALUE or (most is not None and len(joined) > most) else text


@attrs.frozen(kw_only=True)
class ConfigurationTemplate(Record):
    """What is expected of stations whose maker and model fit: `vendor` and `model` may hold `*` and `?`.

    It counts for the stations of its tenant and of those below.
    """

    id: ConfigurationTemplateId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    vendor: str = "*"
    model: str = "*"
    keys: tuple[ExpectedKey, ...] = ()

    def fits(self, boot: BootReport) -> bool:
        return all(
            fnmatchcase(told.strip().lower(), pattern.strip().lower())
            for told, pattern in ((boot.vendor, self.vendor), (boot.model, self.model))
        )

    @property
    def exactness(self) -> int:
        """How much of maker and model it spells out."""
        return sum(1 for character in self.vendor + self.model if character not in "*?")


_ENERGY = "Energy.Active.Import.Register"
# What is expected of every station, since billing depends on it: a stop that carries its register readings
# (without StopTxnSampledData some drop signed values), samples between, and reports that are tried often
# enough to survive a restart of ours.
BASE = (
    ExpectedKey(key="StopTxnSampledData", value=_ENERGY, includes=True, billing=True),
    ExpectedKey(key="MeterValuesSampledData", value=_ENERGY, includes=True, billing=True),
    ExpectedKey(key="MeterValueSampleInterval", value="60", at_least=1, at_most=900, billing=True),
    ExpectedKey(key="TransactionMessageAttempts", value="5", at_least=3, billing=True),
    # Without it strangers charge at nobody's cost while the line is down.
    ExpectedKey(key="AllowOfflineTxForUnknownId", value="false", billing=True, optional=True),
    # Off, or no more often than a meter is worth; smaller ones make stops of megabytes.
    ExpectedKey(key="ClockAlignedDataInterval", value="900", also=("0",), at_least=60, optional=True),
    ExpectedKey(key="LocalAuthorizeOffline", value="true", optional=True),
)


def expected_of(templates: Sequence[ConfigurationTemplate], boot: BootReport) -> tuple[ExpectedKey, ...]:
    """What is expected of a station: the base, then what fits of `templates`, which begin at the root.

    The later word on a key counts, and within one tenant the more exact template; what billing depends on
    by an earlier one still does.
    """
    expected = {folded(one.key): one for one in BASE}
    for _, of_tenant in groupby(templates, key=lambda one: one.tenant):
        fitting = [one for one in of_tenant if one.fits(boot)]
        for template in sorted(fitting, key=lambda one: one.exactness):
            for one in template.keys:
                before = expected.get(folded(one.key))
                billing = one.billing or (before is not None and before.billing)
                expected[folded(one.key)] = attrs.evolve(one, billing=billing)
    return tuple(expected.values())


def fingerprint(expected: Sequence[ExpectedKey], boot: BootReport) -> str:
    """What one check of a station holds for: this maker, model and firmware, and these expectations."""
    told = [boot.vendor, boot.model, boot.firmware, [attrs.astuple(one) for one in expected]]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]
