"""What of OCPI is not understood, and what it cannot say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from emobility_core.errors import Invalid


@attrs.frozen
class MalformedOcpi(Invalid):
    """A tariff or session does not have the form that OCPI gives it, or says what no tariff here can mean.

    Remedy: mend the place that `pointer` (RFC 6901) names.
    """

    code = "malformed-ocpi"
    pointer: str
    reason: str


@attrs.frozen
class NotExpressibleInOcpi(Invalid):
    """OCPI has no way to say a part of a tariff.

    Remedy: export a tariff without it, or in the version of OCPI that has it.
    """

    code = "not-expressible-in-ocpi"
    pointer: str
    reason: str


@contextmanager
def at(pointer: str) -> Iterator[None]:
    """Tell a refusal of the model by the place in the JSON that made it."""
    try:
        yield
    except (MalformedOcpi, NotExpressibleInOcpi):
        raise
    except Invalid as refusal:
        raise MalformedOcpi(pointer, f"{refusal.code}: {refusal}") from refusal
    except ValueError as refusal:
        # Bounds of the model that have no name of their own, such as too many elements.
        raise MalformedOcpi(pointer, "has a form or value that does not fit") from refusal
