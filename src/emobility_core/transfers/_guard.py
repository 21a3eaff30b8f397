"""The guard against a file that switches off what it only forgot to name."""

from __future__ import annotations

import attrs

from emobility_core.errors import Conflict

SHARE_PERCENT = 10
# Of a handful of records one is more than a tenth.
AT_LEAST = 10


@attrs.frozen
class MassDeactivation(Conflict):
    """A file that states the whole leaves out more records than is usual, and would switch all of them off.

    Remedy: see whether the file is complete; if it is, import it again with `confirm_deactivations` at
    exactly the figure `missing`.
    """

    code = "mass-deactivation"
    missing: int
    known: int


def require_few(missing: int, *, known: int, confirmed: int | None) -> None:
    """Raise `MassDeactivation` where more than a tenth, and more than ten, of the `known` active records
    are missing, unless exactly as many are `confirmed`."""
    if missing <= max(AT_LEAST, known * SHARE_PERCENT // 100) or missing == confirmed:
        return
    raise MassDeactivation(missing, known)
