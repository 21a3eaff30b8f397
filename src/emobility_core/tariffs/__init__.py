"""Tariffs: what charging costs, which tariff applies, and the exact price of a use."""

from emobility_core.tariffs._amounts import Amounts, Basis
from emobility_core.tariffs._assignment import (
    AssignmentAmbiguous,
    Situation,
    TariffAssignment,
    UnknownTariffAssignment,
)
from emobility_core.tariffs._bill import Bill
from emobility_core.tariffs._checks import NegativeBound, NegativePrice, VatOutOfRange
from emobility_core.tariffs._element import Dimension, DimensionTwice, Price, TariffElement
from emobility_core.tariffs._explanation import TariffExplanation, TariffExplanationWork, explain_tariff
from emobility_core.tariffs._fees import (
    Bearer,
    BlockingBasis,
    BlockingFee,
    Cycle,
    GraceClock,
    PeriodicFee,
    ProRata,
)
from emobility_core.tariffs._holidays import HolidayRule, Holidays, UnknownHolidayCalendar, public_holidays
from emobility_core.tariffs._hours import EmptyRange, LocalHours, MalformedTimeOfDay, Weekday
from emobility_core.tariffs._lines import (
    Component,
    Line,
    Taxed,
    Unit,
    by_rate,
    exact_sum,
    in_all,
    rounded_lines,
    summed,
    taxed,
    to_the_cent,
)
from emobility_core.tariffs._periodic import periodic_lines
from emobility_core.tariffs._ports import TariffAssignments, Tariffs, TariffVersions
from emobility_core.tariffs._prices import NoSuchLimit, PriceLimit, PriceNotFixed, Prices, Switching
from emobility_core.tariffs._rate import rate
from emobility_core.tariffs._resolve import (
    Assigned,
    Considered,
    Outcome,
    Overlap,
    choose,
    explain,
    in_precedence,
    overlaps,
)
from emobility_core.tariffs._restrictions import ReservationKind, Restrictions
from emobility_core.tariffs._tariff import (
    Tariff,
    TariffVersion,
    UnknownTariff,
    UnknownTariffVersion,
    version_at,
)
from emobility_core.tariffs._timetable import LONGEST_DAYS
from emobility_core.tariffs._usage import Phase, PhaseKind, PhasesDoNotFit, Usage
from emobility_core.tariffs._use_cases import (
    TariffWork,
    change_tariff,
    change_within,
    publish_tariff,
    publish_within,
)
from emobility_core.tariffs._words import LanguageNotSpoken

__all__ = [
    "LONGEST_DAYS",
    "Amounts",
    "Assigned",
    "AssignmentAmbiguous",
    "Basis",
    "Bearer",
    "Bill",
    "BlockingBasis",
    "BlockingFee",
    "Component",
    "Considered",
    "Cycle",
    "Dimension",
    "DimensionTwice",
    "EmptyRange",
    "GraceClock",
    "HolidayRule",
    "Holidays",
    "LanguageNotSpoken",
    "Line",
    "LocalHours",
    "MalformedTimeOfDay",
    "NegativeBound",
    "NegativePrice",
    "NoSuchLimit",
    "Outcome",
    "Overlap",
    "PeriodicFee",
    "Phase",
    "PhaseKind",
    "PhasesDoNotFit",
    "Price",
    "PriceLimit",
    "PriceNotFixed",
    "Prices",
    "ProRata",
    "ReservationKind",
    "Restrictions",
    "Situation",
    "Switching",
    "Tariff",
    "TariffAssignment",
    "TariffAssignments",
    "TariffElement",
    "TariffExplanation",
    "TariffExplanationWork",
    "TariffVersion",
    "TariffVersions",
    "TariffWork",
    "Tariffs",
    "Taxed",
    "Unit",
    "UnknownHolidayCalendar",
    "UnknownTariff",
    "UnknownTariffAssignment",
    "UnknownTariffVersion",
    "Usage",
    "VatOutOfRange",
    "Weekday",
    "by_rate",
    "change_tariff",
    "change_within",
    "choose",
    "exact_sum",
    "explain",
    "explain_tariff",
    "in_all",
    "in_precedence",
    "overlaps",
    "periodic_lines",
    "public_holidays",
    "publish_tariff",
    "publish_within",
    "rate",
    "rounded_lines",
    "summed",
    "taxed",
    "to_the_cent",
    "version_at",
]
