"""Tariffs: what charging costs, which tariff applies, and the exact price of a use."""

from emobility_core.tariffs._amounts import Amounts, amounts_of
from emobility_core.tariffs._assignment import (
    Situation,
    TariffAssignment,
    UnknownTariffAssignment,
    choose,
    in_precedence,
)
from emobility_core.tariffs._ports import TariffAssignments, Tariffs, TariffVersions
from emobility_core.tariffs._rate import Component, Line, Unit, Usage, rate
from emobility_core.tariffs._tariff import (
    NegativePrice,
    Prices,
    Tariff,
    TariffVersion,
    UnknownTariff,
    UnknownTariffVersion,
    VatOutOfRange,
    version_at,
)
from emobility_core.tariffs._use_cases import (
    TariffWork,
    change_tariff,
    change_within,
    publish_tariff,
    publish_within,
)

__all__ = [
    "Amounts",
    "Component",
    "Line",
    "NegativePrice",
    "Prices",
    "Situation",
    "Tariff",
    "TariffAssignment",
    "TariffAssignments",
    "TariffVersion",
    "TariffVersions",
    "TariffWork",
    "Tariffs",
    "Unit",
    "UnknownTariff",
    "UnknownTariffAssignment",
    "UnknownTariffVersion",
    "Usage",
    "VatOutOfRange",
    "amounts_of",
    "change_tariff",
    "change_within",
    "choose",
    "in_precedence",
    "publish_tariff",
    "publish_within",
    "rate",
    "version_at",
]
