"""The sentences that explain a bill."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from emobility_core.tariffs import (
    BlockingFee,
    Dimension,
    LanguageNotSpoken,
    PriceLimit,
    Prices,
    Switching,
    Weekday,
    rate,
)
from tests.core.tariffs.parts import NIGHT, element, usage

PRICES = Prices(
    elements=(element(amount="0.30", hours=attrs.evolve(NIGHT, weekdays=(Weekday.WEDNESDAY,))),),
    per_kwh=Decimal("0.4915"),
    per_session=Decimal("0.50"),
    blocking=BlockingFee(
        per_minute=Decimal("0.10"), grace_minutes=240, exempt=(NIGHT,), max_per_session=Decimal("2.00")
    ),
    minimum=PriceLimit(after_tax=Decimal(20)),
    switching=Switching.INTERPOLATED,
)
USE = usage("2026-06-10T17:00:00+02:00", "2026-06-10T23:00:00+02:00", "12")


def test_a_german_customer_reads_every_line() -> None:
    assert rate(USE, PRICES).explain("de") == (
        (
            "Energie: 10 kWh zu je 0,4915 EUR, von 10.06.2026 17:00 bis 22:00"
            " = 4,915 EUR einschließlich 19 % USt."
        ),
        (
            "Energie: 2 kWh zu je 0,30 EUR, von 10.06.2026 22:00 bis 23:00, gilt: 22:00-06:00 Uhr, Mi"
            " = 0,60 EUR einschließlich 19 % USt."
        ),
        "Grundpreis je Ladevorgang: von 10.06.2026 17:00 bis 23:00 = 0,50 EUR einschließlich 19 % USt.",
        (
            "Blockiergebühr: 60 min zu je 0,10 EUR, von 10.06.2026 21:00 bis 22:00, je angefangene Minute ab"
            " 240 Minuten nach dem Anstecken, frei 22:00-06:00 Uhr (die Karenzzeit läuft dabei)"
            " = 6,00 EUR einschließlich 19 % USt."
        ),
        (
            "Blockiergebühr: von 10.06.2026 21:00 bis 22:00, höchstens 2,00 EUR je Ladevorgang"
            " = -4,00 EUR einschließlich 19 % USt."
        ),
        "Aufschlag bis zum Mindestpreis = 11,985 EUR einschließlich 19 % USt.",
    )


def test_an_english_customer_reads_every_line() -> None:
    simple = Prices(per_kwh=Decimal("0.39"), per_minute=Decimal("0.02"), include_vat=False)
    assert rate(USE, simple).explain("en") == (
        "Energy: 12 kWh at 0.39 EUR, from 2026-06-10 17:00 to 23:00 = 4.68 EUR plus 19 % VAT.",
        "Connected time: 360 min at 0.02 EUR, from 2026-06-10 17:00 to 23:00 = 7.20 EUR plus 19 % VAT.",
    )
    stepped = Prices(
        elements=(element(Dimension.CONNECTED_TIME, "1", min_duration_s=3600, max_kwh=Decimal(10)),)
    )
    assert rate(USE, stepped).explain("en") == (
        (
            "Connected time: 4 h at 1.00 EUR, from 2026-06-10 18:00 to 22:00,"
            " which counts: below 10 kWh, from 60 min = 4.00 EUR including 19 % VAT."
        ),
    )


def test_other_languages_are_refused() -> None:
    with pytest.raises(LanguageNotSpoken):
        rate(USE, PRICES).explain("fr")
