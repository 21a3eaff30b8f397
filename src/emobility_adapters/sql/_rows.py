"""Rows to records and back: the one mapping this adapter has.

`rows` makes a mapping of column values that the column types understand; what lives in a JSON column
goes through `owned`, whose values are plain JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, get_origin
from uuid import UUID

import attrs
from cattrs import Converter
from cattrs.fns import identity
from cattrs.strategies import configure_tagged_union

from emobility_core.charging import ActiveSession, EndedSession, ReservationTerms, Session
from emobility_core.commands import ChargingProfile, Order
from emobility_core.configuration import Check
from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.instants import Period, parse_instant
from emobility_core.network import Address, BootReport, StationIdentity
from emobility_core.operations import Progress
from emobility_core.rating import HeldSession, RatedSession, Rating
from emobility_core.smart_charging import CompositeSchedule
from emobility_core.tariffs import Amounts, Line, Prices
from emobility_core.tenancy import WatchRules
from emobility_core.transfers import Counts

_OWNED = (
    Address,
    Amounts,
    BootReport,
    ChargingProfile,
    Check,
    CompositeSchedule,
    Counts,
    Line,
    Period,
    Prices,
    Progress,
    ReservationTerms,
    WatchRules,
)


def _owned() -> Converter:
    converter = Converter(detailed_validation=False)
    converter.register_structure_hook_func(lambda kind: kind is object, lambda value, _: value)
    converter.register_structure_hook(UUID, lambda text, _: UUID(hex=text))
    converter.register_unstructure_hook(UUID, lambda value: value.hex)
    converter.register_structure_hook(datetime, lambda text, _: parse_instant(text))
    converter.register_unstructure_hook(datetime, lambda value: value.isoformat())
    _dates(converter)
    converter.register_structure_hook(Decimal, lambda text, _: Decimal(text))
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(IdTag, lambda text, _: IdTag(text))
    converter.register_unstructure_hook(IdTag, lambda tag: tag.text)
    return converter


def _dates(converter: Converter) -> None:
    converter.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
    converter.register_unstructure_hook(date, lambda value: value.isoformat())


owned = _owned()


def _kind_of(order: Any) -> str:
    kind: str = order.kind.value
    return kind


configure_tagged_union(Order, owned, tag_name="kind", tag_generator=_kind_of)


def _is_order(kind: Any) -> bool:
    return bool(kind == Order)


def _is_enum_set(kind: Any) -> bool:
    return get_origin(kind) is frozenset and issubclass(kind.__args__[0], Enum)


def _is_collection(kind: Any) -> bool:
    return get_origin(kind) in (tuple, Mapping) or kind in _OWNED


def _is_words(kind: Any) -> bool:
    """Plain JSON as they are; a local list has a thousand of them."""
    return bool(kind == Mapping[str, str])


def _rows() -> Converter:
    converter = Converter(detailed_validation=False)
    for native in (UUID, datetime):
        converter.register_structure_hook(native, lambda value, _: value)
        converter.register_unstructure_hook(native, identity)
    _dates(converter)
    converter.register_structure_hook(Energy, lambda mwh, _: Energy(mwh))
    converter.register_unstructure_hook(Energy, lambda energy: energy.mwh)
    converter.register_structure_hook(Decimal, lambda text, _: Decimal(text))
    converter.register_unstructure_hook(Decimal, str)
    for worded in (IdTag, StationIdentity):
        converter.register_structure_hook(worded, lambda text, kind: kind(text))
        converter.register_unstructure_hook(worded, lambda value: value.text)
    converter.register_structure_hook_func(
        _is_enum_set, lambda text, kind: frozenset(map(kind.__args__[0], text.split()))
    )
    converter.register_unstructure_hook_func(
        _is_enum_set, lambda values: " ".join(sorted(one.value for one in values)) if values else ""
    )
    converter.register_structure_hook_func(_is_collection, owned.structure)
    converter.register_unstructure_hook_func(_is_collection, owned.unstructure)
    converter.register_structure_hook_func(_is_words, lambda value, _: value)
    converter.register_unstructure_hook_func(_is_words, dict)
    converter.register_structure_hook_func(_is_order, owned.structure)
    converter.register_unstructure_hook_func(_is_order, lambda order: owned.unstructure(order, Order))
    _tag(converter, Session, "state", {ActiveSession: "active", EndedSession: "ended"})
    _tag(converter, Rating, "held", {RatedSession: False, HeldSession: True})
    return converter


def _tag(converter: Converter, union: Any, name: str, tags: dict[type[Any], Any]) -> None:
    configure_tagged_union(union, converter, tag_name=name, tag_generator=tags.__getitem__)


rows = _rows()


def columns_of(*kinds: type[Any]) -> set[str]:
    """The attributes of classes that share a table."""
    return {field.name for kind in kinds for field in attrs.fields(kind)}
