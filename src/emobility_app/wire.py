"""The form that records have on the wire: identifiers with prefixes, decimals and energy as text.

One converter for all routes. What does not fit is told by JSON pointer; nothing is coerced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NoReturn, TypeVar, get_origin, get_type_hints
from uuid import UUID

import attrs
from cattrs import Converter
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.errors import (
    AttributeValidationNote,
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn, override

from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.errors import EmobilityError, Invalid
from emobility_core.ids import (
    PREFIXES,
    CertificateAuthorityId,
    ExportId,
    ImportId,
    InstalledProfileId,
    ScheduleComparisonId,
    StationCertificateId,
    TariffVersionId,
    TenantId,
    parse_id,
    shown,
)
from emobility_core.instants import Instant, parse_instant
from emobility_core.money import Money
from emobility_core.network import SecurityProfile, StationIdentity
from emobility_core.spelling import did_you_mean

T = TypeVar("T")

LONGEST_TEXT = 2_000
# What the validators of attrs say of a number out of bounds; the bound is worth telling, the rest is not.
_BOUND = re.compile(r"'\w+' must be ((?:>=|<=|>|<) -?[\d.]+): ")


@attrs.frozen
class Flaw:
    """What is wrong with one place of a body."""

    pointer: str
    code: str
    detail: str


@attrs.frozen
class MalformedBody(Invalid):
    """The body does not have the form that the operation takes.

    Remedy: mend the places that `errors` points to; the reference shows the form.
    """

    code = "malformed-body"
    errors: tuple[Flaw, ...]


@attrs.frozen
class Misfit(Exception):
    """A value is not of the kind that its place takes."""

    code: str
    detail: str


def _misfit(code: str, detail: str) -> NoReturn:
    raise Misfit(code, detail)


def _text(value: Any, _: Any = str) -> str:
    if not isinstance(value, str):
        _misfit("not-a-text", "must be a text")
    if len(value) > LONGEST_TEXT or "\x00" in value:
        _misfit("text-refused", f"must have at most {LONGEST_TEXT} characters and no NUL")
    return value


def _integer(value: Any, _: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**53:
        _misfit("not-an-integer", "must be a whole number")
    return value


def _boolean(value: Any, _: Any) -> bool:
    if not isinstance(value, bool):
        _misfit("not-a-boolean", "must be true or false")
    return value


def _decimal(value: Any, _: Any) -> Decimal:
    found = _DECIMAL.fullmatch(_text(value))
    if found is None:
        _misfit("not-a-decimal", 'must be a decimal number as text, such as "0.39"')
    number = Decimal(found[0])
    if len(found[1] or "") > 12 or abs(number) > 10**12:
        _misfit("not-a-decimal", "must be at most 10^12 and with at most 12 decimals")
    return number


# Python reads more: exponents, underscores, the digits of all scripts.
_DECIMAL = re.compile(r"-?[0-9]+(?:\.([0-9]+))?")


def _instant(value: Any, _: Any) -> Instant:
    try:
        return parse_instant(_text(value))
    except (ValueError, OverflowError):
        _misfit("not-an-instant", "must be RFC 3339 with an offset, such as 2026-11-01T12:00:00Z")


def _date(value: Any, _: Any) -> date:
    text = _text(value)
    try:
        # Python reads weeks and dates without hyphens, too.
        if len(text) == 10 and text[4] == text[7] == "-":
            return date.fromisoformat(text)
    except ValueError:
        pass
    _misfit("not-a-date", "must be a date, such as 2026-11-01")


def _money(value: Any, _: Any) -> Money:
    if not isinstance(value, dict) or value.keys() != {"amount", "currency"}:
        _misfit("not-an-amount", 'must be {"amount": "12.34", "currency": "EUR"}')
    amount = _decimal(value["amount"], Decimal)
    money = Money.rounded(amount, _text(value["currency"]))
    if money.amount != amount:
        _misfit("not-an-amount", "has more decimals than its currency")
    return money


def _enum(value: Any, kind: type[Enum]) -> Enum:
    try:
        if isinstance(value, bool | float):
            raise ValueError(value)
        return kind(value)
    except ValueError:
        _misfit("unknown-value", f"must be one of {', '.join(str(one.value) for one in kind)}")


def instant_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def decimal_text(number: Decimal) -> str:
    return format(number, "f")


def money_view(money: Money) -> dict[str, str]:
    return {"amount": decimal_text(money.amount), "currency": money.currency}


def energy_text(energy: Energy | None) -> str | None:
    return None if energy is None else decimal_text(energy.kwh)


def _converter() -> Converter:
    converter = Converter(detailed_validation=True, forbid_extra_keys=True)
    for kind, hook in (
        (str, _text),
        (int, _integer),
        (bool, _boolean),
        (Decimal, _decimal),
        (datetime, _instant),
        (date, _date),
        (Money, _money),
    ):
        converter.register_structure_hook(kind, hook)
    # What a station sends is anybody's JSON.
    converter.register_structure_hook_func(lambda kind: kind is object, lambda value, _: value)
    converter.register_structure_hook_factory(attrs.has, lambda kind: _by_field(kind, converter))
    converter.register_structure_hook_func(_is_enum, _enum)
    # Said once more: an enumeration of numbers is taken for a number otherwise.
    converter.register_structure_hook(SecurityProfile, _enum)
    converter.register_structure_hook_factory(_is_tuple, lambda kind: _listed(kind, converter))
    converter.register_structure_hook_factory(_is_set, lambda kind: _chosen(kind, converter))
    converter.register_unstructure_hook_func(_is_set, lambda values: sorted(one.value for one in values))
    converter.register_unstructure_hook(Decimal, decimal_text)
    converter.register_unstructure_hook(datetime, instant_text)
    converter.register_unstructure_hook(date, lambda day: day.isoformat())
    converter.register_unstructure_hook(Money, money_view)
    converter.register_unstructure_hook(Energy, energy_text)
    for worded in (IdTag, StationIdentity):
        converter.register_structure_hook(worded, lambda value, kind: kind(_text(value)))
        converter.register_unstructure_hook(worded, lambda value: value.text)
    converter.register_structure_hook_func(
        lambda kind: kind in PREFIXES, lambda value, kind: parse_id(PREFIXES[kind], _text(value))
    )
    converter.register_unstructure_hook_factory(lambda kind: kind in PREFIXES, _show_ids)
    return converter


def _by_field(kind: type[Any], converter: Converter) -> Callable[[Any, Any], Any]:
    """Structure a class with each validator at its own field, so that a flaw is told by its place.

    Run by the class itself, they would stop at the first flaw and say no more than the class.
    """
    hints = get_type_hints(kind)

    def checked(field: attrs.Attribute[Any], validator: Any) -> Callable[[Any, Any], Any]:
        def structure(value: Any, _: Any) -> Any:
            made = converter.structure(value, hints[field.name])
            validator(None, field, made)
            return made

        return structure

    guarded = [field for field in attrs.fields(kind) if field.validator is not None]
    hooks: dict[str, Any] = {
        field.name: override(struct_hook=checked(field, field.validator)) for field in guarded
    }
    made: Callable[[Any, Any], Any] = make_dict_structure_fn(kind, converter, **hooks)
    return made


def _listed(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    """Structure a list; texts and objects can be walked through as well, and an empty one is no list."""
    structure = homogenous_tuple_structure_factory(kind, converter)

    def listed(value: Any, _: Any) -> Any:
        if not isinstance(value, list):
            _misfit("not-a-list", "must be a list")
        return structure(value, kind)

    return listed


def _chosen(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    """Structure a set of an enumeration's values, written as a list in any order."""
    listed = _listed(tuple[kind.__args__[0], ...], converter)
    return lambda value, _: frozenset(listed(value, kind))


def _is_set(kind: Any) -> bool:
    return get_origin(kind) is frozenset and _is_enum(kind.__args__[0])


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


# The kind of an identifier in a refusal, by the name of its field, which is usually that of the kind.
_NAMED = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", str(kind).rpartition(".")[2].removesuffix("Id")).lower(): prefix
    for kind, prefix in PREFIXES.items()
} | {
    "authority": PREFIXES[CertificateAuthorityId],
    "certificate": PREFIXES[StationCertificateId],
    "charging_profile": PREFIXES[InstalledProfileId],
    "composite_schedule": PREFIXES[ScheduleComparisonId],
    "data_export": PREFIXES[ExportId],
    "data_import": PREFIXES[ImportId],
    "locked_by": PREFIXES[TenantId],
    "parent": PREFIXES[TenantId],
    "to": PREFIXES[TenantId],
    "version": PREFIXES[TariffVersionId],
}


def told_fields(error: EmobilityError) -> dict[str, str]:
    """The facts of a refusal, with identifiers as the API shows them."""
    return {name: _told(name, value) for name, value in error.fields().items()}


def told(error: EmobilityError) -> str:
    """A refusal in words, with identifiers as the API shows them."""
    return error.worded(told_fields(error))


def _told(name: str, value: object) -> str:
    return shown(_NAMED[name], value) if isinstance(value, UUID) and name in _NAMED else str(value)


def _show_ids(kind: Any) -> Any:
    prefix = PREFIXES[kind]

    def show(value: UUID) -> str:
        return shown(prefix, value)

    return show


wire = _converter()


def read(body: Any, kind: type[T]) -> T:
    """Structure a body; raise `MalformedBody` with a pointer for each flaw."""
    try:
        return wire.structure(body, kind)
    except ClassValidationError as error:
        raise MalformedBody(tuple(_flaws(error, ""))) from error


# Whoever reads, merges or compares a body walks down into it: no deeper than the interpreter's stack bears.
DEEPEST = 32


def is_deeper(body: Any, most: int) -> bool:
    """Whether objects and lists lie more than so deep within each other."""
    level = [body]
    for _ in range(most + 1):
        inner = [
            one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)
        ]
        if not inner:
            return False
        level = [value for values in inner for value in values]
    return True


def _flaws(error: BaseException, pointer: str) -> Iterator[Flaw]:
    if isinstance(error, ClassValidationError | IterableValidationError):
        for inner in error.exceptions:
            yield from _flaws(inner, f"{pointer}{_step(inner)}")
    elif isinstance(error, ForbiddenExtraKeysError):
        known = [field.name for field in attrs.fields(error.cl)] if attrs.has(error.cl) else ()
        yield from unknown_fields(error.extra_fields, known, pointer)
    elif isinstance(error, Misfit):
        yield Flaw(pointer or "/", error.code, error.detail)
    elif isinstance(error, EmobilityError):
        # A rule about several fields names the one to mend, from where it stands; one about a field its own.
        named = "".join(map(step, getattr(error, "field", "").split("."))).rstrip("/")
        place = pointer if pointer.endswith(named) else pointer + named
        yield Flaw(place or "/", error.code, str(error))
    elif isinstance(error, KeyError):
        yield Flaw(f"{pointer}", "missing-field", "is required")
    elif isinstance(error, TypeError | ValueError | AttributeError):
        bound = _BOUND.match(str(error))
        words = f"must be {bound[1]}" if bound else "has a form or value that does not fit"
        yield Flaw(pointer or "/", "invalid-value", words)
    else:
        raise error


def unknown_fields(names: Iterable[str], known: Collection[str], pointer: str = "") -> list[Flaw]:
    """A flaw for each field that is not known at `pointer`, the first with the name that was meant."""
    return [
        # A body may have any number of them, and each comparison costs.
        Flaw(pointer + step(name), "unknown-field",
             f"is not known here{did_you_mean(name, known) if number < _COMPARED else ''}")
        for number, name in enumerate(sorted(names))
    ]  # fmt: skip


_COMPARED = 5


def _step(error: BaseException) -> str:
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return step(note.name)
        if isinstance(note, IterableValidationNote):
            return step(str(note.index))
    return ""


def step(name: str) -> str:
    """One step of a JSON pointer (RFC 6901, 3)."""
    return "/" + name.replace("~", "~0").replace("/", "~1")
